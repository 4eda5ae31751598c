import { z } from 'zod'
import type { CallRules } from '../../calls/rules.ts'
import { type Mistake, Mistaken } from '../../refusal.ts'
import { prose, read } from '../../web/forms.ts'
import type { ReviewWords } from '../commands.ts'
import { whyNotScore } from '../rubric.ts'

export type Sheet = ReviewWords & { version: number; next: string }

/** How long one comment may be: several pages. */
const LONGEST = 20_000

/** The sheet as it was sent: a point for each criterion as people read it (4.5), a note for each, two comments. */
export function sheetSent(body: unknown, { rubric }: CallRules): Sheet {
  const ids = rubric.criteria.map(({ id }) => id)
  const shape = z.object({
    version: z.coerce.number().int().min(1),
    to_applicant: prose(LONGEST).default(''),
    to_applicant_language: z
      .string()
      .regex(/^[a-z]{2,3}$/, 'not_a_choice')
      .optional(),
    to_panel: prose(LONGEST).default(''),
    go: z.string().default(''),
    take_back: z.string().optional(),
    ...Object.fromEntries(ids.map(id => [`score_${id}`, z.string().max(20, 'not_a_choice').optional()])),
    ...Object.fromEntries(ids.map(id => [`note_${id}`, prose(LONGEST).optional()]))
  })
  const sent: z.output<typeof shape> & Record<string, unknown> = read(shape, body)
  const mistakes: Mistake[] = []
  const scores: Record<string, number | null> = {}
  const comments: Record<string, string> = {}
  for (const id of ids) {
    const [score, note] = [sent[`score_${id}`], sent[`note_${id}`]]
    if (typeof note === 'string') comments[id] = note
    if (sent.take_back === id) scores[id] = null
    else if (typeof score === 'string') {
      const units = unitsSent(score, rubric.scale.step)
      const wrong = units === null ? null : whyNotScore(units, rubric.scale)
      if (wrong) mistakes.push({ field: `score_${id}`, ...wrong })
      scores[id] = units
    }
  }
  if (mistakes.length > 0) throw new Mistaken(mistakes)
  return {
    version: sent.version,
    scores,
    comments,
    toApplicant: sent.to_applicant,
    ...(sent.to_applicant_language ? { toApplicantLanguage: sent.to_applicant_language } : {}),
    toPanel: sent.to_panel,
    next: sent.go
  }
}

/** Whole units of the step; not whole where the point lies between two, `null` where none was chosen. */
export function unitsSent(text: string, step: number): number | null {
  const trimmed = text.trim().replace(',', '.')
  if (trimmed === '') return null
  const units = /^-?\d{1,6}(\.\d{1,6})?$/.test(trimmed) ? Number(trimmed) / step : Number.NaN
  // A step such as 0.1 has no exact quotient: what is as near as this was meant.
  return Math.abs(units - Math.round(units)) < 1e-6 ? Math.round(units) : Number.NaN
}
