import { z } from 'zod'

/** One text per language. English or another, but never nothing. */
export const texts = z.record(z.string(), z.string().max(20_000))

const limit = z.strictObject({
  unit: z.enum(['words', 'chars']).describe('What is counted.'),
  max: z.number().int().positive().describe('At most so many.')
})

const base = {
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/)
    .describe('The name of the answer.'),
  label: texts.describe('What is asked, by language.'),
  help: texts.optional().describe('A hint, by language.'),
  required: z.boolean().default(false).describe('Whether a proposal can be submitted without it.'),
  requiredIf: z
    .strictObject({
      field: z.string().describe('The other answer.'),
      not: z.string().describe('The value with which this one is not needed.')
    })
    .optional()
    .describe('Needed only where another answer differs from a value: { "field": "language", "not": "en" }.'),
  criterion: z.string().optional().describe('The criterion that this answer is about: shown beside it to jurors.'),
  publicIfAwarded: z.boolean().optional().describe('Whether the answer of a winner becomes public.')
}

const columnBase = {
  id: z.string().describe('The name of the column.'),
  label: texts.optional().describe('Its heading, by language.')
}

const column = z.discriminatedUnion('type', [
  z.strictObject({
    ...columnBase,
    type: z.literal('text').describe('A text.'),
    max: z.number().int().positive().describe('At most so many characters.')
  }),
  z.strictObject({
    ...columnBase,
    type: z.literal('integer').describe('A whole number.'),
    min: z.number().int().describe('The lowest.'),
    max: z.number().int().describe('The highest.')
  }),
  z.strictObject({
    ...columnBase,
    type: z.literal('choice').describe('One of several.'),
    options: z.array(z.string()).min(1).describe('What can be chosen.')
  })
])

const ruleId = z.string().describe('The name of the rule.')

/** Four named kinds, not an expression language. Shares are in percent; amounts in the call's currency. */
export const budgetRule = z.discriminatedUnion('kind', [
  z.strictObject({
    id: ruleId,
    kind: z.literal('largest_request').describe('What is asked for is at most an amount.'),
    amount: z.number().positive().describe('The amount.')
  }),
  z.strictObject({
    id: ruleId,
    kind: z.literal('smallest_request').describe('What is asked for is at least an amount.'),
    amount: z.number().nonnegative().describe('The amount.')
  }),
  z.strictObject({
    id: ruleId,
    kind: z.literal('own_share').describe('The applicant pays at least a share.'),
    percent: z.number().min(0).max(100).describe('The share, in percent.')
  }),
  z.strictObject({
    id: ruleId,
    kind: z.literal('category_share').describe('One category takes at most a share.'),
    category: z.string().describe('The category.'),
    percent: z.number().min(0).max(100).describe('The share, in percent.')
  })
])

const lowest = z.number().optional().describe('The lowest.')
const highest = z.number().optional().describe('The highest.')
const rows = {
  minRows: z.number().int().describe('At least so many rows.'),
  maxRows: z.number().int().describe('At most so many rows.')
}

export const field = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.literal('yesno').describe('Yes or no.'),
    mustBe: z.boolean().optional().describe('The only answer with which a proposal can be submitted.')
  }),
  z.strictObject({
    ...base,
    type: z.literal('choice').describe('One of several.'),
    options: z.array(z.string()).min(1).describe('What can be chosen.'),
    optionLabels: z.record(z.string(), texts).optional().describe('What people call each choice, by language.')
  }),
  z.strictObject({ ...base, type: z.literal('language').describe('A language.') }),
  z.strictObject({
    ...base,
    type: z.literal('text').describe('One line.'),
    limit: limit.optional().describe('How long it may be.')
  }),
  z.strictObject({
    ...base,
    type: z.literal('longtext').describe('A text.'),
    limit: limit.optional().describe('How long it may be.')
  }),
  z.strictObject({ ...base, type: z.literal('number').describe('A number.'), min: lowest, max: highest }),
  z.strictObject({ ...base, type: z.literal('money').describe('An amount.'), min: lowest, max: highest }),
  z.strictObject({ ...base, type: z.literal('date').describe('A day.') }),
  z.strictObject({
    ...base,
    type: z.literal('tags').describe('Several words.'),
    minItems: z.number().int().describe('At least so many.'),
    maxItems: z.number().int().describe('At most so many.')
  }),
  z.strictObject({
    ...base,
    type: z.literal('table').describe('A table.'),
    ...rows,
    columns: z.array(column).min(1).describe('Its columns.')
  }),
  z.strictObject({
    ...base,
    type: z.literal('budget').describe('A budget.'),
    ...rows,
    categories: z.array(z.string()).min(1).describe('The categories of cost.'),
    categoryLabels: z.record(z.string(), texts).optional().describe('What people call each, by language.'),
    rules: z.array(budgetRule).describe('What must hold.'),
    notAllowed: z.array(z.string()).default([]).describe('What cannot be paid for.')
  }),
  z.strictObject({
    ...base,
    type: z.literal('file').describe('Files.'),
    maxFiles: z.number().int().positive().describe('At most so many.'),
    maxMb: z.number().positive().describe('The largest, in MB of 2^20 bytes.'),
    accept: z.array(z.string()).min(1).describe('The kinds that are accepted.')
  }),
  z.strictObject({ ...base, type: z.literal('consent').describe('A declaration to agree to.') })
])

export const form = z.strictObject({
  sections: z
    .array(
      z.strictObject({
        id: z.string().describe('The name of the section.'),
        title: texts.describe('Its heading, by language.'),
        help: texts.optional().describe('What it is about, by language.'),
        fields: z.array(field).min(1).describe('What is asked in it.')
      })
    )
    .min(1)
    .describe('The sections, in order.')
})

export type Form = z.infer<typeof form>
export type Field = z.infer<typeof field>
export type FieldOf<Type extends Field['type']> = Extract<Field, { type: Type }>
export type BudgetRule = z.infer<typeof budgetRule>

export const fieldsOf = (form: Form): Field[] => form.sections.flatMap(({ fields }) => fields)

/** The first field that holds the title, the summary, …: what lists and letters show of a proposal. */
export const ROLE_FIELDS = ['title', 'title_en', 'summary', 'summary_en', 'language', 'theme'] as const
