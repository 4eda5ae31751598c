import { readFile } from 'node:fs/promises'
import t from 'tap'
import { connectTo } from '../../src/db/connect.ts'
import { appendOnlyTables, migrate } from '../../src/db/migrate.ts'
import { cluster } from '../support/cluster.ts'
import { freshDatabase } from '../support/database.ts'

const { site, owner, sql, asOwner } = await freshDatabase(t)
const oneRole = {
  skip:
    JSON.stringify(site) === JSON.stringify(owner) &&
    'one role only: set TEST_DATABASE_OWNER_URL beside TEST_DATABASE_URL'
}

t.test('replicas that start together on an empty database all find it ready', async t => {
  const home = await cluster()
  const name = `${home.prefix}together_${process.pid}`
  const upkeep = connectTo(home.owner(), { max: 1 })
  await upkeep`create database ${upkeep(name)}`
  t.teardown(async () => {
    await upkeep`drop database ${upkeep(name)} with (force)`
    await upkeep.end()
  })
  const place = { owner: home.owner(name), site: home.site(name) }
  await Promise.all([migrate(place), migrate(place), migrate(place)])

  const made = connectTo(place.site, { max: 1 })
  const [tables] = await made`select count(*)::int as count from drizzle.__drizzle_migrations`
  const journal = JSON.parse(
    await readFile(new URL('../../src/db/migrations/meta/_journal.json', import.meta.url), 'utf8')
  )
  t.equal(tables?.count, journal.entries.length)
  await made.end()
})

t.test('a second start finds nothing to do', async t => {
  const before = await everything()
  await migrate({ owner, site })
  t.strictSame(await everything(), before)
})

t.test('history can be added to, and by the site neither changed nor removed', oneRole, async t => {
  t.strictSame(appendOnlyTables().sort(), ['history_entries', 'history_values'])
  for (const table of appendOnlyTables()) {
    await t.resolves(sql`select * from ${sql(table)}`)
    await t.rejects(sql`delete from ${sql(table)}`, { code: '42501' }, `delete from ${table}`)
    await t.rejects(sql`truncate ${sql(table)}`, { code: '42501' }, `truncate ${table}`)
    await t.rejects(sql`drop table ${sql(table)}`, { code: '42501' }, `drop ${table}`)
    await t.rejects(sql`alter table ${sql(table)} disable trigger all`, { code: '42501' }, `alter ${table}`)
  }
  await t.rejects(sql`update history_entries set what = 'nothing'`, { code: '42501' })
  await t.rejects(sql`update history_values set salt = ''`, { code: '42501' })

  const rights = await asOwner(
    sql => sql`
    select table_name, privilege_type from information_schema.role_table_grants
    where grantee <> grantor and table_schema = 'public' and table_name like 'history%' order by 1, 2`
  )
  t.strictSame([...new Set(rights.map(row => row.privilege_type))], ['INSERT', 'SELECT'])
})

t.test("the site may not make tables of its own, nor take the owner's place", oneRole, async t => {
  await t.rejects(sql`create table public.mine (one int)`, { code: '42501' })
  await t.rejects(sql`alter table people rename to persons`, { code: '42501' })
  await t.rejects(sql`create policy open on graphile_worker._private_jobs using (true)`, { code: '42501' })
})

t.test('a job that the site adds inside a transaction is there once it commits, and not before', async t => {
  const jobs = () => sql`select task_identifier from graphile_worker.jobs`
  await sql
    .begin(async tx => {
      await tx`select graphile_worker.add_job('letter', '{}'::json)`
      t.equal((await jobs()).length, 0)
      throw new Error('changed my mind')
    })
    .catch(() => {})
  t.equal((await jobs()).length, 0)
  await sql`select graphile_worker.add_job('letter', '{}'::json)`
  t.strictSame([...(await jobs())], [{ task_identifier: 'letter' }])
})

async function everything() {
  return asOwner(async sql => [
    [
      ...(await sql`select table_schema, table_name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2`)
    ],
    [
      ...(await sql`select grantee, table_schema, table_name, privilege_type from information_schema.role_table_grants
      where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3, 4`)
    ],
    [...(await sql`select tablename, policyname from pg_policies order by 1, 2`)],
    [...(await sql`select hash from drizzle.__drizzle_migrations order by id`)]
  ])
}
