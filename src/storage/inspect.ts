import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Options, Parser } from 'csv-parse'
import { fileTypeFromBuffer } from 'file-type'
import yauzl from 'yauzl'
import {
  CONTROLS,
  type Evidence,
  encodingOf,
  HEAD_BYTES,
  type Kind,
  TAIL_BYTES,
  type TextTrial,
  type ZipListing
} from '../attachments/kinds.ts'
import { type Range, type Store, StoreTrouble } from './store.ts'

/** No honest document has more parts, or unpacks to more; what claims less than it is fails as damaged. */
const MOST_PARTS = 2000
const MOST_UNPACKED = 128 * 2 ** 20
const MOST_RECORD = 2 ** 20

/** Looks into a file that is kept, piece by piece: it is never in memory as a whole. */
export async function evidenceOf(
  store: Store,
  { key, bytes }: { key: string; bytes: number },
  expected: Kind
): Promise<Evidence> {
  const [head, tail] = await Promise.all([
    read(store, key, { start: 0, end: Math.min(bytes, HEAD_BYTES) - 1 }),
    read(store, key, { start: Math.max(0, bytes - TAIL_BYTES), end: bytes - 1 })
  ])
  const isZip = head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'))
  return {
    bytes,
    head,
    tail,
    sniffed: (await fileTypeFromBuffer(head).catch(() => undefined))?.mime ?? null,
    zip: isZip ? await zipListing(store, key, bytes) : null,
    text: expected === 'csv' || expected === 'txt' ? await textTrial(store, key, head, expected === 'csv') : null
  }
}

async function read(store: Store, key: string, range: Range): Promise<Buffer> {
  if (range.end < range.start) return Buffer.alloc(0)
  const chunks: Buffer[] = []
  for await (const chunk of await store.open(key, range)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Lets the ZIP reader fetch only the ranges it needs, from any store. */
class KeptFile extends yauzl.RandomAccessReader {
  readonly #store: Store
  readonly #key: string

  constructor(store: Store, key: string) {
    super()
    this.#store = store
    this.#key = key
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const store = this.#store
    const key = this.#key
    async function* bytes(): AsyncGenerator<Buffer> {
      if (end > start) yield* await store.open(key, { start, end: end - 1 })
    }
    return Readable.from(bytes(), { objectMode: false })
  }
}

const TELLING = ['mimetype', '[Content_Types].xml', 'META-INF/manifest.xml']

/** Every part is unpacked to its end and counted: the sizes that a ZIP states about itself are only claims. */
async function zipListing(store: Store, key: string, bytes: number): Promise<ZipListing> {
  const listing: ZipListing = { names: [], locked: false, texts: {}, trouble: null }
  let unpacked = 0
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(new KeptFile(store, key), bytes, { autoClose: false })
    if (zip.entryCount > MOST_PARTS) return { ...listing, trouble: 'swollen' }
    for await (const entry of zip.eachEntry()) {
      listing.names.push(entry.fileName)
      if (entry.isEncrypted()) listing.locked = true
      if (listing.names.length > MOST_PARTS || unpacked + entry.uncompressedSize > MOST_UNPACKED)
        return { ...listing, trouble: 'swollen' }
      if (entry.isEncrypted()) continue
      const kept: Buffer[] | null = TELLING.includes(entry.fileName) ? [] : null
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        unpacked += chunk.length
        if (kept && entry.uncompressedSize <= MOST_RECORD) kept.push(chunk)
      }
      if (kept) listing.texts[entry.fileName] = Buffer.concat(kept).toString('utf8')
    }
    return listing
  } catch (error) {
    if (error instanceof StoreTrouble) throw error
    return { ...listing, trouble: 'damaged' }
  }
}

async function textTrial(store: Store, key: string, head: Uint8Array, table: boolean): Promise<TextTrial> {
  const trial: TextTrial = { unreadable: false, controls: false, brokenAtLine: null }
  const decoder = new TextDecoder(encodingOf(head), { fatal: true })
  async function* decoded(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
    for await (const chunk of source) yield* seen(chunk)
    yield* seen()
  }
  function* seen(chunk?: Buffer): Generator<string> {
    let text = ''
    try {
      text = chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch {
      trial.unreadable = true
    }
    trial.controls ||= CONTROLS.test(text)
    if (text !== '') yield text
  }
  const source = await store.open(key)
  try {
    if (table) await pipeline(source, decoded, new Parser(asTable(head)), nowhere())
    else await pipeline(source, decoded, nowhere())
  } catch (error) {
    if (!isCsvTrouble(error)) throw new StoreTrouble(error)
    trial.brokenAtLine = error.lines
  }
  return trial
}

const nowhere = () => new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() })

const isCsvTrouble = (error: unknown): error is { lines: number } =>
  error instanceof Error && 'lines' in error && typeof error.lines === 'number'

/** Lines of unlike length are fine, quotes that do not close are not. */
function asTable(head: Uint8Array): Options {
  return {
    delimiter: separatorIn(new TextDecoder(encodingOf(head)).decode(head)),
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MOST_RECORD
  }
}

/** Spreadsheets separate by comma, semicolon or tab, as their country has it: the first line tells. */
export function separatorIn(text: string): ',' | ';' | '\t' {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '')
  const counted = ([',', ';', '\t'] as const).map(sign => ({ sign, count: line.split(sign).length }))
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).sign
}
