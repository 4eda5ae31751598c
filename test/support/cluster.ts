import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connectTo, type Target } from '../../src/db/connect.ts'
import { startEmbedded } from '../../src/db/embedded.ts'

/** A PostgreSQL for one test run: one of our own in the temp folder, or the one that TEST_DATABASE_URL names. */
export type Cluster = {
  /** Begins the name of every database of this run. */
  prefix: string
  owner(database?: string): Target
  site(database: string): Target
}

/** Under tap all files of a run share one cluster; a file that is run by hand has its own. */
const run = process.env.TAP ? process.ppid : process.pid
const name = (key: number) => `laurel-test-${key}`
const folder = join(tmpdir(), name(run))

let found: Promise<Cluster> | undefined

export function cluster(): Promise<Cluster> {
  found ??= process.env.TEST_DATABASE_URL ? Promise.resolve(named(process.env.TEST_DATABASE_URL)) : own()
  return found
}

function named(url: string): Cluster {
  const ownerUrl = process.env.TEST_DATABASE_OWNER_URL ?? url
  const at = (base: string, database?: string) => {
    const address = new URL(base)
    if (database) address.pathname = `/${database}`
    return address.href
  }
  return {
    prefix: `laurel_test_${run}_`,
    owner: database => at(ownerUrl, database),
    site: database => at(url, database)
  }
}

async function own(): Promise<Cluster> {
  sweep()
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const ready = join(folder, 'ready')
  while (!existsSync(ready)) {
    if (await took(join(folder, 'starting'))) {
      await startEmbedded(folder, () => {}, forgetful)
      await writeFile(ready, '')
      if (!process.env.TAP) process.on('exit', () => endCluster(folder))
    } else await pause(50)
  }
  const host = join(folder, 'run')
  return {
    prefix: '',
    owner: (database = 'postgres') => ({ host, database, username: 'laurel_owner' }),
    site: database => ({ host, database, username: 'laurel_site' })
  }
}

/** Quick, and gone after a power cut: a test's data may be. */
const forgetful = [
  'fsync = off',
  'synchronous_commit = off',
  'full_page_writes = off',
  'autovacuum = off',
  'max_connections = 200'
]

/** True for the one process that may start the cluster; when it has died half-way, for the next that asks. */
async function took(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const holder = Number(readFileSync(lock, 'utf8'))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    return false
  }
}

/** Ends what this run has left behind; called once, after all files. */
export async function endRun(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) await dropAll()
  else endCluster(join(tmpdir(), name(process.ppid)))
}

async function dropAll(): Promise<void> {
  const { owner } = await cluster()
  const sql = connectTo(owner(), { max: 1 })
  const left = await sql<{ name: string }[]>`
    select datname as name from pg_database where starts_with(datname, ${`laurel_test_${process.ppid}_`})`
  for (const { name } of left) await sql`drop database if exists ${sql(name)} with (force)`
  await sql.end()
}

/** Clusters of runs that were killed. */
function sweep(): void {
  for (const entry of readdirSync(tmpdir())) {
    const key = Number(/^laurel-test-(\d+)$/.exec(entry)?.[1])
    if (!key || isAlive(key)) continue
    const left = join(tmpdir(), entry)
    if (lstatSync(left).uid === process.getuid?.()) endCluster(left)
  }
}

/** At once and in one piece, so that it also works while the process is exiting. Nothing in it is worth an orderly end. */
function endCluster(where: string): void {
  const pidFile = join(where, 'pg', 'postmaster.pid')
  const pid = existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : 0
  if (pid > 0 && isAlive(pid)) {
    process.kill(pid, 'SIGQUIT')
    const patience = new Int32Array(new SharedArrayBuffer(4))
    for (let wait = 0; wait < 200 && isAlive(pid) && existsSync(pidFile); wait++) Atomics.wait(patience, 0, 0, 25)
  }
  rmSync(where, { recursive: true, force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
