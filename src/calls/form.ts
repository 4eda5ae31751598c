import { z } from 'zod'

/** One text per language. English or another, but never nothing. */
export const texts = z.record(z.string(), z.string().max(20_000))

const limit = z.strictObject({ unit: z.enum(['words', 'chars']), max: z.number().int().positive() })

const base = {
  id: z.string().regex(/^[a-z][a-z0-9_]{0,40}$/),
  label: texts,
  help: texts.optional(),
  required: z.boolean().default(false),
  /** Needed only where another answer differs from a value: `{ field: 'language', not: 'en' }`. */
  requiredIf: z.strictObject({ field: z.string(), not: z.string() }).optional(),
  /** The criterion that this answer is about: shown beside it to jurors. */
  criterion: z.string().optional(),
  publicIfAwarded: z.boolean().optional()
}

const column = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string(),
    label: texts.optional(),
    type: z.literal('text'),
    max: z.number().int().positive()
  }),
  z.strictObject({
    id: z.string(),
    label: texts.optional(),
    type: z.literal('integer'),
    min: z.number().int(),
    max: z.number().int()
  }),
  z.strictObject({
    id: z.string(),
    label: texts.optional(),
    type: z.literal('choice'),
    options: z.array(z.string()).min(1)
  })
])

/** Four named kinds, not an expression language. Shares are in percent; amounts in the call's currency. */
export const budgetRule = z.discriminatedUnion('kind', [
  z.strictObject({ id: z.string(), kind: z.literal('largest_request'), amount: z.number().positive() }),
  z.strictObject({ id: z.string(), kind: z.literal('smallest_request'), amount: z.number().nonnegative() }),
  z.strictObject({ id: z.string(), kind: z.literal('own_share'), percent: z.number().min(0).max(100) }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('category_share'),
    category: z.string(),
    percent: z.number().min(0).max(100)
  })
])

export const field = z.discriminatedUnion('type', [
  z.strictObject({ ...base, type: z.literal('yesno'), mustBe: z.boolean().optional() }),
  z.strictObject({
    ...base,
    type: z.literal('choice'),
    options: z.array(z.string()).min(1),
    optionLabels: z.record(z.string(), texts).optional()
  }),
  z.strictObject({ ...base, type: z.literal('language') }),
  z.strictObject({ ...base, type: z.literal('text'), limit: limit.optional() }),
  z.strictObject({ ...base, type: z.literal('longtext'), limit: limit.optional() }),
  z.strictObject({ ...base, type: z.literal('number'), min: z.number().optional(), max: z.number().optional() }),
  z.strictObject({ ...base, type: z.literal('money'), min: z.number().optional(), max: z.number().optional() }),
  z.strictObject({ ...base, type: z.literal('date') }),
  z.strictObject({ ...base, type: z.literal('tags'), minItems: z.number().int(), maxItems: z.number().int() }),
  z.strictObject({
    ...base,
    type: z.literal('table'),
    minRows: z.number().int(),
    maxRows: z.number().int(),
    columns: z.array(column).min(1)
  }),
  z.strictObject({
    ...base,
    type: z.literal('budget'),
    minRows: z.number().int(),
    maxRows: z.number().int(),
    categories: z.array(z.string()).min(1),
    categoryLabels: z.record(z.string(), texts).optional(),
    rules: z.array(budgetRule),
    notAllowed: z.array(z.string()).default([])
  }),
  z.strictObject({
    ...base,
    type: z.literal('file'),
    maxFiles: z.number().int().positive(),
    /** In MB of 2^20 bytes. */
    maxMb: z.number().positive(),
    accept: z.array(z.string()).min(1)
  }),
  z.strictObject({ ...base, type: z.literal('consent') })
])

export const form = z.strictObject({
  sections: z
    .array(z.strictObject({ id: z.string(), title: texts, help: texts.optional(), fields: z.array(field).min(1) }))
    .min(1)
})

export type Form = z.infer<typeof form>
export type Field = z.infer<typeof field>
export type FieldOf<Type extends Field['type']> = Extract<Field, { type: Type }>
export type BudgetRule = z.infer<typeof budgetRule>

export const fieldsOf = (form: Form): Field[] => form.sections.flatMap(({ fields }) => fields)

/** The first field that holds the title, the summary, …: what lists and letters show of a proposal. */
export const ROLE_FIELDS = ['title', 'title_en', 'summary', 'summary_en', 'language', 'theme'] as const
