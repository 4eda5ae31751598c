import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { form, texts } from './form.ts'

const moment = z.iso.datetime({ offset: true })

export const scale = z.strictObject({
  min: z.number().describe('The lowest score.'),
  max: z.number().describe('The highest score.'),
  step: z.number().positive().describe('The distance between two scores.'),
  direction: z.enum(['higher', 'lower']).default('higher').describe('Whether a higher or a lower score is better.'),
  names: z
    .record(z.string(), texts)
    .default({})
    .describe('Names of whole levels, for people: { "4": { "en": "Very good" } }.')
})

export const criterion = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/)
    .describe('The name of the criterion in the scores.'),
  weight: z.number().int().positive().describe('Its weight in the total.'),
  threshold: z.number().optional().describe('The least mean with which a proposal can be chosen.'),
  name: texts.describe('What people call it, by language.'),
  question: texts.describe('What jurors are asked, by language.'),
  levels: z
    .record(z.string(), texts)
    .default({})
    .describe('The sentence for a score, by the score: { "4": { "en": "…" } }; a band is written "9-10".'),
  lookIn: z.array(z.string()).default([]).describe('The fields of the form where jurors find it.')
})

export const rubric = z.strictObject({
  scale: scale.describe('The scale of the scores.'),
  criteria: z.array(criterion).min(1).describe('What is scored.'),
  totalThreshold: z.number().optional().describe('The least total with which a proposal can be chosen.'),
  toApplicant: z
    .enum(['required', 'optional', 'none'])
    .default('required')
    .describe('Whether jurors write a comment to the applicant.')
})

export const dates = z.strictObject({
  opensAt: moment.describe('When applicants can begin.'),
  questionsUntil: moment.optional().describe('Until when questions are answered.'),
  deadline: moment.describe('Until when proposals can be submitted.'),
  screeningUntil: moment.describe('Until when eligibility is checked.'),
  declarationsUntil: moment.describe('Until when jurors declare conflicts.'),
  reviewingOpensAt: moment.describe('When jurors can begin to score.'),
  reviewingUntil: moment.describe('Until when jurors score.'),
  panelAt: moment.optional().describe('When the panel meets.'),
  lettersAt: moment.optional().describe('When applicants get their letters.'),
  redressUntil: moment.optional().describe('Until when applicants can object.'),
  publicationAt: moment.describe('When the result becomes public.')
})

const limited = z.enum(['country', 'institution', 'theme'])

export const limit = z.strictObject({
  field: limited.describe('What is limited.'),
  min: z.number().int().nonnegative().optional().describe('At least so many awards for each value.'),
  max: z.number().int().positive().optional().describe('At most so many awards for each value.')
})

/** So many places for each value of a field, filled down the ranking, and so many in reserve for each. */
export const seats = z.strictObject({
  field: limited.describe('The field whose values have places of their own.'),
  places: z.record(z.string(), z.number().int().nonnegative()).describe('How many places each value has.'),
  reserve: z.number().int().nonnegative().describe('How many stand in reserve for each value.')
})

/** Everything that is sealed when a call opens. Its canonical JSON (RFC 8785) is hashed, and the hash published. */
export const callRules = z.strictObject({
  format: z.literal('laurel-rules-1').describe('The version of these rules.'),
  zone: z.string().describe('The time zone of the dates.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe('The currency of all amounts.'),
  languages: z.array(z.string()).min(1).describe('The languages of the call.'),
  dates: dates.describe('What happens when.'),
  graceMinutes: z
    .number()
    .int()
    .min(0)
    .max(240)
    .default(15)
    .describe('How long a transfer that began before the deadline may take.'),
  applicants: z
    .strictObject({
      who: z.enum(['anyone', 'listed']).describe('Who may apply.'),
      onePerInstitution: z.boolean().default(false).describe('Whether an institution may submit one proposal only.')
    })
    .describe('Who may apply.'),
  blind: z
    .enum(['open', 'applicants_hidden', 'jurors_hidden', 'both_hidden'])
    .default('jurors_hidden')
    .describe('Who is hidden from whom.'),
  form: form.describe('What applicants fill in.'),
  rubric: rubric.describe('What jurors score.'),
  jury: z
    .strictObject({
      reviewsPerProposal: z.number().int().positive().describe('How many reviews a proposal is assigned.'),
      minReviews: z.number().int().nonnegative().describe('How many reviews a proposal must have to be ranked.'),
      maxLoad: z.number().int().positive().describe('How many proposals a juror reads at most.'),
      minReaders: z
        .number()
        .int()
        .nonnegative()
        .default(1)
        .describe('How many of a proposal’s jurors must read its language.'),
      automaticConflicts: z
        .array(z.enum(['country', 'institution']))
        .default([])
        .describe('Equal values on both sides are a conflict without anybody’s word.'),
      conflictKinds: z.array(z.string()).min(1).describe('The kinds of conflict that jurors declare.'),
      dividedAt: z
        .number()
        .positive()
        .optional()
        .describe('Two reviews whose totals differ by as much mark a proposal as divided.')
    })
    .describe('How the jury works.'),
  ranking: z
    .strictObject({
      method: z.enum(['weightedMean', 'trimmedMean', 'blup', 'expectedRank']).describe('The method that decides.'),
      rounding: z
        .number()
        .int()
        .min(0)
        .max(6)
        .nullable()
        .default(null)
        .describe('Decimals to which figures are rounded before they are compared; null: compared exactly.'),
      tieLadder: z.array(z.string()).default(['share']).describe('The rungs that part equal proposals, in order.'),
      draw: z
        .strictObject({
          source: texts.describe('Where the public value comes from.'),
          on: z.iso.date().describe('The day on which it comes into being.')
        })
        .nullable()
        .default(null)
        .describe('The public draw at the end of the ladder; null: none.')
    })
    .describe('How proposals are ranked.'),
  awards: z
    .strictObject({
      count: z.number().int().nonnegative().describe('How many awards there are.'),
      reserve: z.number().int().nonnegative().describe('How many stand on the reserve list.'),
      amount: z
        .strictObject({
          min: z.number().nonnegative().describe('The least amount of one award.'),
          max: z.number().positive().describe('The largest amount of one award.')
        })
        .nullable()
        .describe('What one award may be, in the call’s currency; null where an award is a place and not money.'),
      fund: z.number().positive().nullable().describe('The money for all awards; null: no envelope.'),
      limits: z.array(limit).default([]).describe('Limits on what is chosen together.'),
      seats: seats.nullable().default(null).describe('Places for each value of a field; null: places are for all.')
    })
    .describe('What can be won.'),
  publication: z
    .strictObject({
      provisional: z.enum(['letters', 'public']).default('letters').describe('How the provisional result is told.'),
      winners: z
        .array(z.enum(['title', 'summary', 'institution', 'city', 'country', 'amount', 'total', 'reason', 'name']))
        .describe('What is published of a winner.'),
      reserve: z
        .array(z.enum(['title', 'institution', 'city', 'country', 'amount', 'total', 'reason', 'name']))
        .describe('What is published of a proposal on the reserve list.'),
      counts: z
        .array(z.enum(['country', 'theme', 'language']))
        .default(['country'])
        .describe('By what all proposals are counted in public.'),
      jurors: z
        .literal('pseudonyms')
        .optional()
        .describe(
          'Said where the method compares jurors: each then has one pseudonym in the result bundle, not a label for each review.'
        )
    })
    .describe('What is published.')
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
