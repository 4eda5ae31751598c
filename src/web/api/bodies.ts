import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { CallRules } from '../../calls/rules.ts'
import { type Mistake, Mistaken, Refused } from '../../refusal.ts'
import { mistakeOf } from '../forms.ts'
import type { Api } from './door.ts'
import { askedOf, listNames } from './lists.ts'

/** What every address understands. */
const EVERYWHERE = ['lang', 'done']

/** Reads what a program asks and sends, after the guard has let it in, and turns it into what the page's form sends. */
export function readAsked(request: FastifyRequest, api: Api): void {
  readQuery(request, api)
  if (request.method !== 'POST') return
  const version = versionAsked(request, api)
  if (api.uploads) return
  const type = request.headers['content-type'] ?? ''
  if (request.body !== undefined && request.body !== null && !type.startsWith('application/json'))
    throw new Refused({ code: 'http_415', status: 415 })
  const body = sent(request, api)
  const form = (api.form ?? asForm) as (body: unknown, rules: CallRules | null) => Record<string, unknown>
  request.body = {
    ...form(body, request.scope.call?.rules ?? null),
    ...(api.ifMatch && version !== null ? { [api.ifMatch]: version } : {})
  }
}

/** All that is wrong with a query at once. A table comes whole, so what narrows the list that it holds is unknown to it. */
function readQuery(request: FastifyRequest, api: Api): void {
  const query = { ...(request.query as Record<string, unknown>) }
  for (const name of EVERYWHERE) delete query[name]
  const mistakes: Mistake[] = []
  if (api.list && !asksForTable(request, api)) {
    mistakes.push(...askedOf(request, api).mistakes)
    for (const name of listNames(api)) delete query[name]
  }
  mistakes.push(...(api.query ? mistakesIn(api.query.safeParse(query)) : unknown(Object.keys(query))))
  if (mistakes.length > 0) throw new Mistaken(mistakes)
}

export const asksForTable = ({ headers }: FastifyRequest, { csv }: Api): boolean =>
  csv !== undefined && /text\/csv/.test(headers.accept ?? '')

function sent({ body }: FastifyRequest, api: Api): unknown {
  if (api.body) return checked(api.body, body ?? {})
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body)))
    throw new Mistaken([{ field: '', code: 'not_valid' }])
  const keys = Object.keys(body ?? {})
  if (keys.length > 0) throw new Mistaken(unknown(keys))
  return {}
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw new Mistaken(mistakesIn(read))
}

const mistakesIn = ({ error }: z.ZodSafeParseResult<unknown>): Mistake[] =>
  (error?.issues ?? []).flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? unknown(issue.keys.map(key => [...issue.path, key].join('.')))
      : [{ ...mistakeOf(issue), exact: true }]
  )

const unknown = (keys: string[]): Mistake[] => keys.map(field => ({ field, code: 'unknown', exact: true }))

/**
 * The version that a program has seen, from `If-Match`: 428 where it must say so and does not. One exact version: whatever
 * else could stand there (`*`, a weak tag, several) would let something be overwritten unseen, and matches nothing.
 */
function versionAsked({ headers }: FastifyRequest, { ifMatch }: Api): string | null {
  if (!ifMatch) return null
  const tag = headers['if-match']?.trim() ?? ''
  if (tag === '') throw new Refused({ code: 'version_missing', status: 428 })
  const [, version] = /^"([^"]{1,100})"$/.exec(tag) ?? []
  if (version === undefined) throw new Refused({ code: 'version_stale', status: 412 })
  return version
}

/** A flat body as a form sends it: numbers as typed, a box that is ticked as `on`, one that is not as nothing. */
export function asForm(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body as Record<string, unknown>).flatMap(([name, value]): [string, unknown][] => {
      if (value === undefined || value === false) return []
      if (value === true) return [[name, 'on']]
      if (value === null) return [[name, '']]
      return [[name, typeof value === 'number' ? String(value) : value]]
    })
  )
}
