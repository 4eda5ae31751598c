import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { connectTo, openDb, type Target } from '../../src/db/connect.ts'
import { type Embedded, startEmbedded } from '../../src/db/embedded.ts'

const root = process.getuid?.() === 0
const nobody = 65_534

// A machine that is busy with other things starts a database slowly.
t.setTimeout(480_000)

const made = await aFolder(t)
await (await startEmbedded(made, () => {})).stop()

t.test('what was written is there after a stop and a second start', async t => {
  const data = await aDataFolder(t)
  const first = await started(t, data)
  await write(first.owner, 'Ada')
  await first.stop()
  await t.rejects(names(first.owner), 'nothing answers once it is stopped')

  const second = await started(t, data)
  t.equal(second.adopted, false)
  t.strictSame(await names(second.owner), ['Ada'])
  t.equal((await stat(data)).mode & 0o777, 0o755)
  t.equal((await stat(join(data, 'pg'))).mode & 0o777, 0o700)
})

t.test('the database has two roles, and the site owns nothing', async t => {
  const { owner, site } = await started(t, await aDataFolder(t))
  await write(owner, 'Ada')
  await t.rejects(write(site, 'Bob'), { code: '42501' })
  await t.rejects(names(site), { code: '42501' })
})

t.test('after kill -9 of the site alone the running database is adopted', async t => {
  const data = await aDataFolder(t)
  const { child } = await startedElsewhere(t, data)
  await killed(child)

  const next = await started(t, data)
  t.equal(next.adopted, true)
  await next.stop()
  await t.rejects(names(next.owner), 'and the one who adopted it also stops it')
})

t.test('after kill -9 of all of it the next start recovers', async t => {
  const data = await aDataFolder(t)
  const { child, owner } = await startedElsewhere(t, data)
  await write(owner, 'Ada')
  process.kill(await serverPid(data), 'SIGKILL')
  await killed(child)

  const next = await started(t, data)
  t.equal(next.adopted, false)
  t.strictSame(await names(next.owner), ['Ada'])
})

t.test('a pid file whose number now belongs to somebody else is no obstacle', async t => {
  const data = await aDataFolder(t)
  const first = await started(t, data)
  await write(first.owner, 'Ada')
  const pidFile = join(data, 'pg', 'postmaster.pid')
  const before = await readFile(pidFile, 'utf8')
  await first.stop()
  await writeFile(pidFile, before.replace(/^\d+/, String(process.pid)), { mode: 0o600 })
  if (root) await chown(pidFile, (await stat(join(data, 'pg'))).uid, (await stat(join(data, 'pg'))).gid)

  const next = await started(t, data)
  t.strictSame(await names(next.owner), ['Ada'])
})

t.test('a first start that was cut short is begun again', async t => {
  const data = await aFolder(t)
  await mkdir(join(data, 'pg.new-4194305', 'base'), { recursive: true })
  await started(t, data)
  await t.rejects(stat(join(data, 'pg.new-4194305')), { code: 'ENOENT' })
})

t.test('of two that work on one database the last to leave stops it', async t => {
  const data = await aDataFolder(t)
  const first = await started(t, data)
  const second = await started(t, data)
  t.equal(second.adopted, true)
  await write(first.owner, 'Ada')
  const working = openDb(first.site)
  await working.sql`select 1`
  await second.stop()
  t.strictSame(await names(first.owner), ['Ada'], 'still there for the first')
  await working.close()
  await first.stop()
  await t.rejects(names(first.owner))
})

t.test('two that start in the same moment end up with one database', async t => {
  const data = await aFolder(t)
  const both = await Promise.all([startedElsewhere(t, data), startedElsewhere(t, data)])
  await write(both[0].owner, 'Ada')
  t.strictSame(await names(both[1].owner), ['Ada'])
})

t.test('a folder too deep for a socket, with a space and a comma in its name, works too', async t => {
  const deep = join(await aFolder(t), 'Конкурс, 2026 година', 'x'.repeat(80))
  const { owner, stop } = await started(t, deep)
  await write(owner, 'Ада')
  t.strictSame(await names(owner), ['Ада'])
  const { host } = owner as { host: string }
  t.ok(Buffer.byteLength(host) < 80)
  t.equal((await stat(host)).mode & 0o777, 0o700)
  await stop()
  await rm(host, { recursive: true })
})

t.test('a start that cannot succeed says why', async t => {
  const data = await aDataFolder(t)
  const first = await started(t, data)
  await first.stop()
  await writeFile(join(data, 'pg', 'postgresql.auto.conf'), 'max_connections = plenty\n')
  await t.rejects(
    startEmbedded(data, () => {}),
    /did not start.*max_connections/s
  )
})

