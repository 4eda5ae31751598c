import { sql } from 'drizzle-orm'
import t from 'tap'
import { addPerson } from '../../src/accounts/commands.ts'
import { firstRun } from '../../src/cli/firstrun.ts'
import type { House } from '../../src/cli/house.ts'
import { installation } from '../../src/db/tables.ts'
import { GENESIS } from '../../src/history/chain.ts'
import { remember } from '../../src/history/commands.ts'
import { headOf } from '../../src/history/queries.ts'
import { readSettings } from '../../src/settings.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'

const house = (made: TestDatabase, env: Record<string, string> = {}) =>
  ({ database: made, owner: made.owner, site: made.site, settings: readSettings(env) }) as unknown as House

const start = async (
  made: TestDatabase,
  { empty = false, ...env }: { empty?: boolean } & Record<string, unknown> = {}
) => {
  const lines: string[] = []
  const here = house(made, env as Record<string, string>)
  const told = await firstRun(here, { empty, say: line => lines.push(line) })
  return { told: told(here.settings).join('\n'), progress: lines }
}

t.test('an empty site leads its first person in with a link that the next start replaces', async t => {
  const made = await freshDatabase(t)
  const first = await start(made, { empty: true })
  t.match(first.told, /Laurel is ready and empty: http:\/\/localhost:3000\n/)
  const [, token = ''] = /\/founding\?token=(\S+)/.exec(first.told) ?? []
  t.ok(token.length >= 40)
  t.notMatch((await start(made, { empty: true })).told, token)

  await made.db.transaction(tx =>
    addPerson(tx, { name: 'Olu', email: 'olu@example.org', confirmed: true, administrator: true })
  )
  const later = await start(made)
  t.notMatch(later.told, 'founding', 'once there is somebody, nobody else gets in so')
  t.match(later.told, /Laurel is ready: /)
  t.strictSame(later.progress, [], 'and no example is loaded into a site in use')
})

t.test('where others can come, the example is not loaded unless asked for, and what is missing is said', async t => {
  const made = await freshDatabase(t)
  for (const env of [
    { HOST: '0.0.0.0', BASE_URL: 'http://awards.example.org' },
    { BASE_URL: 'http://awards.example.org' },
    { TRUSTED_PROXIES: '1' },
    { DEMO: 'no' }
  ]) {
    const { told, progress } = await start(made, env)
    t.match(told, '/founding?token=', JSON.stringify(env))
    t.strictSame(progress, [])
  }
  const { told } = await start(made, { HOST: '0.0.0.0', BASE_URL: 'http://awards.example.org' })
  t.match(told, 'Caution: http://awards.example.org is not encrypted')
  t.match(told, 'letters stay at http://awards.example.org/outbox')
  t.notMatch((await start(made, { HOST: '0.0.0.0', BASE_URL: 'https://awards.example.org' })).told, 'Caution')
})

t.test('an example whose loading broke off is thrown away whole', async t => {
  const made = await freshDatabase(t)
  await made.db.update(installation).set({ settings: sql`'{"exampleBegun": true}'` })
  await made.db.transaction(tx =>
    remember(tx, { what: 'programme.made', byPerson: null, at: new Date('2026-01-01T00:00:00Z') })
  )
  t.not(await headOf(made.db, 'installation'), GENESIS)

  const { told, progress } = await start(made, { empty: true })
  t.match(progress, ['The example was not loaded to its end last time. It is loaded anew.'])
  t.match(told, '/founding?token=')
  t.equal(await headOf(made.db, 'installation'), GENESIS, 'history begins anew')
  t.match(await made.db.select().from(installation), [{ settings: {} }])
})

t.test('a loaded example says who can come in, with one click', async t => {
  const made = await freshDatabase(t)
  await made.db.update(installation).set({ exampleLoadedAt: sql`clock_timestamp()` })
  await made.db.transaction(tx =>
    addPerson(tx, { name: 'Elira Hoxha', email: 'elira.hoxha@library.example.org', confirmed: true })
  )
  const { told } = await start(made)
  t.match(told, 'one click, without a password, at http://localhost:3000/sign-in')
  t.match(told, /applicant {2}Elira Hoxha {2}elira\.hoxha@library\.example\.org/)
  t.match(told, 'http://localhost:3000/outbox')
  t.notMatch((await start(made, { HOST: '0.0.0.0', DEMO: 'yes', BASE_URL: 'https://x.example.org' })).told, 'Elira')
})
