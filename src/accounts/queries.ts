import { createHash } from 'node:crypto'
import { and, eq, gt, isNull } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { people, sessions } from './tables.ts'

export type Person = typeof people.$inferSelect
export type Session = { person: Person; shared: boolean; seenAt: Date; endsAt: Date; tokenHash: string }

/** Idle time after which a session ends: shorter where the computer is shared. */
export const IDLE_MINUTES = { own: 14 * 24 * 60, shared: 10 } as const

export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')

/** The session behind a cookie's token, if it still lives at `now` (real time). */
export async function sessionOf(db: Db | Tx, token: string, now: Date): Promise<Session | null> {
  const hash = tokenHash(token)
  const [found] = await db
    .select({ person: people, shared: sessions.shared, seenAt: sessions.seenAt, endsAt: sessions.endsAt })
    .from(sessions)
    .innerJoin(people, eq(sessions.personId, people.id))
    .where(and(eq(sessions.tokenHash, hash), gt(sessions.endsAt, now), isNull(people.disabledAt)))
  if (!found) return null
  const idle = (found.shared ? IDLE_MINUTES.shared : IDLE_MINUTES.own) * 60_000
  return now.getTime() - found.seenAt.getTime() > idle ? null : { ...found, tokenHash: hash }
}
