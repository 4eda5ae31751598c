import { z } from 'zod'
import { sentence } from '../../i18n/catalogue.ts'
import type { Audience } from '../permissions.ts'
import { permissions } from '../permissions.ts'
import { type Api, needsKey, type Twin, twinOf } from './door.ts'
import type { Filter } from './lists.ts'
import { DEFAULT, LONGEST, MOST, QUOTA } from './quotas.ts'

type Json = Record<string, unknown>

export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  parameters: Json[]
  requestBody?: { required: boolean; content: Record<string, { schema: Json; example?: unknown }> }
  responses: Record<string, Json>
  security: Json[]
}

export type OpenApi = {
  openapi: string
  info: Json
  servers: Json[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Json
}

/** The whole second door as OpenAPI 3.1, in one language: from the same schemas that read and answer. */
export function openApi(twins: readonly Twin[], { lang, url }: { lang: string; url: string }): OpenApi {
  const paths: OpenApi['paths'] = {}
  for (const twin of twins) {
    const path = twinOf(twin.path).replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [twin.method.toLowerCase()]: operation(twin, lang) }
  }
  const tags = [...new Set(twins.map(({ api }) => tagOf(api)))]
  return {
    openapi: '3.1.0',
    info: {
      title: 'Laurel',
      version: '1',
      description: sentence(lang, 'api.info'),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    servers: [{ url }],
    tags: tags.map(name => ({ name, description: sentence(lang, `api.tag.${name}`) })),
    paths,
    components: components(lang)
  }
}

export const tagOf = ({ id }: Api) => id.split('.')[0] ?? id

function operation({ method, path, api }: Twin, lang: string): Operation {
  const row = permissions[`${method} ${path}`]
  const audiences: Audience[] = row ? [row.for, ...(row.also ?? [])] : ['everyone']
  const states = row?.in?.map(state => sentence(lang, `state.${state}`)).join(', ')
  return {
    operationId: api.id,
    tags: [tagOf(api)],
    summary: sentence(lang, `api.${api.id}`),
    description: [
      sentence(lang, 'api.for', {
        audiences: audiences.map(audience => sentence(lang, `api.audience.${audience}`)).join(', ')
      }),
      ...(states ? [sentence(lang, 'api.in_states', { states })] : [])
    ].join(' '),
    parameters: [...inPath(path), ...inQuery(api, lang), ...inHeaders(method, api)],
    ...(method === 'POST' && bodyOf(api)),
    responses: { ...answered(method, api, lang), ...refused(method, api, audiences) },
    security: audiences.includes('everyone') ? [{}, { token: [] }] : [{ token: [] }]
  }
}

const inPath = (path: string): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

function inQuery({ query, list, filters }: Api, lang: string): Json[] {
  const schema = query ? (jsonSchema(query, 'input') as { properties?: Record<string, Json>; required?: string[] }) : {}
  const own = Object.entries(schema.properties ?? {}).map(([name, schema_]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: schema_
  }))
  const narrowing = Object.entries(filters ?? {}).map(([name, filter]) => ({
    name,
    in: 'query',
    required: false,
    description: sentence(lang, `api.filter.${name}`, facts(filter)),
    schema: { type: 'string', maxLength: LONGEST }
  }))
  return list ? [...own, ...narrowing, ref('parameters/limit'), ref('parameters/cursor')] : own
}

/** The names of fields and of states are the same in every language. */
function facts(filter: Filter): Json {
  if ('state' in filter) return { values: filter.values.join(', ') }
  return { fields: ('equals' in filter ? filter.equals : filter.text).join(', ') }
}

function inHeaders(method: string, api: Api): Json[] {
  if (method !== 'POST') return []
  const key = needsKey(api) ? 'IdempotencyKey' : 'IdempotencyKeyOptional'
  return [ref(`parameters/${key}`), ...(api.ifMatch ? [ref('parameters/IfMatch')] : [])]
}

