import { and, count, desc, eq, gt, isNull } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connect.ts'
import { type Person, tokenHash } from '../queries.ts'
import { people, tokens } from '../tables.ts'

export type Token = typeof tokens.$inferSelect

/** The token that a program sent, with its person, while both stand at `now` (real time). */
export async function holderOf(db: Db, sent: string, now: Date): Promise<{ token: Token; person: Person } | null> {
  const [found] = await db
    .select({ token: tokens, person: people })
    .from(tokens)
    .innerJoin(people, eq(tokens.personId, people.id))
    .where(
      and(eq(tokens.hash, tokenHash(sent)), isNull(tokens.revokedAt), gt(tokens.endsAt, now), isNull(people.disabledAt))
    )
  return found ?? null
}

/** Somebody's own tokens that were not revoked, the newest first. */
export async function tokensOf(db: Db, personId: string): Promise<Token[]> {
  return db
    .select()
    .from(tokens)
    .where(and(eq(tokens.personId, personId), isNull(tokens.revokedAt)))
    .orderBy(desc(tokens.madeAt))
}

/** How many of somebody's tokens still open the door. */
export async function standingTokens(tx: Tx | Db, personId: string, now: Date): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(tokens)
    .where(and(eq(tokens.personId, personId), isNull(tokens.revokedAt), gt(tokens.endsAt, now)))
  return row?.count ?? 0
}
