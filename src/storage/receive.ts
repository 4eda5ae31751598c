import type { Readable } from 'node:stream'
import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  encodingOf,
  type FileRefusal,
  judge,
  type Kind,
  kindOfEnding,
  tooLarge,
  whyNotName
} from '../attachments/kinds.ts'
import { cleanName, endingOf } from '../attachments/names.ts'
import { evidenceOf } from './inspect.ts'
import { type Store, StoreTrouble } from './store.ts'

export type Rules = { accept: readonly Kind[]; maxBytes: number }

export type KeptFile = {
  ok: true
  key: string
  name: string
  mime: string
  kind: Kind
  bytes: number
  sha256: string
}
export type Received = KeptFile | { ok: false; name: string; refusal: FileRefusal }

type Part = Pick<MultipartFile, 'file' | 'filename'>

/** How much of a refused body is still read, so that its sender gets to see the answer; then the connection is closed. */
export const DRAIN_BYTES = 64 * 2 ** 20

/** The sender went away, or what came is no whole form. */
export class Interrupted extends Error {
  readonly statusCode: number = 400

  constructor(cause: unknown) {
    super('The upload ended before it was whole', { cause })
    this.name = 'Interrupted'
  }
}

class TooLarge extends Error {}

/**
 * Takes in one file: streamed into the store, measured, then judged by its content. A refused file leaves nothing behind,
 * and its part is read to the end, so that what follows it in the request can be read.
 * Throws `Interrupted` when the request dies, `StoreTrouble` when the store does; both leave nothing.
 */
export async function receiveFile(part: Part, { accept, maxBytes }: Rules, store: Store): Promise<Received> {
  const name = cleanName(part.filename)
  const refused = (refusal: FileRefusal): Received => ({ ok: false, name, refusal })
  const whyNot = whyNotName(name, accept)
  if (whyNot) {
    await drain(part.file)
    return refused(whyNot)
  }

  const stored = await store.put(upTo(maxBytes, part.file)).catch(async error => {
    if (!(error instanceof TooLarge)) throw error
    return null
  })
  // The plugin's own limit cuts a file off in silence: what was cut is too large here as well.
  if (stored && part.file.truncated) await store.remove(stored.key)
  if (!stored || part.file.truncated) {
    const rest = await drain(part.file)
    return refused(tooLarge(maxBytes, rest === null || part.file.truncated ? null : part.file.bytesRead))
  }

  try {
    if (stored.bytes === 0) {
      await store.remove(stored.key)
      return refused({ code: 'file_empty' })
    }
    const expected = kindOfEnding(endingOf(name)) as Kind
    const verdict = judge(name, await evidenceOf(store, stored, expected), accept)
    if (verdict.ok) return { ...verdict, ...stored, name }
    await store.remove(stored.key)
    return refused(verdict.refusal)
  } catch (error) {
    await store.remove(stored.key).catch(() => {})
    throw error
  }
}

/** The part's bytes, or `TooLarge` at the first one above the limit. The part itself stays readable: it is not ours to end. */
async function* upTo(maxBytes: number, file: Readable): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of pieces(file)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new TooLarge()
    yield chunk
  }
}

async function* pieces(file: Readable): AsyncGenerator<Buffer> {
  try {
    // Leaving this loop must not destroy the part: the parser of the whole form would stop with it.
    for await (const chunk of file.iterator({ destroyOnReturn: false })) yield chunk
  } catch (error) {
    throw new Interrupted(error)
  }
}

/** Reads on and throws away; null when it gave up, with the part ended, because too much still came. */
async function drain(file: Readable): Promise<number | null> {
  let bytes = 0
  for await (const chunk of pieces(file)) {
    bytes += chunk.length
    if (bytes <= DRAIN_BYTES) continue
    file.destroy()
    return null
  }
  return bytes
}

export type ReceivedForm = { fields: Record<string, string>; files: (Received & { field: string })[] }

/**
 * Reads a whole form, its files one after the other into the store. `rulesFor` says what a field takes; null, and its
 * file is refused. An input where nobody chose a file is left out. If the request dies, nothing of it stays.
 * `mostFields`: for a form with more fields beside its files than most have.
 */
export async function receiveForm(
  request: FastifyRequest,
  store: Store,
  rulesFor: (field: string) => Rules | null,
  { mostFields }: { mostFields?: number } = {}
): Promise<ReceivedForm> {
  const fields = new Map<string, string>()
  const files: ReceivedForm['files'] = []
  try {
    for await (const part of partsOf(request, mostFields)) {
      if (part.type === 'field') fields.set(part.fieldname, textIn(part))
      else {
        const received = await receivePart(part, rulesFor(part.fieldname), store, request.log)
        if (received) files.push({ field: part.fieldname, ...received })
      }
    }
  } catch (error) {
    await discard(store, files)
    throw error
  }
  return { fields: Object.fromEntries(fields), files }
}

