import { whyNotInTime } from '../calls/lifecycle.ts'
import type { Refusal } from '../refusal.ts'

export type Arrival = {
  /** The deciding time inside the transaction. */
  now: Date
  /** Database time when the head of this request was read: what began to arrive in time counts. */
  arrivedAt: Date
  /** When the last file of the proposal was still on its way at the deadline: until when it may finish. */
  transfersUntil: Date | null
}

/**
 * What has arrived whole at the deadline counts, a moment later does not (design: deadline). Only where a file transfer
 * that began in time was still going on may the submission whose request began in time come within the grace.
 */
export function whyNotSubmitNow(deadline: Date, { now, arrivedAt, transfersUntil }: Arrival): Refusal | null {
  if (now.getTime() <= deadline.getTime()) return null
  const began = arrivedAt.getTime() <= deadline.getTime()
  const inGrace = transfersUntil !== null && now.getTime() <= transfersUntil.getTime()
  return began && inGrace ? null : whyNotInTime(deadline, now)
}

/** A file transfer may finish within the grace if it began at or before the deadline. */
export function whyNotReceive(
  deadline: Date,
  graceMinutes: number,
  { now, beganAt }: { now: Date; beganAt: Date }
): Refusal | null {
  if (now.getTime() <= deadline.getTime()) return null
  const until = deadline.getTime() + graceMinutes * 60_000
  return beganAt.getTime() <= deadline.getTime() && now.getTime() <= until ? null : whyNotInTime(deadline, now)
}
