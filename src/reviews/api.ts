import { z } from 'zod'
import type { CallRules } from '../calls/rules.ts'
import { reading } from '../proposals/api.ts'
import { Mistaken } from '../refusal.ts'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()
const points = z.record(z.string(), z.number())
const words = z.record(z.string(), z.string())

const toJudge = z.object({
  id: z.uuid(),
  number: z.string(),
  heading: z.string(),
  country: z.string().nullable(),
  reviewId: z.uuid().nullable(),
  scoredCount: z.int(),
  submittedAt: at.nullable(),
  total: z.number().nullable()
})

type Sheet = {
  scores: Record<string, number | null>
  comments?: Record<string, string> | undefined
  toApplicant: string
  toApplicantLanguage?: string | undefined
  toPanel: string
}

/** The sheet as its form sends it; a point that is `null` is taken back. */
function sheetForm({ scores, comments = {}, ...said }: Sheet, rules: CallRules | null): Record<string, unknown> {
  const known = (rules?.rubric.criteria ?? []).map(({ id }) => id)
  const unknown = [...named('scores', scores), ...named('comments', comments)].filter(({ id }) => !known.includes(id))
  if (unknown.length > 0) throw new Mistaken(unknown.map(({ field }) => ({ field, code: 'unknown', exact: true })))
  return {
    ...Object.fromEntries(
      Object.entries(scores).map(([id, point]) => [`score_${id}`, point === null ? '' : String(point)])
    ),
    ...Object.fromEntries(Object.entries(comments).map(([id, text]) => [`note_${id}`, text])),
    to_applicant: said.toApplicant,
    to_panel: said.toPanel,
    ...(said.toApplicantLanguage !== undefined && { to_applicant_language: said.toApplicantLanguage })
  }
}

const named = (part: string, values: Record<string, unknown>) =>
  Object.keys(values).map(id => ({ id, field: `${part}.${id}` }))

function sheetPointer(field: string): string {
  if (field.startsWith('score_')) return `/scores/${field.slice(6)}`
  if (field.startsWith('note_')) return `/comments/${field.slice(5)}`
  return (
    { to_applicant: '/toApplicant', to_panel: '/toPanel', to_applicant_language: '/toApplicantLanguage' }[field] ??
    `/${field}`
  )
}

export const api = {
  queue: {
    id: 'reviews.queue',
    answer: z.object({
      state: z.string(),
      until: at,
      mayBegin: z.boolean(),
      toJudge: z.array(toJudge),
      submitted: z.array(toJudge)
    })
  },
  proposal: {
    id: 'reviews.proposal',
    answer: z.object({ number: z.string(), applicant: z.string().nullable(), reading })
  },
  begin: { id: 'reviews.begin', created: true },
  sheet: {
    id: 'reviews.sheet',
    query: z.strictObject({ check: z.string().optional() }),
    version: 'version',
    answer: z.object({
      id: z.uuid(),
      version: z.int(),
      number: z.string(),
      writable: z.boolean(),
      submittedAt: at.nullable(),
      scale: z.object({ min: z.number(), max: z.number(), step: z.number() }),
      scores: points,
      comments: words,
      toApplicant: z.string(),
      toApplicantLanguage: z.string(),
      toPanel: z.string(),
      missing: z.array(z.string()),
      criteria: z.array(z.object({ id: z.string(), name: z.string(), question: z.string() })),
      applicant: z.string().nullable(),
      reading
    })
  },
  save: {
    id: 'reviews.save',
    ifMatch: 'version',
    version: 'version',
    body: z.strictObject({
      scores: z.record(z.string(), z.number().nullable()),
      comments: words.optional(),
      toApplicant: z.string(),
      toApplicantLanguage: z.string().optional(),
      toPanel: z.string()
    }),
    form: sheetForm,
    pointer: sheetPointer,
    answer: z.object({ version: z.int(), missing: z.array(z.string()) }),
    example: {
      scores: { need: 4.5, impact: null },
      comments: { need: 'Well shown.' },
      toApplicant: 'Thank you.',
      toPanel: ''
    }
  },
  check: {
    id: 'reviews.check',
    query: z.strictObject({ changed: z.string().optional() }),
    version: 'version',
    answer: z.object({ id: z.uuid(), version: z.int(), scores: points, totalPoints: z.number().nullable() })
  },
  submit: { id: 'reviews.submit', ifMatch: 'version', key: 'required', created: true, pointer: sheetPointer },
  progress: {
    id: 'reviews.progress',
    list: 'waiting',
    entry: 'number',
    answer: z.object({
      jurors: z.array(z.object({ name: z.string(), assigned: z.int(), begun: z.int(), submitted: z.int() })),
      waiting: z.array(z.object({ number: z.string(), assigned: z.int(), submitted: z.int() })),
      running: z.boolean()
    })
  },
  close: { id: 'reviews.close' },
  meeting: {
    id: 'reviews.meeting',
    list: 'rows',
    filters: { q: { text: ['number', 'heading'] } },
    answer: z.object({
      state: z.string(),
      rows: z.array(
        z.object({
          id: z.uuid(),
          number: z.string(),
          heading: z.string(),
          points: z.array(z.number()),
          meanPoints: z.number().nullable(),
          spreadPoints: z.number(),
          divided: z.boolean(),
          changed: z.int(),
          few: z.boolean()
        })
      )
    })
  },
  meetingProposal: {
    id: 'reviews.meetingProposal',
    answer: z.object({
      id: z.uuid(),
      number: z.string(),
      divided: z.boolean(),
      reviews: z.array(
        z.object({
          id: z.uuid().nullable(),
          name: z.string(),
          scores: points,
          total: z.number().nullable(),
          comments: words,
          toApplicant: z.string(),
          toPanel: z.string()
        })
      ),
      changes: z.array(
        z.object({
          criterion: z.string(),
          before: z.number(),
          after: z.number(),
          changedAt: at,
          reason: z.string().nullable()
        })
      )
    })
  },
  changeScore: {
    id: 'reviews.changeScore',
    body: z.strictObject({ review: z.uuid(), criterion: z.string(), score: z.number(), reason: z.string() }),
    form: ({ score, ...change }: { review: string; criterion: string; score: number; reason: string }) => ({
      ...change,
      units: String(score)
    }),
    pointer: (field: string) => (field === 'units' ? '/score' : `/${field}`)
  }
} satisfies Record<string, Api>
