import { z } from 'zod'
import { confirmationAnswer } from '../calls/api.ts'
import type { CallRules } from '../calls/rules.ts'
import { localOf } from '../calls/zones.ts'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()
const both = z.object({ language: z.string(), own: z.string(), en: z.string() })

const published = z.object({
  number: z.string(),
  rank: z.int(),
  place: z.int(),
  title: both.optional(),
  summary: both.optional(),
  institution: z.object({ own: z.string(), en: z.string() }).optional(),
  city: z.object({ own: z.string(), latin: z.string() }).optional(),
  country: z.string().optional(),
  amountCents: z.int().optional(),
  total: z.string().optional(),
  because: z.array(z.looseObject({ code: z.string() })).optional(),
  name: z.string().optional()
})

const content = z.object({
  call: z.string(),
  awarded: z.array(published),
  reserve: z.array(published),
  counts: z.record(z.string(), z.record(z.string(), z.int())),
  figures: z.object({
    proposals: z.int(),
    countries: z.int(),
    languages: z.int(),
    jurors: z.int(),
    reviews: z.int(),
    passed: z.int(),
    awardedCents: z.int().nullable()
  })
})

export const api = {
  results: {
    id: 'publication.results',
    csv: '.csv',
    answer: z.object({
      content,
      kind: z.string(),
      visibleAt: at,
      sealHash: z.string(),
      inputHash: z.string(),
      historyHead: z.string()
    })
  },
  resultsCsv: { id: 'publication.resultsCsv', file: 'text/csv' },
  resultsJson: { id: 'publication.resultsJson', file: 'application/json' },
  bundle: { id: 'publication.bundle', file: 'application/json' },
  auditorsBundle: { id: 'publication.auditorsBundle', file: 'application/json' },
  planned: {
    id: 'publication.planned',
    answer: z.object({
      visibleAt: at.nullable(),
      proposedAt: at,
      confirmation: z.uuid().nullable(),
      refusal: z.string().nullable(),
      content
    })
  },
  ask: {
    id: 'publication.ask',
    created: true,
    body: z.strictObject({ visibleAt: z.iso.datetime({ offset: true }) }),
    form: ({ visibleAt }: { visibleAt: string }, rules: CallRules | null) =>
      localOf(new Date(visibleAt), rules?.zone ?? 'UTC'),
    pointer: () => '/visibleAt'
  },
  confirmation: {
    id: 'publication.confirmation',
    answer: confirmationAnswer.extend({ visibleAt: at, content })
  },
  confirm: { id: 'publication.confirm' }
} satisfies Record<string, Api>
