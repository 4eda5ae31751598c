import { randomBytes } from 'node:crypto'
import { and, eq, isNull } from 'drizzle-orm'
import type { Db } from '../../db/connect.ts'
import { decidingTime, realTime } from '../../db/time.ts'
import { remember } from '../../history/commands.ts'
import { Mistaken, Refused } from '../../refusal.ts'
import { tokenHash } from '../queries.ts'
import { people, tokens } from '../tables.ts'
import { standingTokens, type Token } from './queries.ts'

const DAY = 24 * 3_600_000
/** A token ends by itself, at the latest after so many days. */
export const MOST_DAYS = 366
/** So many at once are enough for anybody; the limits on requests hold for each. */
export const MOST_TOKENS = 20

export type NewToken = { name: string; scope: Token['scope']; days: number; by: string }

/** Makes a token and answers it: the only time that it is told. */
export async function makeToken(db: Db, { name, scope, days, by }: NewToken): Promise<string> {
  const token = `laurel_${randomBytes(32).toString('base64url')}`
  await db.transaction(async tx => {
    await tx.select({ id: people.id }).from(people).where(eq(people.id, by)).for('update')
    const now = await realTime(tx)
    if ((await standingTokens(tx, by, now)) >= MOST_TOKENS)
      throw new Mistaken([{ field: 'name', code: 'tokens_enough', maximum: MOST_TOKENS }])
    const endsAt = new Date(now.getTime() + days * DAY)
    const [made] = await tx
      .insert(tokens)
      .values({ personId: by, name, scope, hash: tokenHash(token), madeAt: now, endsAt })
      .returning({ id: tokens.id })
    await remember(tx, {
      what: 'token.made',
      about: made?.id ?? by,
      byPerson: by,
      at: await decidingTime(tx),
      facts: { scope, days },
      values: { name }
    })
  })
  return token
}

/** Ends one of somebody's own tokens at once; another person's is as little there as one that never was. */
export async function revokeToken(db: Db, { tokenId, by }: { tokenId: string; by: string }): Promise<void> {
  await db.transaction(async tx => {
    const [revoked] = await tx
      .update(tokens)
      .set({ revokedAt: await realTime(tx) })
      .where(and(eq(tokens.id, tokenId), eq(tokens.personId, by), isNull(tokens.revokedAt)))
      .returning({ id: tokens.id })
    if (!revoked) throw new Refused({ code: 'not_found' })
    await remember(tx, { what: 'token.revoked', about: tokenId, byPerson: by, at: await decidingTime(tx) })
  })
}

/** Notes that a token is in use: once a minute is enough. */
export async function touchToken(db: Db, { id, lastUsedAt }: Token, now: Date): Promise<void> {
  if (lastUsedAt && now.getTime() - lastUsedAt.getTime() < 60_000) return
  await db.update(tokens).set({ lastUsedAt: now }).where(eq(tokens.id, id))
}
