import { eq } from 'drizzle-orm'
import t from 'tap'
import { roles } from '../../src/accounts/tables.ts'
import { user as userCommand } from '../../src/cli/user.ts'
import { faults } from '../../src/history/queries.ts'
import { historyEntries } from '../../src/history/tables.ts'
import { programmes } from '../../src/programmes/tables.ts'
import { aSite } from '../support/site.ts'
import { aFolder, here, urlOf } from './process.ts'

t.setTimeout(300_000)

const site = await aSite(t, { env: { DEMO: 'no' } })
const { db, database } = site
const folder = await aFolder(t)

async function user(...argv: string[]) {
  const env = { DATABASE_URL: urlOf(database.site), DATABASE_OWNER_URL: urlOf(database.owner), BASE_URL: site.url }
  return here(userCommand, folder, argv, env)
}

const programme = (slug: string) => ({
  ...{ slug, name: { en: slug }, zone: 'Europe/Sofia', currency: 'EUR', languages: ['en'], madeAt: new Date(0) },
  organiser: { name: 'Open Shelf', city: 'Vlorë', country: 'AL', email: 'open@example.org', dataProtection: '' }
})

t.test('on an empty site Olu is added from the console, and comes in by a link, once', async t => {
  await db.insert(programmes).values(programme('awards'))
  const added = await user('add', 'Olu@Example.org', '--name', 'Olu', '--role', 'administrator')
  t.equal(added.code, 0, added.complained)
  t.match(added.said, new RegExp(`^${site.url}/sign-in\\?link=[\\w-]{43}\\n$`), 'the link is the whole answer')
  t.match(added.complained, 'olu@example.org was added. The link signs them in once, within 24 hours')
  t.equal((await user('add', 'olu@example.org', '--name', 'Olu')).code, 1, 'an address has one account')
  t.match((await user('list')).said, 'olu@example.org\tOlu\tadministrator, never came in\n')
  t.equal((await user('give', 'olu@example.org', 'organiser')).code, 0)
  const [waiting] = await db.select().from(roles)
  t.equal(waiting?.confirmedAt, null, 'who has never come in is no second person yet')

  const path = added.said.trim().slice(site.url.length)
  const olu = site.visitor()
  const shown = await olu.get(path)
  t.match(shown.text, 'Welcome, Olu. This link signs you in as olu@example.org, once.')
  t.equal((await olu.get(path)).status, 200, 'looking at it does not use it up')
  const link = path.split('=')[1] ?? ''
  t.equal((await olu.post('/sign-in', { link }, { csrf: null })).status, 403, 'nor is anybody pushed through it')
  t.strictSame([(await olu.post('/sign-in', { link })).location, (await olu.get('/account')).status], ['/account', 200])
  t.ok((await db.select().from(roles))[0]?.confirmedAt, 'now the role is confirmed')

  const mallory = site.visitor()
  t.equal((await mallory.get(path)).status, 404)
  t.equal((await mallory.post('/sign-in', { link })).status, 409)
  t.equal((await mallory.get('/account')).status, 303)
})

t.test('a forgotten password goes, with every session; a newer link ends the older', async t => {
  const ada = await site.person('Ada', { passwordHash: 'a hash' })
  const window = await site.as(ada)
  const first = await user('link', 'ada@example.org')
  t.equal((await window.get('/account')).status, 200)
  const second = await user('link', 'ada@example.org', '--forget-password')
  t.match(second.complained, 'The old password is gone.')
  t.equal((await window.get('/account')).status, 303, 'her sessions are over')
  const at = (said: string) => said.trim().slice(site.url.length)
  t.equal((await site.visitor().get(at(first.said))).status, 404)
  t.equal((await site.visitor().get(at(second.said))).status, 200)
})

t.test('sessions are ended, accounts closed and opened, and the last administrator stays', async t => {
  const bob = await site.person('Bob')
  const window = await site.as(bob)
  t.match((await user('sign-out', 'bob@example.org')).complained, '1 session of bob@example.org ended.')
  t.equal((await window.get('/account')).status, 303)
  const again = await site.as(bob)
  const pending = await user('link', 'bob@example.org')
  t.equal((await user('deactivate', 'bob@example.org')).code, 0)
  t.equal((await again.get('/account')).status, 303)
  t.equal((await site.visitor().get(pending.said.trim().slice(site.url.length))).status, 404)
  t.match((await user('list')).said, /^bob@example\.org\tBob\tclosed$/m)
  t.match(await user('link', 'bob@example.org'), { code: 1, complained: /is closed/ })
  t.equal((await user('activate', 'bob@example.org')).code, 0)
  t.equal((await user('link', 'bob@example.org')).code, 0)

  t.match(await user('deactivate', 'olu@example.org'), { code: 1, complained: /is the last administrator/ })
  t.equal((await user('give', 'bob@example.org', 'administrator')).code, 0)
  t.equal((await user('end', 'olu@example.org', 'administrator')).code, 0)
  t.equal((await user('end', 'bob@example.org', 'administrator')).code, 1)
})

t.test('roles are given and ended where they are meant, and all of it stands in history', async t => {
  const juno = await site.person('Juno')
  t.equal((await user('give', 'juno@example.org', 'auditor')).code, 0)
  const [role] = await db.select().from(roles).where(eq(roles.personId, juno.id))
  t.ok(role?.confirmedAt)
  await db.insert(programmes).values(programme('training'))
  t.match(await user('end', 'juno@example.org', 'auditor'), {
    code: 2,
    complained: /several programmes: add --programme and one of /
  })
  t.match(await user('end', 'juno@example.org', 'auditor', '--programme', 'training'), { code: 1 })
  t.match((await user('list', '--programme', 'awards')).said, 'juno@example.org\tJuno\tauditor of awards\n')
  t.equal((await user('end', 'juno@example.org', 'auditor', '--programme', 'awards')).code, 0)
  t.notMatch((await user('list', '--programme', 'awards')).said, 'juno')
  t.match(await user('give', 'juno@example.org', 'chair', '--programme', 'awards', '--call', 'none'), { code: 1 })

  t.strictSame(await faults(db), [])
  const told = new Set((await db.select({ what: historyEntries.what }).from(historyEntries)).map(({ what }) => what))
  for (const what of [
    'link.made',
    'link.used',
    'sessions.ended',
    'person.disabled',
    'person.enabled',
    'person.administrator',
    'role.given',
    'role.ended'
  ])
    t.ok(told.has(what), what)
})

t.test('a mistake in the call is one line, and changes nothing', async t => {
  const mistakes = [
    [],
    ['remove', 'ada@example.org'],
    ['add', 'ada@example.org'],
    ['add', 'nobody', '--name', 'N'],
    ['add', 'new@example.org', '--name', 'N', '--role', 'king'],
    ['add', 'new@example.org', '--name', 'N', '--language', 'xx'],
    ['link'],
    ['link', 'ada@example.org', '--name', 'Ada'],
    ['list', '--loud'],
    ['give', 'ada@example.org']
  ]
  for (const argv of mistakes) {
    const { code, said, complained } = await user(...argv)
    t.strictSame([code, said], [2, ''], argv.join(' '))
    t.match(complained, /^laurel: [^\n]+\n$/)
  }
  t.match(await user('link', 'nobody@example.org'), {
    code: 1,
    complained: /^laurel: nobody has the address nobody@example.org/
  })
  t.notMatch((await user('list')).said, 'new@example.org')
})
