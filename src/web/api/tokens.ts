import type { FastifyReply, FastifyRequest } from 'fastify'
import { touchToken } from '../../accounts/tokens/commands.ts'
import { holderOf } from '../../accounts/tokens/queries.ts'
import { Refused } from '../../refusal.ts'
import { PostgresLimits } from '../limits.ts'
import { QUOTA, WINDOW_SECONDS } from './quotas.ts'

/**
 * Who asks by program. Cookies are not looked at here: only what the program itself sends counts. A token that is not
 * valid is refused also where none is needed, so that its holder notices.
 */
export async function bearer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { db } = request.server
  const { authorization } = request.headers
  void reply.header('cache-control', 'private, no-store').header('vary', 'Authorization, Accept-Language')
  if (authorization === undefined) return count(request, reply, 'everyone', request.ip)
  const [, sent] = /^Bearer +(laurel_[\w-]{43})$/i.exec(authorization.trim()) ?? []
  const now = new Date()
  const found = sent ? await holderOf(db, sent, now) : null
  if (!found) {
    await count(request, reply, 'everyone', request.ip)
    throw new Refused({ code: 'token_not_valid', status: 401 })
  }
  await count(request, reply, 'token', found.token.id)
  if (found.token.scope === 'read' && request.method !== 'GET' && request.method !== 'HEAD')
    throw new Refused({ code: 'token_reads_only', status: 403 })
  request.person = found.person
  request.token = found.token
  await touchToken(db, found.token, now)
}

/** Counted in PostgreSQL, so that it holds over any number of processes. Where that is out of reach, nobody is turned away for it. */
async function count(
  { server, log }: FastifyRequest,
  reply: FastifyReply,
  kind: keyof typeof QUOTA,
  who: string
): Promise<void> {
  const quota = QUOTA[kind]
  const limits = new PostgresLimits(server.db, { timeWindow: WINDOW_SECONDS * 1000 }, `api ${kind} `)
  const counted = await new Promise<{ current: number; ttl: number } | null>(resolve =>
    limits.incr(who, (error, result) => {
      if (error) log.warn({ name: error.name }, 'requests could not be counted')
      resolve(result ?? null)
    })
  )
  if (!counted) return
  const seconds = Math.ceil(counted.ttl / 1000)
  void reply
    .header('ratelimit-policy', `"${kind}";q=${quota};w=${WINDOW_SECONDS}`)
    .header('ratelimit', `"${kind}";r=${Math.max(0, quota - counted.current)};t=${seconds}`)
  if (counted.current <= quota) return
  void reply.header('retry-after', String(seconds))
  throw new Refused({ code: 'http_429', status: 429 })
}
