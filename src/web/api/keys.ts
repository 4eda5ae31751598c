import { createHash, randomUUID } from 'node:crypto'
import canonicalize from 'canonicalize'
import { and, eq, sql } from 'drizzle-orm'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Db, Tx } from '../../db/connect.ts'
import { keptAnswers } from '../../db/tables.ts'
import { Refused } from '../../refusal.ts'
import { type Api, needsKey } from './door.ts'

/**
 * What `Idempotency-Key` promises. The key is taken before anything is done, and the transaction that acts notes in itself
 * that it did. So:
 * - asked again with the same key and the same request, what was done is answered as it was the first time, for a day;
 * - two at once: one acts, the other is told to ask again in a moment (409);
 * - the same key with another request: 422;
 * - a process that died before acting leaves nothing: the key can be used again once its lease is over;
 * - one that died after acting and before answering: 409 `key_answer_lost`, and nothing is done a second time;
 * - a refusal changed nothing and is not kept: the same key may be tried again.
 */
export type Keyed = { owner: string; key: string; attempt: string }

/** Longer than a request may last. */
const LEASE = sql`clock_timestamp() + interval '6 minutes'`
const DAY = sql`clock_timestamp() + interval '24 hours'`

/** Takes the key of a request, or answers what was kept under it (then `replayed`). */
export async function takeKey(
  request: FastifyRequest,
  reply: FastifyReply,
  api: Api
): Promise<Keyed | 'replayed' | null> {
  const key = keyIn(request)
  if (key === null) {
    if (!needsKey(api)) return null
    throw new Refused({ code: 'key_missing', status: 400 })
  }
  const { db } = request.server
  const owner = request.person?.id ?? `everyone:${sha256(request.url)}`
  const attempt = randomUUID()
  const fingerprint = sha256(
    canonicalize([
      request.method,
      request.url,
      request.headers['if-match'] ?? null,
      api.uploads ? uploadIn(request) : (request.body ?? null)
    ]) ?? ''
  )
  const [taken] = await db
    .insert(keptAnswers)
    .values({ owner, key, fingerprint, attempt, leasedUntil: LEASE, endsAt: DAY })
    .onConflictDoUpdate({
      target: [keptAnswers.owner, keptAnswers.key],
      set: { fingerprint, attempt, acted: false, status: null, headers: {}, body: '', leasedUntil: LEASE, endsAt: DAY },
      setWhere: sql`${keptAnswers.endsAt} <= clock_timestamp() or (${keptAnswers.status} is null and not ${keptAnswers.acted} and ${keptAnswers.leasedUntil} <= clock_timestamp() and ${keptAnswers.fingerprint} = ${fingerprint})`
    })
    .returning({ attempt: keptAnswers.attempt })
  if (taken) return { owner, key, attempt }
  return answerKept(request, reply, { owner, key, fingerprint })
}

async function answerKept(
  { server }: FastifyRequest,
  reply: FastifyReply,
  { owner, key, fingerprint }: { owner: string; key: string; fingerprint: string }
): Promise<'replayed'> {
  const [kept] = await server.db
    .select({
      fingerprint: keptAnswers.fingerprint,
      acted: keptAnswers.acted,
      status: keptAnswers.status,
      headers: keptAnswers.headers,
      body: keptAnswers.body,
      running: sql<boolean>`${keptAnswers.leasedUntil} > clock_timestamp()`
    })
    .from(keptAnswers)
    .where(and(eq(keptAnswers.owner, owner), eq(keptAnswers.key, key)))
  if (kept && kept.fingerprint !== fingerprint) throw new Refused({ code: 'key_reused', status: 422 })
  if (kept?.status) {
    void reply.code(kept.status).headers(kept.headers).header('idempotency-replayed', 'true').send(kept.body)
    return 'replayed'
  }
  if (kept?.acted && !kept.running) throw new Refused({ code: 'key_answer_lost' })
  void reply.header('retry-after', '1')
  throw new Refused({ code: 'key_in_use' })
}

/** Inside the transaction that acts. An attempt that was overtaken acts no more. */
export async function markActed(tx: Tx, keyed: Keyed): Promise<void> {
  const [mine] = await tx
    .update(keptAnswers)
    .set({ acted: true })
    .where(isAttempt(keyed))
    .returning({ attempt: keptAnswers.attempt })
  if (!mine) throw new Refused({ code: 'key_in_use' })
}

/** Keeps the answer to what was done; lets go of the key where nothing was. */
export async function settleKey(
  db: Db,
  keyed: Keyed,
  { status, headers, body }: { status: number; headers: Record<string, string>; body: string }
): Promise<void> {
  const done = status < 400 ? undefined : eq(keptAnswers.acted, true)
  const kept = await db
    .update(keptAnswers)
    .set({ status, headers, body })
    .where(and(isAttempt(keyed), done))
    .returning({ key: keptAnswers.key })
  if (kept.length === 0) await db.delete(keptAnswers).where(and(isAttempt(keyed), eq(keptAnswers.acted, false)))
}

const isAttempt = ({ owner, key, attempt }: Keyed) =>
  and(eq(keptAnswers.owner, owner), eq(keptAnswers.key, key), eq(keptAnswers.attempt, attempt))

function keyIn({ headers }: FastifyRequest): string | null {
  const sent = headers['idempotency-key']
  if (sent === undefined) return null
  // A structured string, `"abc"`; a bare one is understood too.
  const [, key] = /^"?([\x21\x23-\x7e]{8,200})"?$/.exec(String(sent).trim()) ?? []
  if (key === undefined) throw new Refused({ code: 'key_not_valid', status: 400 })
  return key
}

/** A body that is read only by the handler is told by its length, and by its digest where one is sent. */
const uploadIn = ({ headers }: FastifyRequest) => [
  headers['content-length'] ?? null,
  headers['content-digest'] ?? headers['repr-digest'] ?? null
]

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
