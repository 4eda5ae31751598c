import t from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { freshDatabase } from '../support/database.ts'

const { site, owner, sql } = await freshDatabase(t)
await t.test('x', async t => {
  await migrate({ owner, site })
  t.equal((await sql`select 1 as a`)[0]?.a, 1)
})