t.test('as a normal user', { skip: !root && 'this run is not root, so every test here was one' }, async t => {
  const data = await aFolder(t)
  await chown(data, nobody, nobody)
  const made = await startedElsewhere(t, data, { uid: nobody, gid: nobody }).catch((error: Error) => error)
  if (made instanceof Error && /EACCES|Cannot find module|permission denied/i.test(made.message)) {
    return t.pass('another account may not read this folder: clone into one that others may enter', { skip: true })
  }
  if (made instanceof Error) throw made
  await write(made.owner, 'Ada')
  t.equal((await stat(join(data, 'pg'))).uid, nobody)
  await ended(made.child)

  const asRoot = await started(t, data)
  t.strictSame(await names(asRoot.owner), ['Ada'], 'and root may start the same folder afterwards')
  t.equal((await stat(join(data, 'pg', 'postmaster.pid'))).uid, nobody, 'as its owner, so that the owner can come back')
})

t.test('as root where user namespaces are forbidden', { skip: !root && 'this run is not root' }, async t => {
  const data = await aFolder(t)
  const forbidden = join(await aFolder(t), 'unshare')
  await writeFile(forbidden, '#!/bin/sh\nexit 1\n')
  await chmod(forbidden, 0o755)
  const path = process.env.PATH
  process.env.PATH = `${join(forbidden, '..')}:${path}`
  t.teardown(() => {
    process.env.PATH = path
  })

  const closed = await aFolder(t)
  await chmod(closed, 0o700)
  await t.rejects(
    startEmbedded(join(closed, 'data'), () => {}),
    /may not enter/
  )

  const made = await startEmbedded(data, () => {}).catch((error: Error) => error)
  if (made instanceof Error && /may not enter/.test(made.message)) {
    return t.pass('another account may not read this folder: clone into one that others may enter', { skip: true })
  }
  if (made instanceof Error) throw made
  t.teardown(() => made.stop())
  await write(made.owner, 'Ada')
  t.strictSame(await names(made.owner), ['Ada'])
  t.equal((await stat(join(data, 'pg'))).uid, nobody)
})

/** A data folder whose database is made already, which takes the longest, but not running. */
async function aDataFolder(t: { teardown(end: () => unknown): unknown }): Promise<string> {
  const folder = await aFolder(t)
  await cp(made, folder, { recursive: true })
  return folder
}

async function aFolder(t: { teardown(end: () => unknown): unknown }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-data-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function started(t: { teardown(end: () => unknown): unknown }, data: string): Promise<Embedded> {
  const embedded = await startEmbedded(data, () => {}, ['fsync = off'])
  t.teardown(() => embedded.stop())
  return embedded
}

type Elsewhere = { child: ChildProcess; adopted: boolean; owner: Target }

async function startedElsewhere(
  t: { teardown(end: () => unknown): unknown },
  data: string,
  as: { uid?: number; gid?: number } = {}
): Promise<Elsewhere> {
  const file = fileURLToPath(new URL('serve.ts', import.meta.url))
  const child = spawn(process.execPath, [file, data], {
    ...as,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: plainEnvironment()
  })
  t.teardown(() => ended(child))
  let complaint = ''
  child.stderr.on('data', piece => {
    complaint += piece
  })
  const line = await Promise.race([
    once(child.stdout, 'data').then(([piece]) => String(piece)),
    once(child, 'close').then(() => {
      throw new Error(complaint)
    })
  ])
  const { site, adopted } = JSON.parse(line)
  return { child, adopted, owner: { ...site, username: 'laurel_owner' } }
}

/** Without tap's loaders, which another account may not be able to read or write. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !/^_?TAP/.test(name)))
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'close')
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
  await pause(50)
}

async function serverPid(data: string): Promise<number> {
  return Number.parseInt(await readFile(join(data, 'pg', 'postmaster.pid'), 'utf8'), 10)
}

async function write(target: Target, name: string): Promise<void> {
  const sql = connectTo(target, { max: 1 })
  try {
    await sql`create table if not exists public.guests (name text)`
    await sql`insert into public.guests values (${name})`
  } finally {
    await sql.end()
  }
}

async function names(target: Target): Promise<string[]> {
  const sql = connectTo(target, { max: 1 })
  try {
    return (await sql<{ name: string }[]>`select name from public.guests order by name`).map(({ name }) => name)
  } finally {
    await sql.end()
  }
}
