import { eq } from 'drizzle-orm'
import t from 'tap'
import { giveRole, hashPassword, inviteTo } from '../../src/accounts/commands.ts'
import { organiserOf, secondPersonOf } from '../../src/accounts/queries.ts'
import { invitations, people, roles, sessions } from '../../src/accounts/tables.ts'
import { decidingTime } from '../../src/db/time.ts'
import { programmes } from '../../src/programmes/tables.ts'
import { type Agent, aSite, type Site } from '../support/site.ts'

const PASSWORD = 'quince harbour lantern'

/** Olu organises a programme. */
async function aTeam(site: Site) {
  const olu = await site.person('Olu')
  const [programme] = await site.db
    .insert(programmes)
    .values({
      slug: 'books',
      name: { en: 'Books for All', bg: 'Книги за всички' },
      organiser: { name: 'Open Shelf', city: 'Sofia', country: 'BG', email: 'team@example.org', dataProtection: '' },
      zone: 'Europe/Sofia',
      currency: 'EUR',
      languages: ['en', 'bg'],
      madeAt: new Date('2026-01-01T00:00:00Z')
    })
    .returning()
  const programmeId = programme?.id ?? ''
  await site.db.transaction(tx =>
    giveRole(tx, { personId: olu.id, programmeId, role: 'organiser', confirmed: true, by: olu.id })
  )
  return { olu, programmeId, call: { id: crypto.randomUUID(), programmeId } }
}

async function linkTo(site: Site, email: string): Promise<string> {
  const letter = (await site.lettersTo(email)).at(-1)
  const link = /\/invitations\/[\w-]+/.exec(letter?.text ?? '')?.[0]
  if (!link) throw new Error(`no invitation in the letter to ${email}`)
  return link
}

const invite = (agent: Agent, email: string, role = 'organiser') =>
  agent.post('/organise/programmes/books/team', { name: 'Omar', email, role, language: 'en' })

t.test('Olu asks Omar to organise with him; Omar accepts and can be the second person', async t => {
  const site = await aSite(t)
  const { olu, call } = await aTeam(site)
  const agent = await site.as(olu)
  t.equal((await invite(agent, 'Omar@Example.org')).status, 303)
  t.match((await agent.get('/organise/programmes/books/team')).text, 'Waiting for an answer')

  const omar = site.visitor()
  const link = await linkTo(site, 'omar@example.org')
  const page = await omar.get(link)
  t.match(page.text, 'Olu asks you to organise Books for All together')
  t.equal((await omar.post(`${link}/acceptance`, { name: ' ' })).status, 422, 'nobody is without a name')
  t.equal((await omar.post(`${link}/acceptance`, { name: 'Omar Said' })).location, '/desk?done=invitation_accepted')
  t.match((await omar.get('/desk')).text, 'Books for All')
  const [person] = await site.db.select().from(people).where(eq(people.email, 'omar@example.org'))
  t.ok(await organiserOf(site.db, person?.id ?? '', call))
  t.ok(await secondPersonOf(site.db, person?.id ?? '', call))

  await omar.post(`${link}/acceptance`, { name: 'Omar Said' })
  t.equal((await site.db.select().from(roles)).length, 2, 'accepting twice is accepting once')
  t.equal((await site.visitor().get(link)).status, 409, 'and for others the link is spent')
  const chains = await site.database.sql`select count(*)::int as n from history_entries where what = 'role.given'`
  t.equal(chains[0]?.n, 2)
})

t.test('a letter that was passed on does not open an account that is there already', async t => {
  const site = await aSite(t)
  const { olu } = await aTeam(site)
  const omar = await site.person('Omar')
  await invite(await site.as(olu), omar.email)
  const link = await linkTo(site, omar.email)

  const stranger = site.visitor()
  t.match((await stranger.get(link)).text, 'Sign in to answer')
  t.equal((await stranger.post(`${link}/acceptance`, {})).status, 409)
  const eve = await site.as(await site.person('Eve'))
  t.match((await eve.get(link)).text, 'signed in with another address')
  t.equal((await eve.post(`${link}/acceptance`, {})).status, 409)
  t.equal((await site.db.select().from(roles)).length, 1)

  t.equal((await (await site.as(omar)).post(`${link}/acceptance`, {})).status, 303)
  t.equal((await site.db.select().from(roles)).length, 2)
})

t.test('somebody who declines leaves a word and gets no account', async t => {
  const site = await aSite(t)
  const { olu } = await aTeam(site)
  const agent = await site.as(olu)
  await invite(agent, 'omar@example.org', 'auditor')
  const link = await linkTo(site, 'omar@example.org')
  const omar = site.visitor()
  t.equal((await omar.follow(await omar.post(`${link}/refusal`, { word: 'Not this year' }))).status, 200)
  t.equal((await site.db.select().from(people)).length, 1)
  t.match((await agent.get('/organise/programmes/books/team')).text, 'Not this year')
  t.equal((await omar.post(`${link}/acceptance`, { name: 'Omar' })).status, 409)
})

