import type { Refusal } from '../../refusal.ts'

type Standing = { usedAt: Date | null; declinedAt: Date | null; endsAt: Date }

/** Why an invitation can no longer be answered: it was, or its time is over. */
export function whyNotAnswer({ usedAt, declinedAt, endsAt }: Standing, now: Date): Refusal | null {
  if (usedAt !== null || declinedAt !== null) return { code: 'invitation_used' }
  return now >= endsAt ? { code: 'invitation_over' } : null
}
