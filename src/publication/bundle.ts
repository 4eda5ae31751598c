import { z } from 'zod'
import { callRules, digestOf } from '../calls/rules.ts'
import { METHODS } from '../ranking/schema.ts'

export const BUNDLE_FORMAT = 'laurel-bundle-1'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const prefixed = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const number = z.string().min(1)
const numbers = z.array(number)
const figure = z.number().nullable()
const count = z.number().int().nonnegative()

const scale = z.strictObject({
  min: z.number().describe('The lowest score.'),
  max: z.number().describe('The highest score.'),
  step: z.number().positive().nullable().describe('The distance between two scores; null: any number between.'),
  direction: z.enum(['higher', 'lower']).describe('Whether a higher or a lower score is better.')
})

const criterion = z.strictObject({
  id: z.string().min(1).describe('The name of the criterion in the scores.'),
  weight: z.number().positive().describe('Its weight in the total.'),
  threshold: figure.describe('The least mean with which a proposal can be chosen; null: none.')
})

const proposal = z
  .object({ id: number.describe('The number of the proposal.') })
  .catchall(
    z
      .union([z.string(), z.number(), z.boolean()])
      .describe('A field that a limit or a rung of the tie ladder had to read; no other field is here.')
  )

const review = z.strictObject({
  proposal: number.describe('The number of the proposal that was scored.'),
  juror: z
    .string()
    .min(1)
    .describe(
      'A label. In the public bundle it is drawn by lot for this one review, so that no two reviews can be linked, unless the sealed method compares jurors and the call said that each has one pseudonym; in the auditor’s bundle it is the pseudonym of the juror.'
    ),
  scores: z.record(z.string(), z.number()).describe('The score for each criterion, by its id.'),
  status: z.enum(['counted', 'void']).describe('Void reviews count for nothing.')
})

const limit = z.strictObject({
  field: z.string().describe('The field that is limited.'),
  min: count.describe('At least so many of each value.'),
  max: count.nullable().describe('At most so many of each value; null: no limit.')
})

const shared = {
  method: z.enum(METHODS).describe('The method that decides.'),
  totalThreshold: figure.describe('The least total with which a proposal can be chosen; null: none.'),
  rounding: z
    .number()
    .int()
    .nullable()
    .describe('Decimals to which figures are rounded half up before they are compared; null: compared exactly.'),
  budget: z
    .strictObject({
      total: z.number().describe('The money there is.'),
      partial: z.boolean().describe('Whether the last award may be less than was asked for.')
    })
    .nullable()
    .describe('The envelope; null: none.'),
  tieLadder: z.array(z.string()).describe('The rungs that part equal proposals, in order.')
}

const deciding = z.union([
  z.strictObject({
    ...shared,
    seats: z.null().describe('No seats: places are for all.'),
    awards: count.describe('How many awards there are.'),
    reserve: count.describe('How many stand on the reserve list.'),
    limits: z.array(limit).describe('Limits on what is chosen together.')
  }),
  z.strictObject({
    ...shared,
    seats: z
      .strictObject({
        field: z.string().describe('The field whose values have places of their own.'),
        places: z.record(z.string(), count).describe('How many places each value has.'),
        reserve: count.describe('How many stand in reserve for each value.')
      })
      .describe('So many places for each value of a field.')
  })
])

/** The normalised input of a ranking: what `laurel rank` reads, complete and in order. */
const input = z.strictObject({
  scale: scale.describe('The scale of the scores.'),
  criteria: z.array(criterion).min(1).describe('What was scored, with weights.'),
  proposals: z.array(proposal).describe('The proposals, in order of their numbers.'),
  jurors: z.array(z.string().min(1)).describe('The labels used in the reviews, in order.'),
  reviews: z.array(review).describe('Every review that takes part, in order of proposal and label.'),
  recusals: z
    .array(
      z.strictObject({
        proposal: number.describe('The proposal that the juror stood aside from.'),
        juror: z.string().describe('The pseudonym of the juror.')
      })
    )
    .describe('Who stood aside from what. Empty in the public bundle.'),
  rules: deciding.describe('What decides, as the sealed rules say it.')
})

const row = z.strictObject({
  proposal: number.describe('The number of the proposal.'),
  rank: count.nullable().describe('1, 2, 2, 4; null where no review counts.'),
  value: figure.describe('The figure of the deciding method.'),
  total: figure.describe('The total, of 100.'),
  mean: figure.describe('The mean of the review scores, on the scale.'),
  reviews: count.describe('How many reviews count.'),
  tied: z.boolean().describe('Whether another proposal shares the rank.')
})

const reason = z.strictObject({
  code: z.string().describe('awarded, reserve, tied, places, limit:<field>, threshold:total or threshold:<criterion>.'),
  because: z.string().optional().describe('Why one in reserve was not awarded.'),
  failed: z.array(z.string()).optional().describe('Every threshold that was not reached.'),
  amount: z.number().optional().describe('What is left for an award that asked for more.')
})