t.test('a newer invitation takes the place of the one before, and an old one is too old', async t => {
  const site = await aSite(t)
  const { olu } = await aTeam(site)
  const agent = await site.as(olu)
  await invite(agent, 'omar@example.org')
  const first = await linkTo(site, 'omar@example.org')
  await invite(agent, 'omar@example.org')
  const second = await linkTo(site, 'omar@example.org')
  t.not(first, second)
  t.match((await site.visitor().get(first)).text, 'This invitation is too old')
  t.equal((await site.visitor().get(second)).status, 200)
  await site.db.update(invitations).set({ endsAt: new Date('2026-01-01T00:00:00Z') })
  t.equal((await site.visitor().post(`${second}/acceptance`, { name: 'Omar' })).status, 409)
})

t.test('an organiser who is not theirs answers like one that never was', async t => {
  const site = await aSite(t)
  await aTeam(site)
  const eve = await site.as(await site.person('Eve'))
  t.equal((await eve.get('/organise/programmes/books/team')).status, 404)
  t.equal((await eve.get('/organise/programmes/never/team')).status, 404)
  t.equal((await invite(eve, 'mallory@example.org')).status, 404)
  t.strictSame(await site.db.select().from(invitations), [])
})

t.test('the same role given by two at once is one role', async t => {
  const site = await aSite(t)
  const { olu, programmeId } = await aTeam(site)
  const ada = await site.person('Ada')
  const give = () =>
    site.db.transaction(tx =>
      giveRole(tx, { personId: ada.id, programmeId, role: 'auditor', confirmed: true, by: olu.id })
    )
  await Promise.all([give(), give(), give()])
  t.equal((await site.db.select().from(roles).where(eq(roles.personId, ada.id))).length, 1)
})

t.test('two invitations for different programmes do not push each other out', async t => {
  const site = await aSite(t)
  const { olu, programmeId } = await aTeam(site)
  const invited = (to: string) =>
    site.db.transaction(async tx =>
      inviteTo(tx, {
        purpose: 'organiser',
        email: 'omar@example.org',
        name: 'Omar',
        language: 'bg',
        programmeId: to,
        by: olu.id,
        at: await decidingTime(tx)
      })
    )
  const here = await invited(programmeId)
  await invited(crypto.randomUUID())
  t.equal((await site.visitor().get(`/invitations/${here}`)).status, 200)
  t.match((await site.lettersTo('omar@example.org'))[0]?.subject, 'Книги за всички')
})

t.test('Ada changes who she is, and mistakes come back at their fields', async t => {
  const site = await aSite(t)
  const ada = await site.as(await site.person('Ada'))
  const fields = {
    name: 'Елена',
    nameLatin: 'Elena',
    language: 'bg',
    zone: 'Europe/Sofia',
    country: 'BG',
    city: 'Русе'
  }
  t.equal((await ada.post('/account/profile', fields)).location, '/account?done=profile_saved')
  t.match(await site.db.select().from(people), [{ ...fields, email: 'ada@example.org' }])
  t.match((await ada.get('/account')).text, '<html lang="bg"', 'pages follow her language')

  const mistaken = await ada.post('/account/profile', { ...fields, name: ' ', zone: 'Mars/Base', country: 'xx' })
  t.equal(mistaken.status, 422)
  for (const field of ['name', 'zone', 'country']) t.match(mistaken.text, `href="#${field}"`)
  t.match(mistaken.text, 'value="Русе"')
})

t.test('a new password ends the other sessions; each can be ended alone, and only by its owner', async t => {
  const site = await aSite(t)
  const ada = await site.person('Ada')
  const [here, phone, library] = [await site.as(ada), await site.as(ada), await site.as(ada, { shared: true })]
  const page = await here.get('/account')
  t.match(page.text, 'Shared computer')
  const ids = [...page.text.matchAll(/name="session" value="([0-9a-f]{16})"/g)].map(([, id]) => id ?? '')
  t.equal(ids.length, 2, 'one can end every session but the one in use')

  const eve = await site.as(await site.person('Eve'))
  await eve.post('/account/sessions/end', { session: ids[0] ?? '' })
  t.equal((await site.db.select().from(sessions).where(eq(sessions.personId, ada.id))).length, 3)
  await here.post('/account/sessions/end', { session: ids[0] ?? '' })
  t.equal((await site.db.select().from(sessions).where(eq(sessions.personId, ada.id))).length, 2)

  t.equal((await here.post('/account/password', { password: PASSWORD })).location, '/account?done=password_saved')
  t.equal((await here.get('/account')).status, 200)
  for (const other of [phone, library]) t.equal((await other.get('/account')).status, 303)

  const wrong = await here.post('/account/password', { current: 'not this', password: 'another harbour lantern' })
  t.equal(wrong.status, 422)
  t.match(wrong.text, 'not your password until now')
  const [kept] = await site.db.select().from(people).where(eq(people.id, ada.id))
  t.not(kept?.passwordHash, null)
  t.not(await hashPassword(PASSWORD), kept?.passwordHash, 'each hash has a salt of its own')
})
