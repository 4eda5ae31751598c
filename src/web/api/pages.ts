import { sentence } from '../../i18n/catalogue.ts'
import type { OpenApi, Operation } from './openapi.ts'
import { MOST, QUOTA } from './quotas.ts'

/** The documentation for people who write programs: the document's own words and schemas, laid out to be read. */
export function documentationPage(document: OpenApi, lang: string) {
  const say = (key: string, facts = {}) => sentence(lang, `api.${key}`, facts)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation }))
  )
  return {
    title: say('title'),
    lede: say('lede'),
    example: ['curl -H "Authorization: Bearer laurel_…" \\', `  ${document.servers[0]?.url}/api/v1/proposals`].join(
      '\n'
    ),
    conventions: ['tokens', 'problems', 'keys', 'versions', 'lists', 'limits', 'instants', 'hidden'].map(key => ({
      heading: say(`convention.${key}`),
      text: say(`convention.${key}_text`, { quota: QUOTA.token, everyone: QUOTA.everyone, most: MOST })
    })),
    tags: document.tags.map(({ name, description }) => ({
      id: `tag-${name}`,
      heading: description,
      operations: operations.filter(({ tags }) => tags.includes(name)).map(operation => shown(operation, document))
    }))
  }
}

type Shown = Operation & { path: string; method: string }

function shown(
  { path, method, operationId, summary, description, parameters, requestBody, responses }: Shown,
  document: OpenApi
) {
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const statuses = Object.keys(responses)
  const good = statuses.find(status => status.startsWith('2')) ?? '200'
  const content = (responses[good] as { content?: Record<string, { schema: unknown }> }).content ?? {}
  const [answerType, answer] = Object.entries(content)[0] ?? []
  return {
    id: operationId,
    summary,
    description,
    address: `${method} ${path}`,
    parameters: parameters.map(parameter => named(parameter, document)).join(', '),
    bodyType: type ?? '',
    body: body ? pretty(body.schema) : '',
    example: body?.example ? pretty(body.example) : '',
    status: good,
    answerType: answerType ?? '',
    answer: answer ? pretty(resolved(answer.schema as Record<string, unknown>, document)) : '',
    refusals: statuses.filter(status => !status.startsWith('2')).join(', ')
  }
}

function named(parameter: Record<string, unknown>, document: OpenApi): string {
  const { name, in: where, required } = resolved(parameter, document) as { name: string; in: string; required: boolean }
  return `${name} (${where}${required ? '' : ', ?'})`
}

function resolved(value: Record<string, unknown>, document: OpenApi): Record<string, unknown> {
  if (typeof value.$ref !== 'string') return value
  let found: unknown = document
  for (const step of value.$ref.slice(2).split('/')) found = (found as Record<string, unknown>)[step]
  return found as Record<string, unknown>
}

/** A schema as people sketch it: `{ id: string, score?: number }`. */
function pretty(value: unknown): string {
  return typeof value === 'object' && value !== null && ('type' in value || 'anyOf' in value || 'enum' in value)
    ? sketch(value as Schema, '')
    : JSON.stringify(value, null, 2)
}

type Schema = {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  format?: string
}

function sketch(schema: Schema, indent: string): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map(each => JSON.stringify(each)).join(' | ')
  if (schema.anyOf) return schema.anyOf.map(each => sketch(each, indent)).join(' | ')
  if (schema.type === 'array') return `[${sketch(schema.items ?? {}, indent)}]`
  if (schema.type === 'object') {
    const inner = `${indent}  `
    const lines = Object.entries(schema.properties ?? {}).map(
      ([name, each]) => `${inner}${name}${schema.required?.includes(name) ? '' : '?'}: ${sketch(each, inner)}`
    )
    if (typeof schema.additionalProperties === 'object' && Object.keys(schema.additionalProperties).length > 0)
      lines.push(`${inner}[…]: ${sketch(schema.additionalProperties, inner)}`)
    return lines.length > 0 ? `{\n${lines.join('\n')}\n${indent}}` : '{}'
  }
  return schema.format ?? [schema.type ?? 'any'].flat().join(' | ')
}
