import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Io, Run } from '../../src/cli/help.ts'
import type { Target } from '../../src/db/connect.ts'

type Told = { teardown(end: () => unknown): unknown }

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A folder for one installation. What still runs on it when the test ends is ended. */
export async function aFolder(t: Told): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-serve-'))
  t.teardown(async () => {
    await killDatabase(folder)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

/** As a power cut would: nothing is said to it. */
export async function killDatabase(folder: string): Promise<void> {
  const pid = Number.parseInt(await readFile(join(folder, 'pg', 'postmaster.pid'), 'utf8').catch(() => ''), 10)
  if (!pid) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {}
}

export type Started = {
  child: ChildProcess
  said(): string
  complained(): string
  /** The exit code, once it has ended. */
  ended: Promise<number | null>
}

/** `laurel …` as a process of its own, with nothing of our environment but what is given. */
export function laurel(t: Told, folder: string, argv: string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [main, ...argv], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let said = ''
  let complained = ''
  child.stdout?.on('data', piece => {
    said += piece
  })
  child.stderr?.on('data', piece => {
    complained += piece
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(() => {
    child.kill('SIGKILL')
    return ended
  })
  return { child, said: () => said, complained: () => complained, ended }
}

/** Where it listens, once it says so. */
export async function addressOf({ child, said, complained, ended }: Started): Promise<string> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (;;) {
    const address = /Laurel is ready[^:]*: (http:\S+)/.exec(said())?.[1]
    if (address && said().includes('Ctrl-C stops it.')) return address
    if (over) throw new Error(`It ended with ${child.exitCode}: ${complained()}`)
    await new Promise(go => setTimeout(go, 25))
  }
}

/** A database of the test's cluster as people write it into DATABASE_URL. */
export function urlOf(target: Target): string {
  if (typeof target === 'string') return target
  const { host, database, username } = target
  return `postgres://${username}@localhost/${database}?host=${encodeURIComponent(host)}`
}

/** A command in this process, under an environment of its own: for what needs no process to be killed or left running. */
export async function here(run: Run, folder: string, argv: string[], env: Record<string, string> = {}) {
  const heard = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const before = process.env
  process.env = { PATH: before.PATH, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'warn', ...env }
  try {
    const code = await run(argv, heard as unknown as Io)
    return { code, said: String(heard.stdout.read() ?? ''), complained: String(heard.stderr.read() ?? '') }
  } finally {
    process.env = before
  }
}
