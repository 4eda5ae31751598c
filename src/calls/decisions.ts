import type { Tx } from '../db/connect.ts'
import type { Decision } from './lifecycle.ts'
import { callDecisions } from './tables.ts'

export type Decided = {
  callId: string
  decision: Decision
  by: string
  second?: string | undefined
  at: Date
  facts?: Record<string, unknown>
}

/**
 * Notes what people decided about a call; the call's state follows from it. Decided twice, the first one stands: the
 * answer tells whether this was it. The caller holds the call's lock and remembers it in history.
 */
export async function decide(tx: Tx, { callId, decision, by, second, at, facts }: Decided): Promise<boolean> {
  const made = await tx
    .insert(callDecisions)
    .values({ callId, decision, at, byPerson: by, secondPerson: second ?? null, facts: facts ?? {} })
    .onConflictDoNothing()
    .returning({ id: callDecisions.id })
  return made.length > 0
}
