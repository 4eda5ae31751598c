import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Mistake } from '../../refusal.ts'
import type { Api } from './door.ts'
import { DEFAULT, LONGEST, MOST } from './quotas.ts'

export type Entry = Record<string, unknown>

/**
 * What a list can be narrowed by, over what is told of its entries: nobody finds by a filter what they are not told. A path
 * like `readers.jurorId` leads through lists.
 */
export type Filter =
  /** One of these fields says exactly this. */
  | { equals: readonly string[] }
  /** One of these fields has this text in it, whatever its capitals and accents. */
  | { text: readonly string[] }
  /** What the entry's state is called. */
  | { state: (entry: Entry) => string; values: readonly string[] }

/** A page of a list as it was asked for: `from` is where the page before ended. */
export type Asked = { limit: number; from: From | null; filters: Record<string, string> }
type From = { place: number; after: string | null }

export const listNames = ({ list, filters }: Api): string[] =>
  list ? ['limit', 'cursor', ...Object.keys(filters ?? {})] : []

/** What a request asks of a list, and every mistake in it. */
export function askedOf(request: FastifyRequest, api: Api): Asked & { mistakes: Mistake[] } {
  const query = request.query as Record<string, unknown>
  const mistakes: Mistake[] = []
  const filters: Record<string, string> = {}
  for (const name of Object.keys(api.filters ?? {})) {
    const value = query[name]
    if (value === undefined) continue
    if (typeof value !== 'string') mistakes.push({ field: name, code: 'not_valid' })
    else if (value.length > LONGEST) mistakes.push({ field: name, code: 'too_long', maximum: LONGEST })
    else filters[name] = value
  }
  const limit = limitOf(query.limit)
  if (typeof limit !== 'number') mistakes.push(limit)
  const from = query.cursor === undefined ? null : unsealed(query.cursor, request, filters)
  if (query.cursor !== undefined && !from) mistakes.push({ field: 'cursor', code: 'cursor_not_ours' })
  return {
    limit: typeof limit === 'number' ? limit : DEFAULT,
    from,
    filters,
    mistakes: mistakes.map(mistake => ({ ...mistake, exact: true }))
  }
}

function limitOf(typed: unknown): number | Mistake {
  if (typed === undefined) return DEFAULT
  if (typeof typed !== 'string' || !/^-?\d+$/.test(typed)) return { field: 'limit', code: 'not_valid' }
  const limit = Number(typed)
  if (limit < 1) return { field: 'limit', code: 'too_small', minimum: 1 }
  return limit > MOST ? { field: 'limit', code: 'too_big', maximum: MOST } : limit
}

/** The page that was asked for, and the cursor of the one after it. */
export function pageIn(
  all: Entry[],
  { limit, from, filters }: Asked,
  api: Api,
  request: FastifyRequest
): { page: Entry[]; next: string | null } {
  const found = all.filter(entry =>
    Object.entries(filters).every(([name, value]) => {
      const filter = api.filters?.[name]
      return filter !== undefined && fits(entry, filter, value)
    })
  )
  const nameOf = (entry: Entry | undefined) => {
    const name = entry?.[api.entry ?? 'id']
    return typeof name === 'string' ? name : null
  }
  const start = from ? startIn(found.map(nameOf), from) : 0
  const end = start + limit
  const page = found.slice(start, end)
  return {
    page,
    next: end < found.length ? sealed({ place: end, after: nameOf(page.at(-1)) }, request, filters) : null
  }
}

/** After the entry where the page before ended, or at its place where that entry has gone. */
function startIn(names: (string | null)[], { place, after }: From): number {
  const at = after === null ? -1 : names.indexOf(after)
  return at >= 0 ? at + 1 : place
}

function fits(entry: Entry, filter: Filter, value: string): boolean {
  if ('state' in filter) return filter.state(entry) === value
  if ('equals' in filter) return filter.equals.some(path => textsAt(entry, path.split('.')).includes(value))
  const wanted = plain(value)
  return filter.text.some(path => textsAt(entry, path.split('.')).some(text => plain(text).includes(wanted)))
}

function textsAt(value: unknown, [step, ...rest]: string[]): string[] {
  if (Array.isArray(value)) return value.flatMap(each => textsAt(each, step === undefined ? [] : [step, ...rest]))
  if (step !== undefined) return value && typeof value === 'object' ? textsAt((value as Entry)[step], rest) : []
  return typeof value === 'string' ? [value] : []
}

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()

/** A cursor holds for the list and the filters it was made for; its seal says that it was made here. */
function sealed({ place, after }: From, request: FastifyRequest, filters: Record<string, string>): string {
  const says = Buffer.from(JSON.stringify([place, after])).toString('base64url')
  return `${says}.${sealOf(says, request, filters)}`
}

function unsealed(typed: unknown, request: FastifyRequest, filters: Record<string, string>): From | null {
  const [, says = '', seal = ''] = /^([\w-]+)\.([\w-]{22})$/.exec(typeof typed === 'string' ? typed : '') ?? []
  if (!seal || !timingSafeEqual(Buffer.from(seal), Buffer.from(sealOf(says, request, filters)))) return null
  const [place, after] = JSON.parse(Buffer.from(says, 'base64url').toString('utf8')) as [number, string | null]
  return { place, after }
}

function sealOf(says: string, { url, server }: FastifyRequest, filters: Record<string, string>): string {
  const { pathname } = new URL(url, 'http://here')
  const narrowed = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1))
  const seal = createHmac('sha256', server.secret).update(`cursor:${JSON.stringify([pathname, narrowed, says])}`)
  return seal.digest().subarray(0, 16).toString('base64url')
}
