import { spawn } from 'node:child_process'
import { chown, lchown, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** As whom PostgreSQL runs. It refuses to run as root, so root lends it another identity. */
export type Account = {
  uid: number
  gid: number
  /** What stands before the tool: a user namespace in which root is nobody, so that files stay root's own. */
  prefix: string[]
  /** Give up root for the child process. */
  become: boolean
}

const nobody = 65_534

/**
 * Root in a user namespace where that is allowed: no account, no change of owner, works in root's closed home. Elsewhere
 * (many containers) the account `nobody`, if it may enter the folder. A folder that already belongs to a user is run as that user.
 */
export async function accountFor(pg: string, binary: string): Promise<Account> {
  const uid = process.getuid?.() ?? 0
  const gid = process.getgid?.() ?? 0
  if (uid !== 0) return { uid, gid, prefix: [], become: false }

  const found = await stat(pg).catch(() => null)
  if (found && found.uid !== 0) return asUser(found.uid, found.gid, pg, binary)

  const prefix = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--']
  const inNamespace = { uid: 0, gid: 0, prefix, become: false }
  const allowed = await run(inNamespace, 'true', []).then(
    () => true,
    () => false
  )
  return allowed ? inNamespace : asUser(nobody, nobody, pg, binary)
}

async function asUser(uid: number, gid: number, pg: string, binary: string): Promise<Account> {
  const account = { uid, gid, prefix: [], become: true }
  for (const folder of [dirname(pg), dirname(binary)]) {
    const open = await run(account, 'test', ['-x', folder]).then(
      () => true,
      () => false
    )
    if (open) continue
    throw new Error(
      `PostgreSQL does not run as root, and the account it would run as (number ${uid}) may not enter ${folder}. Start Laurel as a normal user, or keep it in a folder that others may enter, or set DATABASE_URL to a PostgreSQL of your own.`
    )
  }
  return account
}

/** Gives a file, or a folder with everything in it, to the account that PostgreSQL runs as. */
export async function handOver(path: string, account: Account): Promise<void> {
  const found = await stat(path)
  if (process.getuid?.() !== 0 || found.uid === account.uid) return
  await chown(path, account.uid, account.gid)
  if (!found.isDirectory()) return
  for (const name of await readdir(path, { recursive: true })) await lchown(join(path, name), account.uid, account.gid)
}

/** Runs a tool to its end and returns what it printed; what it printed is also the error when it fails. */
export function run(account: Account | null, tool: string, args: string[]): Promise<string> {
  const [command = tool, ...rest] = [...(account?.prefix ?? []), tool, ...args]
  const identity = account?.become ? { uid: account.uid, gid: account.gid } : {}
  return new Promise((resolve, reject) => {
    // The current folder may be closed to the other identity, and the server would keep it busy.
    const child = spawn(command, rest, { ...identity, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', piece => {
      said += piece
    })
    child.stderr.on('data', piece => {
      said += piece
    })
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve(said) : reject(new Error(`${tool} ended with ${code}: ${said.trim()}`))
    )
  })
}
