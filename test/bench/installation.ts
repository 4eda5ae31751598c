import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
/** The kernel counts a process's time in hundredths of a second. */
const TICK = 10

/** An installation of the bench's own: its folder, and the site that runs on it. */
export type Installation = {
  folder: string
  url: string
  /** Milliseconds from the command to the line that names the address. */
  startedIn: number
  /** CPU milliseconds that the site and its database have used so far. */
  cpu(): Promise<number>
  /** Resident memory of the site's process in MB. */
  memory(): Promise<number>
  stop(): Promise<void>
}

/** Remembers a folder, to be removed when its part is over. */
export type Keep = (folder: string) => string

export async function anInstallation(moment: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-bench-'))
  await promisify(execFile)(process.execPath, [MAIN, 'seed', '--at', moment], { env: environment(folder) })
  return folder
}

export const emptyFolder = () => mkdtemp(join(tmpdir(), 'laurel-bench-'))
export const removed = (folder: string) => rm(folder, { recursive: true, force: true })

const environment = (folder: string, port = 0) => ({
  ...process.env,
  DATA_DIR: folder,
  PORT: String(port),
  LOG_LEVEL: 'warn',
  DATABASE_URL: ''
})

export async function running(folder: string): Promise<Installation> {
  const began = performance.now()
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: environment(folder, await freePort()),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const url = await addressFrom(child)
  const startedIn = performance.now() - began
  return {
    folder,
    url,
    startedIn,
    cpu: async () => (await processCpu(child.pid ?? 0)) + (await processCpu(await postmasterOf(folder), true)),
    memory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
    },
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
}

async function addressFrom(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const found = /(http:\/\/\S+)/.exec(line)
    if (found?.[1]) {
      child.stdout?.resume()
      return found[1]
    }
  }
  throw new Error('the site ended before it named its address')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

export const postmasterOf = async (folder: string) =>
  Number((await readFile(join(folder, 'pg', 'postmaster.pid'), 'utf8')).split('\n')[0])

/** CPU milliseconds of a process; what a finished child had used counts with its parent, and so do living ones if asked. */
export async function processCpu(pid: number, withChildren = false): Promise<number> {
  let ticks = await ticksOf(pid)
  for (const entry of withChildren ? await readdir('/proc') : []) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    if (Number(after(stat)[1]) === pid) ticks += await ticksOf(Number(entry))
  }
  return ticks * TICK
}

async function ticksOf(pid: number): Promise<number> {
  const fields = after(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0)
}

/** The fields after the process's name, which may hold anything. */
const after = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')
