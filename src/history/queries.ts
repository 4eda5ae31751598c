import { asc, desc, eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { type ChainFault, faultIn, GENESIS, type StoredEntry } from './chain.ts'
import { historyEntries } from './tables.ts'

/** The hash of the newest entry of a chain; of an empty chain, the genesis value. */
export async function headOf(db: Db | Tx, chain: string): Promise<string> {
  const [head] = await db
    .select({ hash: historyEntries.hash })
    .from(historyEntries)
    .where(eq(historyEntries.chain, chain))
    .orderBy(desc(historyEntries.position))
    .limit(1)
  return head?.hash ?? GENESIS
}

/** A whole chain in order, as it was hashed. */
export async function chainOf(db: Db | Tx, chain: string): Promise<StoredEntry[]> {
  const entries = await db
    .select()
    .from(historyEntries)
    .where(eq(historyEntries.chain, chain))
    .orderBy(asc(historyEntries.position))
  return entries.map(({ id: _, at, ...entry }) => ({ ...entry, at: at.toISOString() }))
}

export async function chains(db: Db | Tx): Promise<string[]> {
  const rows = await db
    .selectDistinct({ chain: historyEntries.chain })
    .from(historyEntries)
    .orderBy(asc(historyEntries.chain))
  return rows.map(({ chain }) => chain)
}

/** The first fault of each chain that has one. */
export async function faults(db: Db | Tx): Promise<ChainFault[]> {
  const found: ChainFault[] = []
  for (const chain of await chains(db)) {
    const fault = faultIn(await chainOf(db, chain))
    if (fault) found.push(fault)
  }
  return found
}
