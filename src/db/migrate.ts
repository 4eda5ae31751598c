import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getTableName, is } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { PgTable } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as runDrizzleMigrations } from 'drizzle-orm/postgres-js/migrator'
import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import type { Sql } from 'postgres'
import * as history from '../history/tables.ts'
import { connectTo, pgOptions, type Target } from './connect.ts'
import type { Migration } from './snapshot.ts'

const migrationsFolder = fileURLToPath(new URL('migrations', import.meta.url))

/** Any number will do, as long as every process of every version takes the same one. */
const migrationLock = 5_274_827

/**
 * Brings the database to this version and gives the site's role exactly what it needs. Safe to run at every start, and from
 * several processes at once: the others wait, then find nothing left to do.
 */
export async function migrate({ owner, site }: { owner: Target; site: Target }): Promise<void> {
  await migrateWith({ owner, site }, migrationsFolder)
}

/** The same up to an earlier version, as an archive of that time wants it: its first `count` migrations. */
export async function migrateTo(targets: { owner: Target; site: Target }, count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-migrations-'))
  try {
    await cp(migrationsFolder, folder, { recursive: true })
    const journal = join(folder, 'meta', '_journal.json')
    const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'))
    await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, count) }))
    await migrateWith(targets, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What this version runs on an empty database, the oldest first. */
export function ownMigrations(): Migration[] {
  return readMigrationFiles({ migrationsFolder }).map(({ hash, folderMillis }) => ({ hash, at: String(folderMillis) }))
}

/** Throws away the tables of a site that nobody has used, or whose making broke off. */
export async function dropAll(sql: Sql): Promise<void> {
  await sql.begin(async tx => {
    await tx`drop schema if exists graphile_worker cascade`
    await tx`drop schema if exists drizzle cascade`
    const tables = await tx<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
    for (const { name } of tables) await tx`drop table if exists ${tx(name)} cascade`
    await tx`drop function if exists deciding_time, history_stays`
  })
}

async function migrateWith({ owner, site }: { owner: Target; site: Target }, folder: string): Promise<void> {
  const siteRole = await roleOf(site)
  // A migration over a large table may take its time, and the others wait for it.
  const sql = connectTo(owner, { max: 1, patient: true })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    await runDrizzleMigrations(drizzle(sql), { migrationsFolder: folder })
    await migrateJobs(owner)
    await grantTo(sql, siteRole)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The names of the tables to which the site may add, and in which it may change nothing. */
export function appendOnlyTables(): string[] {
  return Object.values(history)
    .filter(table => is(table, PgTable))
    .map(table => getTableName(table))
}

async function roleOf(target: Target): Promise<string> {
  const sql = connectTo(target, { max: 1 })
  try {
    const [row] = await sql<[{ role: string }]>`select current_user as role`
    return row.role
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function migrateJobs(owner: Target): Promise<void> {
  const pool = new pg.Pool({ ...pgOptions(owner), max: 1 })
  // Without a listener a lost connection would end the process; the query that was under way tells of it anyway.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
  } finally {
    await pool.end()
  }
}

/** Worked out anew after every migration, so that no migration can forget it. */
async function grantTo(sql: Sql, role: string): Promise<void> {
  await sql.begin(async tx => {
    const [owner] = await tx<[{ same: boolean }]>`select current_user = ${role} as same`
    if (owner.same) return
    const to = tx(role)

    await tx`grant usage on schema public, graphile_worker, drizzle to ${to}`
    await tx`grant select on all tables in schema drizzle to ${to}`
    await tx`grant select, insert, update, delete on all tables in schema public, graphile_worker to ${to}`
    await tx`grant usage, select on all sequences in schema public, graphile_worker to ${to}`
    await tx`grant execute on all functions in schema graphile_worker to ${to}`
    for (const table of appendOnlyTables()) {
      await tx`revoke update, delete, truncate, references, trigger on ${tx(table)} from ${to}`
    }

    // The job library switches row security on in its tables and writes no policy: everyone but the owner would see nothing.
    const guarded = await tx<{ name: string }[]>`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'graphile_worker' and c.relrowsecurity`
    for (const { name } of guarded) {
      const table = tx(`graphile_worker.${name}`)
      await tx`drop policy if exists laurel_site on ${table}`
      await tx`create policy laurel_site on ${table} to ${to} using (true) with check (true)`
    }
  })
}
