import { z } from 'zod'

/** What may be asked of an assignment; the meanings are those of the format `asg-1`. */
export const objectives = ['total', 'abs-floor', 'rel-floor', 'leximin', 'keep'] as const
export type Objective = (typeof objectives)[number]

/** Rules a panel may have to meet, in the order in which they are suspected when nothing fits. */
export const panelRules = ['minReaders', 'minCountries', 'maxSameCountry', 'connected', 'floor'] as const
export type PanelRule = (typeof panelRules)[number]

const id = z.string().min(1)
const whole = z.int().min(0)
// Wider figures could not be added up exactly in a double; `affinity_too_large` guards the sums themselves.
const affinity = z.int().min(0).max(1e9)
const pair = z.tuple([id, id])

const schema = z.strictObject({
  format: z.literal('asg-1'),
  id: z.string().optional(),
  scale: z.number().positive().optional(),
  proposals: z.array(
    z.strictObject({
      id,
      demand: whole,
      country: z.string().nullish(),
      org: z.string().nullish(),
      lang: z.string().nullish()
    })
  ),
  jurors: z.array(
    z.strictObject({
      id,
      min: whole.optional(),
      max: whole,
      country: z.string().nullish(),
      org: z.string().nullish(),
      langs: z.array(z.string()).nullish()
    })
  ),
  affinity: z.array(z.array(affinity.nullable())).optional(),
  sparse: z.strictObject({ j: z.array(z.array(whole)), a: z.array(z.array(affinity)) }).optional(),
  conflicts: z.array(pair).optional(),
  conflictRules: z.array(z.enum(['org', 'country'])).optional(),
  locked: z.array(pair).optional(),
  rules: z
    .strictObject({
      minReaders: whole.optional(),
      minCountries: whole.optional(),
      maxSameCountry: whole.optional(),
      connected: z.boolean().optional(),
      floor: z.number().min(0).optional()
    })
    .optional(),
  previous: z.array(pair).optional(),
  withdrawn: z.array(id).optional(),
  objective: z.enum(objectives).optional(),
  seed: z.int().min(0).optional(),
  title: z.unknown().optional(),
  generator: z.unknown().optional(),
  expected: z.unknown().optional()
})

/** Proposals, jurors, affinities, conflicts and wishes in the format `asg-1`. */
export type AssignmentInput = z.infer<typeof schema>
export type Pair = [proposal: string, juror: string]

/** Why an input cannot be read: a code whose sentence is in the catalogues (`assign.bad.<code>`), the place, and facts. */
export type AssignmentMistake = { code: string; at: string } & Record<string, string | number>

export class UnreadableAssignment extends Error {
  readonly mistake: AssignmentMistake

  constructor(mistake: AssignmentMistake) {
    super(`${mistake.at}: ${mistake.code}`)
    this.name = 'UnreadableAssignment'
    this.mistake = mistake
  }
}

/** Reads `asg-1` or throws `UnreadableAssignment` naming the first place that is wrong. */
export function readAssignment(value: unknown): AssignmentInput {
  const read = schema.safeParse(value)
  if (!read.success) throw new UnreadableAssignment(mistakeOf(read.error.issues[0], value))
  const mistake = whyNotReadable(read.data)
  if (mistake) throw new UnreadableAssignment(mistake)
  return read.data
}

function mistakeOf(issue: z.core.$ZodIssue | undefined, value: unknown): AssignmentMistake {
  if (!issue) return { code: 'wrong_value', at: '.' }
  const at = placeOf(issue.path)
  if (issue.code === 'unrecognized_keys') return { code: 'unknown_key', at, key: issue.keys[0] ?? '' }
  if (valueAt(value, issue.path) === undefined) return { code: 'missing_key', at }
  const last = issue.path.at(-1)
  if (last === 'demand' || last === 'min' || last === 'max') return { code: 'not_whole', at }
  if (last === 'objective') return { code: 'unknown_objective', at }
  if (last === 'format') return { code: 'unknown_format', at }
  return { code: 'wrong_value', at }
}