function bodyOf({ body, uploads, example }: Api): Pick<Operation, 'requestBody'> {
  if (uploads) {
    const file = { type: 'string', contentMediaType: 'application/octet-stream' }
    const schema = { type: 'object', additionalProperties: file }
    return { requestBody: { required: true, content: { 'multipart/form-data': { schema } } } }
  }
  if (!body) return {}
  const content = { schema: jsonSchema(body, 'input'), ...(example && { example }) }
  return { requestBody: { required: true, content: { 'application/json': content } } }
}

function answered(method: string, api: Api, lang: string): Record<string, Json> {
  const headers: Json = {
    RateLimit: ref('headers/RateLimit'),
    'RateLimit-Policy': ref('headers/RateLimitPolicy'),
    ...(api.version && { ETag: ref('headers/ETag') }),
    ...(api.list && { Link: ref('headers/Link') }),
    ...(method === 'POST' && !api.answer && { Location: ref('headers/Location') })
  }
  const description = sentence(lang, api.created ? 'api.made' : method === 'POST' ? 'api.done' : 'api.told')
  if (api.file) {
    const schema = { type: 'string', contentMediaType: api.file }
    return { '200': { description, headers, content: { [api.file]: { schema } } } }
  }
  const schema = api.answer ? jsonSchema(api.answer, 'output') : ref('schemas/Done')
  const told = { description, headers, content: { 'application/json': { schema } } }
  return { [api.created ? '201' : '200']: told }
}

function refused(method: string, api: Api, audiences: readonly Audience[]): Record<string, Json> {
  const acts = method === 'POST'
  const statuses = [
    ...(acts && needsKey(api) ? ['400'] : []),
    ...(audiences.includes('everyone') ? [] : ['401']),
    ...(acts ? ['403'] : []),
    '404',
    '409',
    ...(api.ifMatch ? ['412', '428'] : []),
    '422',
    '429'
  ]
  return Object.fromEntries(statuses.map(status => [status, ref(`responses/${status}`)]))
}

const ref = (to: string): Json => ({ $ref: `#/components/${to}` })

export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json
  return json
}

const done = z
  .object({ location: z.string(), id: z.uuid().optional(), done: z.string().optional() })
  .meta({ description: 'location: where to read on · id: of what came into being · done: what was done, as a code' })

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  reference: z.string(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional()
})

function components(lang: string): Json {
  const text = { type: 'string' }
  const say = (key: string, facts = {}) => sentence(lang, `api.${key}`, facts)
  const header = (key: string, schema: Json = text) => ({ description: say(`header.${key}`), schema })
  const parameter = (name: string, where: string, key: string, required: boolean, schema: Json = text) => ({
    name,
    in: where,
    required,
    description: say(`header.${key}`),
    schema
  })
  const problems = ['400', '401', '403', '404', '409', '412', '422', '428', '429'].map(status => [
    status,
    {
      description: say(`status.${status}`),
      ...(status === '401' && { headers: { 'WWW-Authenticate': { schema: text } } }),
      ...(status === '429' && { headers: { 'Retry-After': { schema: { type: 'integer' } } } }),
      content: { 'application/problem+json': { schema: ref('schemas/Problem') } }
    }
  ])
  const key = { type: 'string', minLength: 8, maxLength: 200 }
  return {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'laurel_…', description: say('header.token') }
    },
    schemas: { Problem: jsonSchema(problem, 'output'), Done: jsonSchema(done, 'output') },
    parameters: {
      IdempotencyKey: parameter('Idempotency-Key', 'header', 'key', true, key),
      IdempotencyKeyOptional: parameter('Idempotency-Key', 'header', 'key', false, key),
      IfMatch: parameter('If-Match', 'header', 'if_match', true),
      limit: parameter('limit', 'query', 'limit', false, {
        type: 'integer',
        minimum: 1,
        maximum: MOST,
        default: DEFAULT
      }),
      cursor: parameter('cursor', 'query', 'cursor', false)
    },
    headers: {
      ETag: header('etag'),
      Link: header('link'),
      Location: header('location'),
      RateLimit: header('ratelimit'),
      RateLimitPolicy: {
        description: say('header.ratelimit_policy', { token: QUOTA.token, everyone: QUOTA.everyone }),
        schema: text
      }
    },
    responses: Object.fromEntries(problems)
  }
}
