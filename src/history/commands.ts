import { randomBytes, randomUUID } from 'node:crypto'
import { desc, eq, sql } from 'drizzle-orm'
import { asking } from '../db/asking.ts'
import type { Tx } from '../db/connect.ts'
import { entryHash, GENESIS, saltedDigest } from './chain.ts'
import { historyEntries, historyValues } from './tables.ts'

/** The chain of what belongs to no call: accounts, programmes, settings. */
export const INSTALLATION = 'installation'

export type Remembered = {
  /** A call's id; without one the entry goes to the installation's chain. */
  callId?: string
  /** What happened, as `noun.participle`: `review.submitted`. */
  what: string
  /** The id of what it happened to. */
  about?: string
  byPerson: string | null
  at: Date
  /** Plain facts: numbers, codes, ids, digests. Never a name, an address or free text. */
  facts?: Record<string, unknown>
  /** Personal and free-text values: kept beside the entry, in it only as salted digests. */
  values?: Record<string, unknown>
}

/**
 * Appends to history within the caller's transaction. Call it last: the lock on the chain's head is held until commit,
 * and taken after every other lock.
 */
export async function remember(
  tx: Tx,
  { callId, what, about, byPerson, at, facts, values }: Remembered
): Promise<void> {
  const chain = callId ?? INSTALLATION
  const token = asking.getStore()?.token
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`history:${chain}`}, 0))`)
  const [head] = await tx
    .select({ position: historyEntries.position, hash: historyEntries.hash })
    .from(historyEntries)
    .where(eq(historyEntries.chain, chain))
    .orderBy(desc(historyEntries.position))
    .limit(1)

  const kept = Object.entries(values ?? {}).map(([field, value]) => ({
    field,
    value,
    salt: randomBytes(16).toString('hex')
  }))
  const entry = {
    chain,
    position: (head?.position ?? 0) + 1,
    at: at.toISOString(),
    what,
    about: about ?? null,
    byPerson,
    // What a program did stands beside its person with the token it came with.
    facts: JSON.parse(JSON.stringify({ ...facts, ...(token && { token }) })),
    digests: Object.fromEntries(kept.map(({ field, value, salt }) => [field, saltedDigest(salt, value)]))
  }
  const previousHash = head?.hash ?? GENESIS
  const id = randomUUID()
  await tx.insert(historyEntries).values({ id, ...entry, at, previousHash, hash: entryHash(previousHash, entry) })
  if (kept.length > 0) {
    await tx
      .insert(historyValues)
      .values(kept.map(({ field, value, salt }) => ({ entryId: id, field, value: value ?? null, salt })))
  }
}
