import { z } from 'zod'
import { confirmationAnswer } from '../calls/api.ts'
import type { Api } from '../web/api/door.ts'

const line = z.object({
  number: z.string(),
  outcome: z.string(),
  rank: z.int().nullable(),
  reservePlace: z.int().nullable(),
  amountCents: z.int().nullable()
})

export const api = {
  ask: { id: 'awards.ask', created: true },
  signing: {
    id: 'awards.signing',
    answer: confirmationAnswer.extend({ inputHash: z.string(), decision: z.array(line) })
  },
  sign: { id: 'awards.sign' },
  own: {
    id: 'awards.own',
    answer: z.object({
      number: z.string(),
      outcome: z.string(),
      reservePlace: z.int().nullable(),
      amount: z.number().nullable(),
      currency: z.string(),
      totalPoints: z.number().nullable(),
      criterionMeans: z.record(z.string(), z.number().nullable()),
      because: z.array(z.string())
    })
  }
} satisfies Record<string, Api>
