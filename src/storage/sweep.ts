import type { Store } from './store.ts'

/** Which of these keys have a row: all that there are, or a question asked for some at a time. */
export type KnownKeys = ReadonlySet<string> | ((keys: string[]) => Promise<ReadonlySet<string>>)

const BATCH = 500

/** Removes what no row names and no running request can still be about: orphans, and files half written. */
export async function sweep(
  store: Store,
  knownKeys: KnownKeys,
  olderThan: Date
): Promise<{ orphans: number; halves: number }> {
  let orphans = 0
  let batch: string[] = []
  const settle = async () => {
    const known = typeof knownKeys === 'function' ? await knownKeys(batch) : knownKeys
    for (const key of batch.filter(key => !known.has(key))) {
      await store.remove(key)
      orphans += 1
    }
    batch = []
  }
  for await (const { key, storedAt } of store.list()) {
    if (storedAt < olderThan) batch.push(key)
    if (batch.length === BATCH) await settle()
  }
  if (batch.length > 0) await settle()
  return { orphans, halves: await store.tidy(olderThan) }
}
