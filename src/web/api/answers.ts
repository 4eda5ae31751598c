import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from './door.ts'
import { pageOf, twinOf } from './door.ts'
import { DEFAULT, MOST } from './quotas.ts'

/** An answer of ours that does not fit what we said of it: a bug. */
export class Unfitting extends Error {}

/** What a program is told of a page model: what the route's schema names, as plain JSON. */
export function toldOf(model: unknown, request: FastifyRequest, reply: FastifyReply, api: Api): unknown {
  if (!api.answer) throw new Unfitting(`${api.id} shows a page and says nothing of its answer`)
  const read = api.answer.safeParse(JSON.parse(JSON.stringify(model, wholeNumbers)))
  if (!read.success)
    throw new Unfitting(
      `${api.id}: ${read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`
    )
  const told = read.data as Record<string, unknown>
  if (api.version && told[api.version] !== undefined) void reply.header('etag', `"${told[api.version]}"`)
  return api.list ? paged(told, api.list, request, reply) : told
}

const wholeNumbers = (_: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

/** A page of a long list. The cursor says where the next one begins: after an entry, or at its place where that has gone. */
function paged(told: Record<string, unknown>, list: string, request: FastifyRequest, reply: FastifyReply): unknown {
  const { limit: wanted, cursor } = request.query as { limit?: string; cursor?: string }
  const limit = Math.min(Math.max(Math.trunc(Number(wanted ?? DEFAULT)) || DEFAULT, 1), MOST)
  const all = told[list] as { id?: string }[]
  const from = startOf(all, cursor)
  const page = all.slice(from, from + limit)
  if (from + limit < all.length) {
    const address = new URL(request.url, 'http://here')
    const next = Buffer.from(JSON.stringify([from + limit, page.at(-1)?.id ?? null])).toString('base64url')
    address.searchParams.set('cursor', next)
    void reply.header('link', `<${address.pathname}${address.search}>; rel="next"`)
  }
  return { ...told, [list]: page }
}

function startOf(all: { id?: string }[], cursor: string | undefined): number {
  if (!cursor) return 0
  try {
    const [place, after] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as [number, string | null]
    const at = after === null ? -1 : all.findIndex(({ id }) => id === after)
    return at >= 0 ? at + 1 : Math.max(0, Math.trunc(Number(place)) || 0)
  } catch {
    return 0
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** Where a form would lead a person next, told to a program. */
export function doneAt(location: string, api: Api): { location: string; id?: string; done?: string } {
  const { pathname, searchParams } = new URL(location, 'http://here')
  const done = searchParams.get('done')
  searchParams.delete('done')
  const search = searchParams.size > 0 ? `?${searchParams}` : ''
  const ids = pathname.match(UUID)
  const id = api.created ? ids?.at(-1) : undefined
  return {
    location: `${twinOf(pageOf(pathname))}${search}`,
    ...(id && { id }),
    ...(done && { done })
  }
}
