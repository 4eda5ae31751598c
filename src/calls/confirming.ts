import type { Refusal } from '../refusal.ts'

type Asked = { askedBy: string; givenAt: Date | null; withdrawnAt: Date | null }

/** Whether a person may give the second yes. That they belong to the programme is known before. */
export function whyNotConfirm(
  asked: Asked,
  { by, singlePerson }: { by: string; singlePerson: boolean }
): Refusal | null {
  if (asked.withdrawnAt) return { code: 'asked_is_withdrawn' }
  if (asked.givenAt) return { code: 'confirmed_already' }
  return asked.askedBy === by && !singlePerson ? { code: 'second_person_needed' } : null
}
