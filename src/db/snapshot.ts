import type { Readable } from 'node:stream'
import type { Sql, TransactionSql } from 'postgres'
import { connectTo, type Target } from './connect.ts'

/**
 * Left out of a copy: what only this running site can use, or what runs out in minutes. Everybody signs in again where a
 * copy is restored, and no session that was ended since comes back to life with it.
 */
export const LEFT_OUT: readonly string[] = ['sessions', 'codes', 'rate_limits']

/** Work that waits for its time or its next try, told by what it takes to ask for it again. */
export const JOBS = 'jobs'

export type TableCopy = { name: string; columns: string[]; rows: number }
export type Migration = { hash: string; at: string }
export type Head = { chain: string; position: number; hash: string }
export type KeptFile = { key: string; bytes: number; sha256: string }

export type Snapshot = {
  server: string
  takenAt: Date
  migrations: Migration[]
  heads: Head[]
  /** Each key once; the bytes and digest are those that its rows name. */
  files: KeptFile[]
  /** In an order in which every row comes after those it refers to. The jobs come last. */
  tables: TableCopy[]
  /** One table as CSV, its rows always in the same order. */
  read(table: TableCopy): Promise<Readable>
}

/** Two servers write the same values in the same letters. */
const SAME_LETTERS = [
  `set timezone = 'UTC'`,
  `set datestyle = 'ISO'`,
  `set intervalstyle = 'postgres'`,
  `set bytea_output = 'hex'`,
  `set extra_float_digits = 1`
].join(';')

/**
 * Reads the whole database as it was in one instant, while everybody else goes on writing. What `work` gets lives only as
 * long as `work` does.
 */
export async function withSnapshot<T>(target: Target, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const sql = connectTo(target, { max: 1, patient: true })
  try {
    await sql.unsafe(`${SAME_LETTERS}; set idle_in_transaction_session_timeout = 0`)
    // `begin` settles with a promise list's type; what it answers here is what `work` answered.
    return (await sql.begin('isolation level repeatable read read only', tx => snapshotIn(tx).then(work))) as T
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function snapshotIn(tx: TransactionSql): Promise<Snapshot> {
  const [now] = await tx<[{ server: string; at: Date }]>`
    select current_setting('server_version') as server, now() as at`
  const migrations = await migrationsIn(tx)
  if (migrations.length === 0) throw new Error('this database holds no site of Laurel')
  const tables = await tablesIn(tx)
  return {
    server: now.server,
    takenAt: now.at,
    migrations,
    heads: await tx<Head[]>`
      select distinct on (chain) chain, position, hash from history_entries order by chain, position desc`,
    files: await tx<KeptFile[]>`
      select distinct on (storage_key) storage_key as key, bytes::float8 as bytes, sha256 from attachments order by 1`,
    tables,
    read: table => readIn(tx, table)
  }
}

async function readIn(sql: TransactionSql, { name, columns }: TableCopy): Promise<Readable> {
  const rows = await sql
    .unsafe(`copy (${await selectOf(sql, name, columns)}) to stdout (format csv, header)`)
    .readable()
  // Where we are slower, postgres 3.4.9 stops its socket until we read on; after the last row nobody would any more.
  return rows.once('end', () => rows._read(0))
}

async function selectOf(sql: TransactionSql, name: string, columns: string[]): Promise<string> {
  if (name === JOBS) return WAITING_JOBS
  const keys = await sql<{ name: string }[]>`
    select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = ${name}::regclass and i.indisprimary order by array_position(i.indkey, a.attnum)`
  const order = (keys.length > 0 ? keys.map(key => key.name) : columns).map(key => `${quoted(key)}::text collate "C"`)
  return `select ${columns.map(quoted).join(', ')} from ${quoted(name)} order by ${order.join(', ')}`
}

/** A job that has failed for the last time is not among them: asked for again, it would begin anew. */
const WAITING_JOBS = `
  select t.identifier as task, j.payload, q.queue_name as queue, j.run_at, j.max_attempts, j.key, j.priority
  from graphile_worker._private_jobs j
  join graphile_worker._private_tasks t on t.id = j.task_id
  left join graphile_worker._private_job_queues q on q.id = j.job_queue_id
  where j.attempts < j.max_attempts
  order by j.id`
const JOB_COLUMNS = ['task', 'payload', 'queue', 'run_at', 'max_attempts', 'key', 'priority']

async function tablesIn(sql: TransactionSql): Promise<TableCopy[]> {
  const found = await sql<{ name: string; columns: string[]; after: string[] }[]>`
    select c.relname as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      coalesce((select array_agg(distinct r.relname::text) from pg_constraint f join pg_class r on r.oid = f.confrelid
       where f.conrelid = c.oid and f.contype = 'f' and r.oid <> c.oid), '{}') as after
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    order by c.relname collate "C"`
  const waiting = found.filter(({ name }) => !LEFT_OUT.includes(name))
  const ordered: TableCopy[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ after }) => after.every(name => !waiting.some(other => other.name === name)))
    const [table] = waiting.splice(Math.max(next, 0), 1)
    if (!table || next < 0)
      throw new Error(`The tables ${waiting.map(({ name }) => name)} refer to each other in a ring`)
    const [count] = await sql<[{ rows: number }]>`select count(*)::float8 as rows from ${sql(table.name)}`
    ordered.push({ name: table.name, columns: table.columns, rows: count.rows })
  }
  const [jobs] = await sql.unsafe<[{ rows: number }]>(
    `select count(*)::float8 as rows from (${WAITING_JOBS}) as waiting`
  )
  return [...ordered, { name: JOBS, columns: JOB_COLUMNS, rows: jobs.rows }]
}