/** The store's own trouble is a refusal of this one file: what else the form holds is not lost by it. */
async function receivePart(
  part: MultipartFile,
  rules: Rules | null,
  store: Store,
  log: FastifyBaseLogger
): Promise<Received | null> {
  const name = cleanName(part.filename)
  if (!part.filename || !rules) {
    const bytes = await drain(part.file)
    if (!part.filename && bytes === 0) return null
    return {
      ok: false,
      name,
      refusal: rules ? { code: 'file_without_name', accepted: [...rules.accept] } : { code: 'file_not_asked_for' }
    }
  }
  try {
    return await receiveFile(part, rules, store)
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error
    log.error({ code: (error.cause as { code?: string })?.code }, 'the store could not keep an attachment')
    await drain(part.file)
    return { ok: false, name, refusal: { code: 'file_not_kept' } }
  }
}

/** Without the plugin's size limit, which cuts a file off in silence: ours is counted in `receiveFile`. */
const partsOf = (request: FastifyRequest, mostFields?: number) =>
  request.parts({
    limits: {
      fileSize: Number.POSITIVE_INFINITY,
      ...(mostFields === undefined ? {} : { fields: mostFields, parts: mostFields + 10 })
    }
  })

class FieldTooLong extends Error {
  readonly statusCode = 413
}

function textIn(part: MultipartValue): string {
  if (part.valueTruncated) throw new FieldTooLong('A field of the form is too long')
  return typeof part.value === 'string' ? part.value : String(part.value ?? '')
}

/** Takes back files of a request that came to nothing after all. */
export async function discard(store: Store, files: readonly Received[]): Promise<void> {
  for (const file of files) if (file.ok) await store.remove(file.key)
}

export type ReceivedText =
  | { ok: true; name: string; text: string; fields: Record<string, string> }
  | { ok: false; name: string; refusal: FileRefusal; fields: Record<string, string> }

/** A small list that is read at once and not kept, such as names and addresses as CSV: its first file, as text. */
export async function receiveText(request: FastifyRequest, maxBytes: number): Promise<ReceivedText> {
  const fields = new Map<string, string>()
  let read: { name: string; bytes: Buffer | null } | null = null
  for await (const part of partsOf(request)) {
    if (part.type === 'field') fields.set(part.fieldname, textIn(part))
    else if (read || !part.filename) await drain(part.file)
    else read = { name: cleanName(part.filename), bytes: await inMemory(part.file, maxBytes) }
  }
  const said = { name: read?.name ?? '', fields: Object.fromEntries(fields) }
  if (!read) return { ok: false, ...said, refusal: { code: 'file_none' } }
  if (!read.bytes) return { ok: false, ...said, refusal: tooLarge(maxBytes, null) }
  if (read.bytes.length === 0) return { ok: false, ...said, refusal: { code: 'file_empty' } }
  try {
    return { ok: true, ...said, text: new TextDecoder(encodingOf(read.bytes), { fatal: true }).decode(read.bytes) }
  } catch {
    return { ok: false, ...said, refusal: { code: 'file_not_utf8', ending: 'csv' } }
  }
}

async function inMemory(file: Readable, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of upTo(maxBytes, file)) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    await drain(file)
    return null
  }
}

// Busboy and dicer throw plain errors: their sentences are all there is to know them by.
const MALFORMED =
  /^(?:Unexpected end of multipart data|Multipart: Boundary not found|Boundary required|The needle cannot |\w+ terminated early due to unexpected end of multipart data)/

/** What an error of reading a form means to its sender: 400, 413, 415; undefined when it is none. */
export function multipartStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (error instanceof Interrupted || error instanceof FieldTooLong) return error.statusCode
  if (code === 'FST_INVALID_MULTIPART_CONTENT_TYPE') return 415
  if (code === 'FST_INVALID_JSON_FIELD_ERROR') return 400
  if (typeof code === 'string' && /^FST_(?:PARTS|FILES|FIELDS|REQ_FILE|PROTO|MP)_/.test(code))
    return typeof statusCode === 'number' ? statusCode : 400
  if (MALFORMED.test(error.message) || (code === 'ECONNRESET' && error.message === 'aborted')) return 400
  return undefined
}

/**
 * Whoever answers before a body is read to its end (no permission, a forged form, a closed call) would leave the
 * connection stuck for its next request. What is left is read and thrown away, and above a cap the connection ends.
 */
export function settleUnread(app: FastifyInstance): void {
  app.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply) => {
    const { raw } = request
    const { 'content-length': length, 'transfer-encoding': chunked } = raw.headers
    if (raw.readableEnded || raw.destroyed || (length === undefined && chunked === undefined)) return
    if (Number(length ?? 0) > DRAIN_BYTES) void reply.header('connection', 'close')
    let bytes = 0
    raw.unpipe()
    raw.on('data', chunk => {
      bytes += chunk.length
      if (bytes > DRAIN_BYTES) raw.destroy()
    })
    raw.on('error', () => {})
    raw.resume()
  })
}
