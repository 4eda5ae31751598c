import { z } from 'zod'
import { aText } from '../../calls/editor/pieces.ts'

const reason = aText(1000).pipe(z.string().min(1, 'reason_missing'))

export const decisionForm = z.object({ declaration: z.uuid(), decision: z.enum(['recused', 'no_conflict']), reason })
export const exclusionForm = z.object({
  jurorId: z.uuid('not_a_choice'),
  proposalId: z.uuid('not_a_choice'),
  why: aText(1000).pipe(z.string().min(1, 'reason_missing'))
})
