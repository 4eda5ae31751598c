import t from 'tap'
import { databaseFrom, freshDatabase } from '../support/database.ts'

t.test('two tests on databases of their own do not see each other', async t => {
  const [ada, bob] = await Promise.all([freshDatabase(t), freshDatabase(t)])
  await ada.sql`insert into rate_limits (key, hits, ends_at) values ('ada', 1, '2026-05-04T10:00:00Z')`
  t.equal((await ada.sql`select from rate_limits`).length, 1)
  t.equal((await bob.sql`select from rate_limits`).length, 0)
})

t.test('a moment that takes long to reach is built once and copied', async t => {
  let built = 0
  const moment = () =>
    databaseFrom(t, `a moment of ${process.pid}`, async ({ sql }) => {
      built++
      await sql`insert into rate_limits (key, hits, ends_at) values ('moment', 1, '2026-05-04T10:00:00Z')`
    })
  const [one, two] = await Promise.all([moment(), moment()])
  await one.sql`delete from rate_limits`
  t.equal(built, 1)
  t.equal((await two.sql`select from rate_limits`).length, 1)
})

t.test('a moment that could not be built is built anew, not copied half', async t => {
  const name = `a second moment of ${process.pid}`
  const mark = (sql: Awaited<ReturnType<typeof freshDatabase>>['sql']) => sql`
    insert into rate_limits (key, hits, ends_at) values ('moment', 1, '2026-05-04T10:00:00Z')`
  await t.rejects(
    databaseFrom(t, name, async ({ sql }) => {
      await mark(sql)
      throw new Error('interrupted')
    }),
    { message: 'interrupted' }
  )
  const whole = await databaseFrom(t, name, async ({ sql }) => void (await mark(sql)))
  t.equal((await whole.sql`select from rate_limits`).length, 1)
})

t.test('a database is gone when its test has ended', async t => {
  let name = ''
  await t.test('a short one', async t => {
    name = (await freshDatabase(t)).name
  })
  const { sql } = await freshDatabase(t)
  t.equal((await sql`select from pg_database where datname = ${name}`).length, 0)
})
