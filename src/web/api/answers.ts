import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from './door.ts'
import { pageOf, twinOf } from './door.ts'
import { askedOf, type Entry, pageIn } from './lists.ts'

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
  return api.list ? paged(told, api.list, api, request, reply) : told
}

const wholeNumbers = (_: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

/** A page of a long list; the Link header leads to the next one. */
function paged(
  told: Record<string, unknown>,
  list: string,
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply
): unknown {
  const { page, next } = pageIn(told[list] as Entry[], askedOf(request, api), api, request)
  if (next) {
    const address = new URL(request.url, 'http://here')
    address.searchParams.set('cursor', next)
    void reply.header('link', `<${address.pathname}${address.search}>; rel="next"`)
  }
  return { ...told, [list]: page }
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
