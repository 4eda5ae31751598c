import { z } from 'zod'
import { BadInput, type Place } from './badinput.ts'

/** Methods of plain arithmetic, and those that fit a model of proposals and jurors. */
export const PLAIN_METHODS = [
  'weightedMean',
  'rawMean',
  'median',
  'trimmedMean',
  'jurorCentred',
  'zScore',
  'rescaled',
  'additiveOls'
] as const
export const MODEL_METHODS = ['blup', 'calibratedMean', 'expectedRank'] as const
export const METHODS = [...PLAIN_METHODS, ...MODEL_METHODS] as const

const id = z.string().min(1)
const count = z.number().int().nonnegative()

export const scaleSchema = z.strictObject({
  min: z.number().default(0),
  max: z.number(),
  step: z.number().positive().nullable().default(null),
  direction: z.enum(['higher', 'lower']).default('higher')
})

export const criterionSchema = z.strictObject({
  id,
  weight: z.number().positive().default(1),
  threshold: z.number().nullable().default(null)
})

export const limitSchema = z.strictObject({
  field: id,
  min: count.default(0),
  max: count.nullable().default(null)
})

export const seatsSchema = z.strictObject({
  field: id,
  places: z.record(z.string(), count),
  reserve: count.default(0)
})

export const rulesSchema = z.strictObject({
  method: z.string().optional(),
  awards: count.optional(),
  reserve: count.optional(),
  limits: z.array(limitSchema).optional(),
  seats: seatsSchema.nullable().optional(),
  totalThreshold: z.number().nullable().default(null),
  rounding: z.number().int().min(0).max(9).nullable().default(null),
  budget: z
    .strictObject({ total: z.number().nonnegative(), partial: z.boolean().default(false) })
    .nullable()
    .default(null),
  tieLadder: z.array(z.string()).default(['share'])
})

const status = z.enum(['counted', 'void']).default('counted')
const score = z.number().nullable()

export const reviewSchema = z.strictObject({ proposal: id, juror: id, scores: z.record(z.string(), score), status })
/** One number per juror and proposal. */
export const reviewRowSchema = z.union([z.tuple([id, id, score]), z.tuple([id, id, score, status])])

/** A proposal may carry any fields; limits, tie ladder and the printed table read some of them. */
export const proposalSchema = z.union([id, z.looseObject({ id })])
export const proposalsSchema = z.array(proposalSchema)

export const inputSchema = z.strictObject({
  scale: scaleSchema.nullable().optional(),
  criteria: z.array(criterionSchema).optional(),
  proposals: proposalsSchema.optional(),
  jurors: z.array(id).optional(),
  reviews: z.array(z.union([reviewSchema, reviewRowSchema])),
  recusals: z.array(z.strictObject({ proposal: id, juror: id })).default([]),
  rules: rulesSchema.optional()
})

export const rubricSchema = inputSchema.pick({ scale: true, criteria: true, rules: true })

export type Scale = z.infer<typeof scaleSchema>
export type Criterion = z.infer<typeof criterionSchema>
export type Limit = z.infer<typeof limitSchema>
export type Seats = z.infer<typeof seatsSchema>
export type Rubric = z.infer<typeof rubricSchema>
export type MethodName = (typeof METHODS)[number]

/** What the schema makes of a value, or `BadInput` naming the first place that does not fit. */
export function fitted<S extends z.ZodType>(schema: S, value: unknown, place: Place, under = ''): z.infer<S> {
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  const issue = deepest(outcome.error.issues[0])
  const path = pathOf(under, issue?.path ?? [])
  if (issue?.code === 'unrecognized_keys') {
    const key = String(issue.keys[0])
    throw new BadInput('unknown_key', { ...place, path: pathOf(path, [key]) }, { key })
  }
  if (issue?.code === 'invalid_value' && Array.isArray(issue.values)) {
    throw new BadInput('not_one_of', { ...place, path }, { choices: issue.values.map(String).join(', ') })
  }
  if (issue?.code === 'invalid_type') throw new BadInput('wrong_kind', { ...place, path }, { expected: issue.expected })
  if (issue?.code === 'too_small' || issue?.code === 'too_big') {
    const bound = String(issue.code === 'too_small' ? issue.minimum : issue.maximum)
    if (issue.code === 'too_big') throw new BadInput('too_high', { ...place, path }, { bound })
    if (issue.origin === 'string' || issue.origin === 'array') throw new BadInput('too_short', { ...place, path })
    throw new BadInput(issue.inclusive ? 'too_low' : 'not_above', { ...place, path }, { bound })
  }
  throw new BadInput('unreadable_value', { ...place, path })
}

/** `reviews`, [12, 'scores', 'impact'] → `reviews[12].scores.impact`. */
export function pathOf(under: string, steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`
    return path === '' ? String(step) : `${path}.${String(step)}`
  }, under)
}

type Issue = z.core.$ZodIssue

/** Of the branches of a union, the one that came furthest says best what is wrong. */
function deepest(issue: Issue | undefined): Issue | undefined {
  if (issue?.code !== 'invalid_union') return issue
  const inner = issue.errors.flatMap(branch => branch.slice(0, 1)).map(deepest)
  const furthest = inner.filter(found => found !== undefined).sort((a, b) => b.path.length - a.path.length)[0]
  return furthest ? { ...furthest, path: [...issue.path, ...furthest.path] } : issue
}