const selection = z.strictObject({
  awarded: numbers.describe('The winners, in rank order.'),
  reserve: numbers.describe('The reserve list, in rank order.'),
  notAwarded: numbers.describe('Those who passed every threshold and were not chosen.'),
  belowThreshold: numbers.describe('Those below a threshold.'),
  reasons: z.record(z.string(), reason).describe('Why each proposal is in or out.'),
  tied: numbers.describe('Equal proposals that a line would split.'),
  limits: z
    .array(
      z.strictObject({
        field: z.string().describe('The field of the limit, or budget.'),
        price: z
          .strictObject({
            in: numbers.describe('Who would come in without it.'),
            out: numbers.describe('Who would go out without it.')
          })
          .describe('Who would replace whom without this limit.')
      })
    )
    .describe('What each limit changed.')
})

const draw = z.strictObject({
  seal: hex.describe('The seal that stood when the draw was held.'),
  public: z.string().describe('The public value, from the source that the rules name.'),
  hashes: z
    .record(z.string(), hex)
    .describe(
      'For each proposal that the draw parted from another: SHA-256 of “seal:public:number”. The lower stands first.'
    )
})

const tie = z.strictObject({
  proposals: z.tuple([number, number]).describe('Two neighbours with equal values, the first before the second.'),
  step: z.string().describe('The rung that parted them; share: none did.')
})

const entry = z.strictObject({
  chain: z.string().describe('The id of the call.'),
  position: count.describe('1, 2, 3 …'),
  at: z.string().describe('When it happened.'),
  what: z.string().describe('What happened.'),
  about: z.string().nullable().describe('The id of what it happened to.'),
  byPerson: z.string().nullable().describe('The id of who did it.'),
  facts: z.record(z.string(), z.unknown()).describe('Plain facts.'),
  digests: z.record(z.string(), z.string()).describe('Salted digests of personal and free-text values.'),
  previousHash: hex.describe('The hash of the entry before; of the first, 64 zeros.'),
  hash: hex.describe('SHA-256 of the previous hash followed by the canonical JSON of the entry.')
})

const parts = {
  format: z.literal(BUNDLE_FORMAT).describe('The version of this schema.'),
  software: z.string().min(1).describe('The version of Laurel that froze the ranking.'),
  call: z.string().min(1).describe('The short name of the call in its address.'),
  seal: hex.describe('SHA-256 of the canonical JSON (RFC 8785) of the rules.'),
  rules: callRules.meta({ id: 'rules', description: 'The sealed rules of the call, as they stood at publication.' }),
  input: input.meta({
    id: 'input',
    description: 'Everything that the ranking follows from: proposals by number, scores, rubric.'
  }),
  inputHash: prefixed.describe('SHA-256 of the canonical JSON (RFC 8785) of the input, its criteria in order of id.'),
  draw: draw.meta({ id: 'draw' }).nullable().describe('The public draw; null where none was held.'),
  ranking: z.array(row.meta({ id: 'row' })).describe('The ranked list, best first.'),
  ties: z.array(tie.meta({ id: 'tie' })).describe('How equal values were parted.'),
  selection: selection.meta({ id: 'selection', description: 'Who was chosen, and why.' }),
  historyHead: hex.describe('The newest entry of the call’s history before publication.'),
  digest: prefixed.describe('SHA-256 of the canonical JSON (RFC 8785) of everything here but this.')
}

export const publicBundle = z
  .strictObject({ audience: z.literal('public').describe('For everybody.'), ...parts })
  .describe('What everybody can check a published result with.')

export const auditorsBundle = z
  .strictObject({
    audience: z.literal('auditor').describe('For auditors and organisers: it must not be made public.'),
    ...parts,
    publicInputHash: prefixed.describe('The hash of the input of the public bundle, as the results page prints it.'),
    labels: z
      .array(
        z.strictObject({
          proposal: number.describe('The number of the proposal.'),
          juror: z.string().min(1).describe('The pseudonym of the juror here.'),
          label: z.string().min(1).describe('The label of the same review in the public bundle.')
        })
      )
      .describe('Which label of the public bundle stands for whom.'),
    history: z.array(entry).min(1).describe('The call’s history up to the publication, oldest first.')
  })
  .describe('What an auditor can check a published result with: one pseudonym for each juror, and the history.')

export const bundleSchema = z.discriminatedUnion('audience', [publicBundle, auditorsBundle])

export type PublicBundle = z.infer<typeof publicBundle>
export type AuditorsBundle = z.infer<typeof auditorsBundle>
export type Bundle = PublicBundle | AuditorsBundle
export type Label = AuditorsBundle['labels'][number]

/** `sha256:` and the digest of a bundle without the digest that stands in it. */
export function bundleDigest(bundle: object): string {
  const { digest: _, ...rest } = bundle as { digest?: string }
  return `sha256:${digestOf(rest)}`
}
