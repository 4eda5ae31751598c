import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import yauzl, { type Entry } from 'yauzl'
import yazl from 'yazl'

/** One part of an archive: its name in it, how many bytes it has, and their SHA-256 in hexadecimal. */
export type Part = { name: string; bytes: number; sha256: string }

export type Adding = {
  /** Reads the source to its end. `pressed`: small, because what is in it is text. */
  add(name: string, source: Readable, how: { pressed: boolean }): Promise<Part>
}

/** Not an archive, or no longer whole. The message says what is wrong with it. */
export class Damaged extends Error {
  override name = 'Damaged'
}

/** Counts and digests what flows through it. */
class Meter extends Transform {
  bytes = 0
  #digest = createHash('sha256')

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length
    this.#digest.update(chunk)
    done(null, chunk)
  }

  get sha256(): string {
    return this.#digest.copy().digest('hex')
  }
}

/**
 * Writes a ZIP file part by part, never holding more of it in memory than the list of its parts; settles once its bytes are
 * on the disk. `path` must not be there yet.
 */
export async function writeArchive(path: string, at: Date, work: (archive: Adding) => Promise<void>): Promise<void> {
  const zip = new yazl.ZipFile()
  const output = zip.outputStream as unknown as Transform
  // It holds personal data: for nobody but whoever makes it.
  const written = pipeline(output, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }))
  // Where the disk fails, whoever is adding a part hears of it there.
  written.catch(() => {})
  const add: Adding['add'] = async (name, source, { pressed }) => {
    const meter = new Meter()
    zip.addReadStream(meter, name, { compress: pressed, mtime: at, mode: 0o100600 })
    await Promise.race([pipeline(source, meter), written.then(ended)])
    return { name, bytes: meter.bytes, sha256: meter.sha256 }
  }
  try {
    await work({ add })
    zip.end()
    await written
  } catch (error) {
    output.destroy(error as Error)
    await written.catch(() => {})
    throw error
  }
}

const ended = (): never => {
  throw new Error('The archive ended before all of it was written')
}

export type Archive = {
  /** Each name once. */
  names: string[]
  open(name: string): Promise<Readable>
  /** Reads a part to its end. */
  measure(name: string): Promise<Part>
  close(): void
}

/** Opens an archive by its table of contents; what is cut short has none. */
export async function openArchive(path: string): Promise<Archive> {
  const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false }).catch(asDamage)
  const entries = new Map<string, Entry>()
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) throw new Damaged(`${entry.fileName} stands in it twice`)
      entries.set(entry.fileName, entry)
    }
  } catch (error) {
    zip.close()
    throw asDamaged(error)
  }
  const open = async (name: string) => {
    const entry = entries.get(name)
    if (!entry) throw new Damaged(`${name} is missing in it`)
    return zip.openReadStreamPromise(entry).catch(asDamage)
  }
  return {
    names: [...entries.keys()],
    open,
    async measure(name) {
      return { name, ...(await measured(await open(name)).catch(asDamage)) }
    },
    close: () => zip.close()
  }
}

export async function measured(source: Readable): Promise<Omit<Part, 'name'>> {
  const meter = new Meter()
  meter.resume()
  await pipeline(source, meter)
  return { bytes: meter.bytes, sha256: meter.sha256 }
}

/** Trouble with the disk stays what it is; what the reader of the format says is damage. */
function asDamaged(error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  return error instanceof Damaged || (code !== undefined && syscall !== undefined) ? error : new Damaged(message)
}

const asDamage = (error: unknown): never => {
  throw asDamaged(error)
}
