import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { CallRules } from '../../calls/rules.ts'
import { type Mistake, Mistaken, Refused } from '../../refusal.ts'
import { mistakeOf } from '../forms.ts'
import type { Api } from './door.ts'

const CURSORS = ['limit', 'cursor', 'lang', 'done']

/** Reads what a program asks and sends, after the guard has let it in, and turns it into what the page's form sends. */
export function readAsked(request: FastifyRequest, api: Api): void {
  const query = { ...(request.query as Record<string, unknown>) }
  for (const name of CURSORS) delete query[name]
  if (api.query) checked(api.query, query)
  else unknownKeys(Object.keys(query))
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

function sent({ body }: FastifyRequest, api: Api): unknown {
  if (api.body) return checked(api.body, body ?? {})
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body)))
    throw new Mistaken([{ field: '', code: 'not_valid' }])
  unknownKeys(Object.keys(body ?? {}))
  return {}
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw new Mistaken(
    read.error.issues.flatMap((issue): Mistake[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => ({ field: [...issue.path, key].join('.'), code: 'unknown', exact: true }))
        : [{ ...mistakeOf(issue), exact: true }]
    )
  )
}

function unknownKeys(keys: string[]): void {
  if (keys.length > 0) throw new Mistaken(keys.map(field => ({ field, code: 'unknown', exact: true })))
}

/** The version that a program has seen, from `If-Match`: 428 where it must say so and does not. */
function versionAsked({ headers }: FastifyRequest, { ifMatch }: Api): string | null {
  if (!ifMatch) return null
  const [, version] = /^"([^"]{1,100})"$/.exec(headers['if-match']?.trim() ?? '') ?? []
  if (version === undefined) throw new Refused({ code: 'version_missing', status: 428 })
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