/** `proposals[3].demand`; the whole input is `.`. */
function placeOf(path: PropertyKey[]): string {
  const place = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return place.replace(/^\./, '') || '.'
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner !== null && typeof inner === 'object' ? Reflect.get(inner, step) : undefined),
    value
  )
}

function whyNotReadable(input: AssignmentInput): AssignmentMistake | null {
  return whyNotPeople(input) ?? whyNotMatrix(input) ?? whyNotNames(input) ?? whyNotExact(input)
}

function whyNotPeople({ proposals, jurors }: AssignmentInput): AssignmentMistake | null {
  const twice = repeated('proposals', proposals) ?? repeated('jurors', jurors)
  if (twice) return twice
  const wrong = jurors.findIndex(({ min = 0, max }) => min > max)
  return wrong < 0 ? null : { code: 'min_above_max', at: `jurors[${wrong}]`, id: jurors[wrong]?.id ?? '' }
}

function repeated(key: string, list: { id: string }[]): AssignmentMistake | null {
  const seen = new Set<string>()
  for (const [index, { id }] of list.entries()) {
    if (seen.has(id)) return { code: 'same_id', at: `${key}[${index}]`, id }
    seen.add(id)
  }
  return null
}

function whyNotMatrix({ proposals, jurors, affinity, sparse }: AssignmentInput): AssignmentMistake | null {
  if (affinity && sparse) return { code: 'two_matrices', at: 'sparse' }
  if (!affinity && !sparse) return { code: 'missing_key', at: 'affinity' }
  if (affinity) {
    if (affinity.length !== proposals.length) return size('affinity', affinity.length, proposals.length)
    const row = affinity.findIndex(({ length }) => length !== jurors.length)
    return row < 0 ? null : size(`affinity[${row}]`, affinity[row]?.length ?? 0, jurors.length)
  }
  const { j, a } = sparse ?? { j: [], a: [] }
  if (j.length !== proposals.length) return size('sparse.j', j.length, proposals.length)
  if (a.length !== proposals.length) return size('sparse.a', a.length, proposals.length)
  for (const [row, list] of j.entries()) {
    if (a[row]?.length !== list.length) return size(`sparse.a[${row}]`, a[row]?.length ?? 0, list.length)
    const seen = new Set<number>()
    const unknown = list.findIndex(juror => juror >= jurors.length || seen.size === seen.add(juror).size)
    if (unknown >= 0) return { code: 'wrong_value', at: `sparse.j[${row}][${unknown}]` }
  }
  return null
}

function size(at: string, found: number, wanted: number): AssignmentMistake {
  return { code: 'wrong_size', at, found, wanted }
}

function whyNotNames(input: AssignmentInput): AssignmentMistake | null {
  const proposals = new Set(input.proposals.map(({ id }) => id))
  const jurors = new Set(input.jurors.map(({ id }) => id))
  for (const key of ['conflicts', 'locked', 'previous'] as const) {
    for (const [index, [proposal, juror]] of (input[key] ?? []).entries()) {
      if (!proposals.has(proposal)) return { code: 'unknown_proposal', at: `${key}[${index}]`, id: proposal }
      if (!jurors.has(juror)) return { code: 'unknown_juror', at: `${key}[${index}]`, id: juror }
    }
  }
  const gone = (input.withdrawn ?? []).findIndex(juror => !jurors.has(juror))
  return gone < 0 ? null : { code: 'unknown_juror', at: `withdrawn[${gone}]`, id: input.withdrawn?.[gone] ?? '' }
}

/** The flow weighs affinity, kept pairs and minimum loads in one number, which must stay exact in a double. */
function whyNotExact({ proposals, jurors, affinity, sparse }: AssignmentInput): AssignmentMistake | null {
  const demand = proposals.reduce((sum, proposal) => sum + Math.min(proposal.demand, jurors.length), 1)
  let largest = 1
  for (const row of affinity ?? sparse?.a ?? []) for (const value of row) largest = Math.max(largest, value ?? 0)
  const exact = demand * demand * largest < 2 ** 51
  return exact ? null : { code: 'affinity_too_large', at: affinity ? 'affinity' : 'sparse.a', largest, demand }
}
