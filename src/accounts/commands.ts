import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { realTime } from '../db/time.ts'
import { type Session, tokenHash } from './queries.ts'
import { sessions } from './tables.ts'

const HOURS = 3_600_000
/** However busy, a session ends after so long. */
export const SESSION_HOURS = { own: 30 * 24, shared: 4 } as const

/** Starts a session and answers its token, which is told once and stored only as a hash. */
export async function startSession(
  tx: Tx | Db,
  { personId, shared, factors, address }: { personId: string; shared: boolean; factors: string[]; address: string }
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const now = await realTime(tx)
  const endsAt = new Date(now.getTime() + (shared ? SESSION_HOURS.shared : SESSION_HOURS.own) * HOURS)
  await tx
    .insert(sessions)
    .values({ tokenHash: tokenHash(token), personId, shared, factors, address, madeAt: now, seenAt: now, endsAt })
  return token
}

/** Notes that a session is in use: once a minute is enough, a write at every click would not be. */
export async function touchSession(db: Db, session: Session, now: Date): Promise<void> {
  if (now.getTime() - session.seenAt.getTime() < 60_000) return
  await db.update(sessions).set({ seenAt: now }).where(eq(sessions.tokenHash, session.tokenHash))
}

export async function endSession(db: Db, session: Session): Promise<void> {
  await db.delete(sessions).where(eq(sessions.tokenHash, session.tokenHash))
}
