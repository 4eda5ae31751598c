import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { connectTo, type Database, openDb, type Target } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type Cluster, cluster } from './cluster.ts'

/** A database of a test's own, as the site sees it; gone when the test ends. */
export type TestDatabase = Database & {
  name: string
  site: Target
  owner: Target
  /** Work that the site's role may not do, such as spoiling a history to see it noticed. */
  asOwner<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

/** What is needed of a tap test. */
type Told = { teardown(end: () => unknown): unknown }

/** An empty database with every table in its place. */
export async function freshDatabase(t: Told): Promise<TestDatabase> {
  const home = await cluster()
  return copyOf(t, home, await migrated(home))
}

/**
 * A database that begins where `build` left it. The first file of a run to ask for `name` builds it, all others copy: keep
 * the name for one content, and `build` the same for everyone.
 */
export async function databaseFrom(
  t: Told,
  name: string,
  build: (made: TestDatabase) => Promise<void>
): Promise<TestDatabase> {
  const home = await cluster()
  return copyOf(t, home, await template(home, name, build, await migrated(home)))
}

async function copyOf(t: Told, home: Cluster, source: string): Promise<TestDatabase> {
  const name = `${home.prefix}${process.pid}_${++copies}`
  await asOwner(home.owner(), sql => create(sql, name, source))
  const made = opened(home, name)
  t.teardown(async () => {
    await made.close()
    await asOwner(home.owner(), sql => sql`drop database if exists ${sql(name)} with (force)`)
  })
  return made
}

let copies = 0

function opened(home: Cluster, name: string): TestDatabase {
  const owner = home.owner(name)
  const site = home.site(name)
  return { ...openDb(site, { max: 6 }), name, site, owner, asOwner: work => asOwner(owner, work) }
}

const migrated = (home: Cluster) => template(home, 'migrated', migrate)

/** The name of a database that is only copied. */
async function template(
  home: Cluster,
  title: string,
  build: (made: TestDatabase) => Promise<void>,
  source = 'template1'
): Promise<string> {
  const name = `${home.prefix}t_${createHash('sha256').update(title).digest('hex').slice(0, 16)}`
  await asOwner(home.owner(), async sql => {
    // The lock is the database's, so a builder that dies lets the next one begin again.
    await sql`select pg_advisory_lock(hashtext(${name}))`
    const [there] = await sql`select from pg_database where datname = ${name}`
    if (there) return
    const making = `${name}_making`
    await sql`drop database if exists ${sql(making)} with (force)`
    await create(sql, making, source)
    const made = opened(home, making)
    try {
      await build(made)
    } finally {
      await made.close()
    }
    await sql`alter database ${sql(making)} rename to ${sql(name)}`
  })
  return name
}

/** Copying files is quicker than the server's usual way, which writes every page to its log. It is younger than PostgreSQL 15. */
async function create(sql: Sql, name: string, source: string): Promise<void> {
  const [server] = await sql<[{ version: number }]>`select current_setting('server_version_num')::int as version`
  const strategy = server.version >= 150_000 ? sql`strategy file_copy` : sql``
  for (let attempt = 1; ; attempt++) {
    try {
      await sql`create database ${sql(name)} template ${sql(source)} ${strategy}`
      return
    } catch (error) {
      // Somebody is still leaving the source database.
      if ((error as { code?: string }).code !== '55006' || attempt === 50) throw error
      await pause(100)
    }
  }
}

async function asOwner<T>(target: Target, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connectTo(target, { max: 1, patient: true })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