/** What was run on a database to make its tables, the oldest first; nothing where no site ever was. */
export async function migrationsIn(sql: Sql | TransactionSql): Promise<Migration[]> {
  const [found] = await sql<
    [{ table: string | null }]
  >`select to_regclass('drizzle.__drizzle_migrations')::text as table`
  if (!found.table) return []
  return sql<Migration[]>`
    select hash, created_at::text as at from drizzle.__drizzle_migrations order by created_at`
}

/** One database for one that loads: held by the connection, so that a loader that dies lets the next one begin. */
const loadingLock = 5_274_828

/**
 * Runs `work` as the only loader of a database, with nobody else in it. `occupied` is answered where a site or another
 * loader is at work there.
 */
export async function asOnlyOne<T>(owner: Target, work: (sql: Sql) => Promise<T>): Promise<T | 'occupied'> {
  const sql = connectTo(owner, { max: 1, patient: true })
  try {
    await sql.unsafe(`${SAME_LETTERS}; set idle_in_transaction_session_timeout = 0`)
    const [row] = await sql<[{ alone: boolean; others: number }]>`
      select pg_try_advisory_lock(${loadingLock}) as alone,
        (select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
           and application_name = 'laurel') as others`
    return row.alone && row.others === 0 ? await work(sql) : 'occupied'
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** What a database holds: no tables, tables of a site without anybody in it, somebody's work, or tables that are not ours. */
export async function contentsOf(sql: Sql): Promise<'nothing' | 'unused' | 'used' | 'strange'> {
  const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  if (tables.length === 0) return 'nothing'
  if ((await migrationsIn(sql)).length === 0) return 'strange'
  for (const { name } of tables) {
    if ([...LEFT_OUT, ...ALWAYS_FILLED].includes(name)) continue
    const [row] = await sql`select from ${sql(name)} limit 1`
    if (row) return 'used'
  }
  return 'unused'
}

/** Their one row comes with the tables. */
const ALWAYS_FILLED = ['clock', 'installation']

/**
 * Fills empty tables, all of them or none: each is read back, and `false` from `same` takes everything back.
 */
export async function load(
  sql: Sql,
  tables: readonly TableCopy[],
  {
    open,
    same
  }: { open(table: TableCopy): Promise<Readable>; same(table: TableCopy, kept: Readable): Promise<boolean> }
): Promise<void> {
  await sql.begin(async tx => {
    for (const table of tables) {
      if (table.name === JOBS) {
        await loadJobs(tx, await open(table))
        continue
      }
      // A history refuses every deletion, one of nothing too.
      if (ALWAYS_FILLED.includes(table.name)) await tx`delete from ${tx(table.name)}`
      await copyInto(tx, table.name, table.columns, await open(table))
      if (!(await same(table, await readIn(tx, table)))) throw new Error(`Table ${table.name} did not take every row`)
    }
  })
}

async function copyInto(tx: TransactionSql, name: string, columns: string[], source: Readable): Promise<void> {
  const list = columns.map(quoted).join(', ')
  const into = await tx.unsafe(`copy ${quoted(name)} (${list}) from stdin (format csv, header match)`).writable()
  let refused: Error | null = null
  into.on('error', error => {
    refused ??= error
  })
  for await (const chunk of source)
    await new Promise<void>((next, stop) => into.write(chunk, error => (error ? stop(refused ?? error) : next())))
  into.end()
  // postgres 3.4.9 never settles a stream whose last rows were refused; the next query hears of it.
  await tx`select 1`
}

async function loadJobs(tx: TransactionSql, source: Readable): Promise<void> {
  await tx`
    create temporary table waiting_jobs (place int generated always as identity, task text, payload json, queue text,
      run_at timestamptz, max_attempts int, key text, priority int) on commit drop`
  await copyInto(tx, 'waiting_jobs', JOB_COLUMNS, source)
  await tx`
    select graphile_worker.add_job(task, payload, queue_name := queue, run_at := run_at, max_attempts := max_attempts,
      job_key := key, priority := priority)
    from waiting_jobs order by place`
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
