import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isConnectionTrouble, isWaitTrouble } from '../db/connect.ts'
import { hasSentence, sentence } from '../i18n/catalogue.ts'
import { clockTime, longDate } from '../i18n/formats.ts'
import { type Mistake, Mistaken, type Refusal, Refused } from '../refusal.ts'
import { multipartStatus } from '../storage/receive.ts'
import { Unfitting } from './api/answers.ts'
import { byProgram, underApi } from './api/door.ts'
import { dateTimeIn } from './render.ts'

/** Errors in three kinds: a mistake in a form, a refusal, a bug. Everything else is the network's or the sender's. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler({ preHandler: async () => {} }, async (request, reply) =>
    answer(request, reply, 404, { code: 'not_found' })
  )
}

async function answerError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<unknown> {
  if (error instanceof Mistaken) return answerMistakes(error, request, reply)
  if (error instanceof Refused && byProgram(request) && isStale(error.refusal))
    return answer(request, reply, 412, { code: 'version_stale', version: error.refusal.version })
  if (error instanceof Refused)
    return answer(request, reply, error.refusal.code === 'not_found' ? 404 : statusOf(error.refusal), error.refusal)
  // The plugin answers for itself, in its own words.
  if ('code' in error && /^FST_CSRF_/.test(error.code)) return answer(request, reply, 403, { code: 'forged' })
  const status = multipartStatus(error) ?? ('statusCode' in error ? error.statusCode : undefined)
  if (status !== undefined && status >= 400 && status < 500)
    return answer(request, reply, status, { code: `http_${status}` })
  if (status === 503 || isConnectionTrouble(error) || isWaitTrouble(error)) {
    const { code } = (error.cause ?? error) as { code?: string }
    request.log.warn({ code, name: error.name }, 'a part of ours is out of reach')
    void reply.header('retry-after', '5')
    return answer(request, reply, 503, { code: 'out_of_reach' })
  }
  // The message of a database error carries the parameters: personal data. Code and constraint are enough.
  const cause = (error.cause ?? error) as { code?: string; constraint_name?: string; stack?: string }
  request.log.error(
    {
      code: cause.code,
      constraint: cause.constraint_name,
      name: error.name,
      // What an answer of ours lacks is told in names, never in values.
      ...(error instanceof Unfitting && { unfitting: error.message }),
      stack: error.stack
        ?.split('\n')
        .filter(line => line.trim().startsWith('at '))
        .join('\n')
    },
    'bug'
  )
  return answer(request, reply, 500, { code: 'bug' })
}

const statusOf = (refusal: Refusal) => (typeof refusal.status === 'number' ? refusal.status : 409)

async function answerMistakes(error: Mistaken, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { again, api } = request.routeOptions.config
  // A version that cannot be read was never ours: If-Match matches nothing.
  const unmatched = ({ field, exact }: Mistake) => api?.ifMatch !== undefined && field === api.ifMatch && !exact
  if (byProgram(request) && error.mistakes.some(mistake => isStale(mistake) || unmatched(mistake)))
    return answer(request, reply, 412, { code: 'version_stale' })
  if (wantsJson(request)) {
    const errors = error.mistakes.map(mistake => ({
      pointer: mistake.exact ? pointerTo(mistake.field) : (api?.pointer?.(mistake.field) ?? pointerTo(mistake.field)),
      code: mistake.code,
      detail: mistakeSentence(request.lang, mistake)
    }))
    return problem(request, reply, 422, { code: 'mistakes' }, { errors })
  }
  if (!again) return answer(request, reply, 422, { code: 'mistakes' })
  void reply.code(422)
  return again(request, reply, { mistakes: error.mistakes })
}

/** Somebody else has saved since: for a program that is a precondition which no longer holds. */
const isStale = ({ code }: { code: string }) => code.startsWith('stale_')

const pointerTo = (field: string) => (field === '' ? '' : `/${field.replaceAll('.', '/')}`)

/** The sentence for one mistake, beside its field. */
export function mistakeSentence(language: string, { field, code, ...facts }: { field: string; code: string }): string {
  return sentence(language, `mistake.${code}`, spoken(language, { field, ...facts }))
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  refusal: Refusal
): Promise<unknown> {
  if (wantsJson(request)) return problem(request, reply, status, refusal)
  const { code, ...facts } = refusal
  const language = request.lang ?? 'en'
  const title = hasSentence('en', `refusal.${code}.title`) ? `refusal.${code}` : `refusal.http_${status}`
  const known = hasSentence('en', `${title}.title`) ? title : 'refusal.other'
  const said = spoken(language, facts)
  return reply.page(
    'web/refusal',
    {
      title: sentence(language, `${known}.title`, said),
      what: sentence(language, `${known}.what`, said),
      next: sentence(language, `${known}.next`, said),
      reference: request.id,
      typed: typedTexts(request),
      retry: request.method === 'GET' ? null : request.url
    },
    { status }
  )
}

/** Facts as people read them: instants by day and time in the call's zone, states by name. */
function spoken(language: string, facts: Record<string, unknown>): Record<string, unknown> {
  const zone = typeof facts.zone === 'string' ? facts.zone : 'UTC'
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => {
      if (value instanceof Date)
        return [
          name,
          name === 'now'
            ? `${longDate(language, value, zone)}, ${clockTime(language, value, zone, true)}`
            : dateTimeIn(language, value, zone)
        ]
      if (name === 'state') return [name, sentence(language, `state.${String(value)}`)]
      if (name === 'needed' && Array.isArray(value))
        return [name, value.map(state => sentence(language, `state.${String(state)}`)).join(', ')]
      return [name, Array.isArray(value) ? value.join(', ') : value]
    })
  )
}

/** What somebody typed and would lose: shown for copying on the page that refuses it. */
function typedTexts(request: FastifyRequest): { name: string; value: string }[] {
  const body = request.body
  if (typeof body !== 'object' || body === null) return []
  const secret = /password|code|token|^_/
  return Object.entries(body)
    .filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && entry[1].trim() !== '' && !secret.test(entry[0])
    )
    .map(([name, value]) => ({ name, value }))
}

export function wantsJson(request: FastifyRequest): boolean {
  if (byProgram(request) || underApi(request)) return true
  const accept = request.headers.accept ?? ''
  return accept.includes('application/json') || accept.includes('application/problem+json')
}

/** What a program may need of a refusal to mend it, in values: the sentence has the rest. */
const TOLD = ['state', 'needed', 'problems', 'keys', 'version', 'deadline', 'endedAt', 'maximum', 'minimum']

const factsTold = (facts: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(facts).filter(([name, value]) => TOLD.includes(name) && value !== undefined))

/** RFC 9457 */
async function problem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  { code, ...facts }: Refusal,
  more: Record<string, unknown> = {}
): Promise<unknown> {
  const language = request.lang ?? 'en'
  const detail = hasSentence('en', `refusal.${code}.what`)
    ? sentence(language, `refusal.${code}.what`, spoken(language, facts))
    : (STATUS_CODES[status] ?? '')
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="Laurel"')
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        code,
        detail,
        reference: request.id,
        ...(byProgram(request) ? factsTold(facts) : {}),
        ...more
      })
    )
}
