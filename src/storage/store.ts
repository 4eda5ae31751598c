import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Bytes that are kept: their key, how many they are, and their SHA-256 in hexadecimal. */
export type Stored = { key: string; bytes: number; sha256: string }

export type Listed = { key: string; bytes: number; storedAt: Date }

/** The first and the last byte wanted, both included, counted from 0. */
export type Range = { start: number; end: number }

/**
 * Where attachments live. Keys are random and made here: no name that people give becomes a path.
 * Whatever stands under a key is whole and never changes.
 */
export interface Store {
  /**
   * Reads the source to its end and answers once its bytes are safe. When the source fails or the signal aborts,
   * the error is thrown and nothing is left. `key`: for bytes that come back, and that rows name by it already.
   */
  put(source: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal; key?: string }): Promise<Stored>
  /** The bytes, or `NotKept`. */
  open(key: string, range?: Range): Promise<Readable>
  /** What is not there counts as removed. */
  remove(key: string): Promise<void>
  list(): AsyncIterable<Listed>
  /** Removes what a stopped process left half written; answers how many that were. */
  tidy(olderThan: Date): Promise<number>
  /** Throws when the store cannot be written and read. */
  check(): Promise<void>
}

/** Asked for by a key that holds nothing. */
export class NotKept extends Error {
  readonly key: string

  constructor(key: string) {
    super('Nothing is kept under this key')
    this.name = 'NotKept'
    this.key = key
  }
}

/** The store itself failed (full, read-only, out of reach): not the sender's doing. */
export class StoreTrouble extends Error {
  readonly statusCode = 503

  constructor(cause: unknown) {
    super('The store of attachments could not keep or read a file', { cause })
    this.name = 'StoreTrouble'
  }
}

const KEY = /^[0-9a-f]{32}$/

/** A store in a folder of its own, made where it is missing. */
export async function diskStore(folder: string): Promise<Store> {
  const incoming = join(folder, 'incoming')
  // The mode goes to every folder that is made: what lies above ours stays open to its other users.
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 })
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  return {
    put: (source, options) => put(folder, incoming, source, options),
    open: async (key, range) => openKept(pathOf(folder, key), key, range),
    remove: async key => removeKept(pathOf(folder, key)),
    list: () => list(folder),
    tidy: olderThan => tidy(incoming, olderThan),
    check: () => check(incoming)
  }
}

function pathOf(folder: string, key: string): string {
  if (!KEY.test(key)) throw new NotKept(key)
  return join(folder, key.slice(0, 2), key)
}

async function put(
  folder: string,
  incoming: string,
  source: AsyncIterable<Uint8Array>,
  { signal, key = randomBytes(16).toString('hex') }: { signal?: AbortSignal; key?: string } = {}
): Promise<Stored> {
  const path = pathOf(folder, key)
  const aside = join(incoming, randomBytes(16).toString('hex'))
  const digest = createHash('sha256')
  let bytes = 0
  let failed: { error: unknown } | null = null
  async function* measured(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        digest.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    } catch (error) {
      failed = { error }
      throw error
    }
  }
  try {
    // `flush`: the bytes are on the disk itself before the file is closed.
    await pipeline(
      measured,
      createWriteStream(aside, { flags: 'wx', mode: 0o600, flush: true }),
      signal ? { signal } : {}
    )
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rename(aside, path)
    await Promise.all([syncFolder(dirname(path)), syncFolder(folder)])
  } catch (error) {
    // What cannot be removed now is found by `tidy`: the first error is the one to tell.
    await unlink(aside).catch(() => {})
    const cause = failed as { error: unknown } | null
    if (cause) throw cause.error
    if (signal?.aborted) throw signal.reason
    throw new StoreTrouble(error)
  }
  return { key, bytes, sha256: digest.digest('hex') }
}

/** A rename is safe only once the folder that holds the name is on the disk too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Opened before it is answered, so that a missing file is an error here and not in the middle of an answer. */
async function openKept(path: string, key: string, range?: Range): Promise<Readable> {
  const handle = await open(path, 'r').catch(error => {
    throw error.code === 'ENOENT' ? new NotKept(key) : new StoreTrouble(error)
  })
  return createReadStream('', { fd: handle, ...range })
}

async function removeKept(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing)
}

async function* list(folder: string): AsyncGenerator<Listed> {
  for (const shard of await readdir(folder)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue
    for (const key of await readdir(join(folder, shard))) {
      if (!KEY.test(key)) continue
      const found = await stat(join(folder, shard, key)).catch(ignoreMissing)
      if (found) yield { key, bytes: found.size, storedAt: found.mtime }
    }
  }
}

async function tidy(incoming: string, olderThan: Date): Promise<number> {
  let removed = 0
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name)
    const found = await stat(path).catch(ignoreMissing)
    if (!found || found.mtime >= olderThan) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}

async function check(incoming: string): Promise<void> {
  const probe = join(incoming, `check-${randomBytes(8).toString('hex')}`)
  try {
    await writeFile(probe, 'laurel', { flag: 'wx', mode: 0o600 })
    await unlink(probe)
  } catch (error) {
    throw new StoreTrouble(error)
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
