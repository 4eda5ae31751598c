import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { form, texts } from './form.ts'

const moment = z.iso.datetime({ offset: true })

export const scale = z.strictObject({
  min: z.number(),
  max: z.number(),
  step: z.number().positive(),
  direction: z.enum(['higher', 'lower']).default('higher'),
  /** Names of whole levels, for people: `{ "4": { en: 'Very good' } }`. */
  names: z.record(z.string(), texts).default({})
})

export const criterion = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,40}$/),
  weight: z.number().int().positive(),
  threshold: z.number().optional(),
  name: texts,
  question: texts,
  /** The sentence for a score, by the score: `{ "4": { en: '…' } }`; a band is written "9-10". */
  levels: z.record(z.string(), texts).default({}),
  lookIn: z.array(z.string()).default([])
})

export const rubric = z.strictObject({
  scale,
  criteria: z.array(criterion).min(1),
  totalThreshold: z.number().optional(),
  toApplicant: z.enum(['required', 'optional', 'none']).default('required')
})

export const dates = z.strictObject({
  opensAt: moment,
  questionsUntil: moment.optional(),
  deadline: moment,
  screeningUntil: moment,
  declarationsUntil: moment,
  reviewingOpensAt: moment,
  reviewingUntil: moment,
  panelAt: moment.optional(),
  lettersAt: moment.optional(),
  redressUntil: moment.optional(),
  publicationAt: moment
})

export const limit = z.strictObject({
  field: z.enum(['country', 'institution', 'theme']),
  min: z.number().int().nonnegative().optional(),
  max: z.number().int().positive().optional()
})

/** So many places for each value of a field, filled down the ranking, and so many in reserve for each. */
export const seats = z.strictObject({
  field: z.enum(['country', 'institution', 'theme']),
  places: z.record(z.string(), z.number().int().nonnegative()),
  reserve: z.number().int().nonnegative()
})

/** Everything that is sealed when a call opens. Its canonical JSON (RFC 8785) is hashed, and the hash published. */
export const callRules = z.strictObject({
  format: z.literal('laurel-rules-1'),
  zone: z.string(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  languages: z.array(z.string()).min(1),
  dates,
  graceMinutes: z.number().int().min(0).max(240).default(15),
  applicants: z.strictObject({ who: z.enum(['anyone', 'listed']), onePerInstitution: z.boolean().default(false) }),
  blind: z.enum(['open', 'applicants_hidden', 'jurors_hidden', 'both_hidden']).default('jurors_hidden'),
  form,
  rubric,
  jury: z.strictObject({
    reviewsPerProposal: z.number().int().positive(),
    minReviews: z.number().int().nonnegative(),
    maxLoad: z.number().int().positive(),
    minReaders: z.number().int().nonnegative().default(1),
    /** Equal values on both sides are a conflict without anybody's word. */
    automaticConflicts: z.array(z.enum(['country', 'institution'])).default([]),
    conflictKinds: z.array(z.string()).min(1),
    /** Two submitted reviews whose totals differ by as much mark a proposal as divided. */
    dividedAt: z.number().positive().optional()
  }),
  ranking: z.strictObject({
    method: z.enum(['weightedMean', 'trimmedMean', 'blup', 'expectedRank']),
    rounding: z.number().int().min(0).max(6).nullable().default(null),
    tieLadder: z.array(z.string()).default(['share']),
    draw: z.strictObject({ source: texts, on: z.iso.date() }).nullable().default(null)
  }),
  awards: z.strictObject({
    count: z.number().int().nonnegative(),
    reserve: z.number().int().nonnegative(),
    /** What one award may be, in the call's currency; null where an award is a place and not money. */
    amount: z.strictObject({ min: z.number().nonnegative(), max: z.number().positive() }).nullable(),
    fund: z.number().positive().nullable(),
    limits: z.array(limit).default([]),
    seats: seats.nullable().default(null)
  }),
  publication: z.strictObject({
    provisional: z.enum(['letters', 'public']).default('letters'),
    winners: z.array(
      z.enum(['title', 'summary', 'institution', 'city', 'country', 'amount', 'total', 'reason', 'name'])
    ),
    reserve: z.array(z.enum(['title', 'institution', 'city', 'country', 'amount', 'total', 'reason', 'name'])),
    counts: z.array(z.enum(['country', 'theme', 'language'])).default(['country'])
  })
})

export type CallRules = z.infer<typeof callRules>
export type Criterion = z.infer<typeof criterion>
export type Scale = z.infer<typeof scale>

/** The seal of a call: SHA-256, hex, of the canonical JSON of its rules. */
export function sealOf(rules: CallRules): string {
  return digestOf(rules)
}

/** SHA-256, hex, of the canonical JSON (RFC 8785) of any plain value. */
export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalize(value) ?? 'null')))
}
