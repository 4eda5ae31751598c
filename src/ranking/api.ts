import { z } from 'zod'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()

const row = z.object({
  id: z.uuid().nullable(),
  number: z.string(),
  rank: z.int().nullable(),
  outcome: z.string(),
  reservePlace: z.int().nullable(),
  amount: z.number().nullable(),
  total: z.number().nullable(),
  reviews: z.int(),
  spread: z.number().nullable(),
  adjustedRank: z.int().nullable(),
  failed: z.array(z.string())
})

export const api = {
  ranking: {
    id: 'ranking.ranking',
    csv: '.csv',
    answer: z.object({
      frozenAt: at.nullable(),
      position: z.int().nullable(),
      inputHash: z.string().nullable(),
      software: z.string(),
      signedAt: at.nullable(),
      confirmation: z.uuid().nullable(),
      mayFreeze: z.boolean(),
      mayAsk: z.boolean(),
      mayDraw: z.boolean(),
      needsReason: z.boolean(),
      tiedNumbers: z.array(z.string()),
      ranked: z.array(row)
    })
  },
  freeze: {
    id: 'ranking.freeze',
    created: true,
    body: z.strictObject({ reason: z.string().optional() })
  },
  draw: {
    id: 'ranking.draw',
    body: z.strictObject({ publicValue: z.string() }),
    example: { publicValue: '4 8 15 16 23 42' }
  },
  csv: { id: 'ranking.csv', file: 'text/csv' },
  sheet: { id: 'ranking.sheet', file: 'text/csv' },
  proposal: {
    id: 'ranking.proposal',
    answer: z.object({
      id: z.uuid(),
      number: z.string(),
      totalPoints: z.number().nullable(),
      criterionMeans: z.record(z.string(), z.number().nullable()),
      given: z.array(
        z.object({
          juror: z.string(),
          label: z.string(),
          counts: z.boolean(),
          scores: z.record(z.string(), z.number())
        })
      ),
      scoreChanges: z.array(
        z.object({
          juror: z.string(),
          criterion: z.string(),
          before: z.number(),
          after: z.number(),
          reason: z.string(),
          changedAt: at
        })
      )
    })
  }
} satisfies Record<string, Api>
