import { z } from 'zod'
import { type Field, type Form, field as fieldSchema, form as formSchema } from '../form.ts'
import { freshId, moved } from './judging.ts'
import {
  aLine,
  aNumber,
  aText,
  aTick,
  type Flat,
  flatTexts,
  linesOf,
  maybeWhole,
  perLanguage,
  shown,
  textsIn
} from './pieces.ts'

export const TYPES = [
  'text',
  'longtext',
  'choice',
  'yesno',
  'number',
  'money',
  'date',
  'tags',
  'language',
  'table',
  'budget',
  'file',
  'consent'
] as const
export type FieldType = (typeof TYPES)[number]

/** A new field of a kind, ready to be given its words. */
export function freshField(type: FieldType, id: string, label: Record<string, string>): Field {
  const made: Record<string, unknown> = { id, type, label, required: type === 'consent' }
  if (type === 'text') made.limit = { unit: 'chars', max: 150 }
  if (type === 'longtext') made.limit = { unit: 'words', max: 200 }
  if (type === 'choice') made.options = ['1']
  if (type === 'tags') Object.assign(made, { minItems: 0, maxItems: 5 })
  if (type === 'table')
    Object.assign(made, { minRows: 0, maxRows: 5, columns: [{ id: 'name', type: 'text', max: 100 }] })
  if (type === 'budget')
    Object.assign(made, { minRows: 1, maxRows: 15, categories: ['other'], rules: [], notAllowed: [] })
  if (type === 'file') Object.assign(made, { maxFiles: 1, maxMb: 5, accept: ['pdf'] })
  return fieldSchema.parse(made)
}

/** Moving and removing by plain buttons: `up:field:title`, `down:section:idea`, `remove:field:title`. */
export function changedForm(form: Form, act: string): Form | null {
  const [verb = '', kind = '', id = ''] = act.split(':')
  if (!['up', 'down', 'remove'].includes(verb)) return null
  const by = verb === 'up' ? -1 : 1
  if (kind === 'section') {
    const at = form.sections.findIndex(section => section.id === id)
    if (at < 0) return null
    if (verb !== 'remove') return { sections: moved(form.sections, at, by) }
    return form.sections.length > 1 ? { sections: form.sections.filter(section => section.id !== id) } : null
  }
  const home = form.sections.findIndex(({ fields }) => fields.some(field => field.id === id))
  const section = form.sections[home]
  if (!section) return null
  const at = section.fields.findIndex(field => field.id === id)
  if (verb === 'remove') {
    // The last field takes its section with it, for a section without fields is none.
    const sections = form.sections
      .map((one, index) => (index === home ? { ...one, fields: one.fields.filter(field => field.id !== id) } : one))
      .filter(({ fields }) => fields.length > 0)
    return sections.length > 0 ? { sections } : null
  }
  const neighbour = form.sections[home + by]
  const field = section.fields[at]
  const edge = by < 0 ? at === 0 : at === section.fields.length - 1
  if (!edge || !field) return put(form, home, moved(section.fields, at, by))
  if (!neighbour || section.fields.length === 1) return null
  const into = by < 0 ? [...neighbour.fields, field] : [field, ...neighbour.fields]
  return put(
    put(
      form,
      home,
      section.fields.filter(one => one.id !== id)
    ),
    home + by,
    into
  )
}

const put = (form: Form, home: number, fields: Field[]): Form => ({
  sections: form.sections.map((section, index) => (index === home ? { ...section, fields } : section))
})

export function withNewSection(form: Form, title: Record<string, string>, label: Record<string, string>): Form {
  const id = freshId(
    'section',
    form.sections.map(section => section.id)
  )
  return { sections: [...form.sections, { id, title, fields: [freshField('longtext', freshFieldId(form), label)] }] }
}

export function withNewField(
  form: Form,
  sectionId: string,
  type: FieldType,
  label: Record<string, string>
): { form: Form; id: string } | null {
  const home = form.sections.findIndex(({ id }) => id === sectionId)
  const section = form.sections[home]
  if (!section) return null
  const id = freshFieldId(form)
  return { id, form: put(form, home, [...section.fields, freshField(type, id, label)]) }
}

const freshFieldId = (form: Form) =>
  freshId(
    'field',
    form.sections.flatMap(({ fields }) => fields.map(({ id }) => id))
  )

// One section's own page

export const sectionSchema = (languages: readonly string[]) =>
  z.object({ ...perLanguage('title', languages, aLine(120)), ...perLanguage('help', languages, aText(1000)) })

export const flatOfSection = ({ title, help }: Form['sections'][number]): Flat => ({
  ...flatTexts('title', title),
  ...flatTexts('help', help)
})

export function withSection(form: Form, id: string, data: Record<string, unknown>, languages: readonly string[]): Form {
  return {
    sections: form.sections.map(({ help: before, ...section }) => {
      if (section.id !== id) return { ...section, ...(before && { help: before }) }
      const help = textsIn(data, 'help', languages, before)
      return {
        ...section,
        title: textsIn(data, 'title', languages, section.title),
        ...(Object.keys(help).length > 0 ? { help } : {})
      }
    })
  }
}

// One field's own page

const ID = /^[a-z][a-z0-9_]{0,40}$/
export const ACCEPT = ['pdf', 'png', 'jpg', 'odt', 'docx', 'ods', 'xlsx', 'csv', 'txt'] as const

export const fieldPageSchema = (languages: readonly string[]) =>
  z.object({
    id: aLine(41).pipe(z.string().regex(ID, 'id_form')),
    required: aTick,
    criterion: aLine(41),
    publicIfAwarded: aTick,
    'requiredIf.field': aLine(41),
    'requiredIf.not': aLine(120),
    ...perLanguage('label', languages, aLine(300)),
    ...perLanguage('help', languages, aText(1000)),
    'limit.max': maybeWhole(1, 100_000),
    'limit.unit': z.enum(['words', 'chars']).default('words'),
    min: aNumber(-1e12, 1e12),
    max: aNumber(-1e12, 1e12),
    least: maybeWhole(0, 1000),
    most: maybeWhole(0, 1000),
    options: aText(8000),
    mustBe: z.enum(['', 'yes', 'no']).default(''),
    columns: aText(4000),
    categories: aText(4000),
    notAllowed: aText(4000),
    'rule.largest_request': aNumber(0.01, 1e12),
    'rule.smallest_request': aNumber(0, 1e12),
    'rule.own_share': aNumber(0, 100),
    'rule.category': aLine(80),
    'rule.category_share': aNumber(0, 100),
    maxFiles: maybeWhole(1, 20),
    maxMb: aNumber(0.1, 200),
    accept: z.preprocess(value => (value === undefined ? [] : [value].flat()), z.array(z.string().max(10)).max(20))
  }) as unknown as z.ZodType<Record<string, unknown>>

export function flatOfField(field: Field): Flat {
  const flat: Flat = {
    id: field.id,
    criterion: field.criterion ?? '',
    'requiredIf.field': field.requiredIf?.field ?? '',
    'requiredIf.not': field.requiredIf?.not ?? '',
    ...(field.required ? { required: 'on' } : {}),
    ...(field.publicIfAwarded ? { publicIfAwarded: 'on' } : {}),
    ...flatTexts('label', field.label),
    ...flatTexts('help', field.help)
  }
  const put = (more: Flat) => Object.assign(flat, more)
  if ((field.type === 'text' || field.type === 'longtext') && field.limit)
    put({ 'limit.max': shown(field.limit.max), 'limit.unit': field.limit.unit })
  if (field.type === 'number' || field.type === 'money') put({ min: shown(field.min), max: shown(field.max) })
  if (field.type === 'yesno') put({ mustBe: field.mustBe === undefined ? '' : field.mustBe ? 'yes' : 'no' })
  if (field.type === 'tags') put({ least: shown(field.minItems), most: shown(field.maxItems) })
  if (field.type === 'choice') put({ options: optionLines(field.options, field.optionLabels) })
  if (field.type === 'table')
    put({ least: shown(field.minRows), most: shown(field.maxRows), columns: field.columns.map(columnLine).join('\n') })
  if (field.type === 'budget') {
    put({
      least: shown(field.minRows),
      most: shown(field.maxRows),
      categories: optionLines(field.categories, field.categoryLabels),
      notAllowed: field.notAllowed.join('\n')
    })
    for (const rule of field.rules) {
      if (rule.kind === 'category_share')
        put({ 'rule.category': rule.category, 'rule.category_share': shown(rule.percent) })
      else if (rule.kind === 'own_share') put({ 'rule.own_share': shown(rule.percent) })
      else put({ [`rule.${rule.kind}`]: shown(rule.amount) })
    }
  }
  if (field.type === 'file') put({ maxFiles: shown(field.maxFiles), maxMb: shown(field.maxMb), accept: field.accept })
  return flat
}

/** One option a line; after "=" its words for people, where they differ: "media = Newspapers and radio". */
const optionLines = (options: string[], labels: Record<string, Record<string, string>> | undefined) =>
  options
    .map(option => {
      const words = labels?.[option]
      const shown = words?.en ?? Object.values(words ?? {})[0]
      return shown && shown !== option ? `${option} = ${shown}` : option
    })
    .join('\n')

type Column = Extract<Field, { type: 'table' }>['columns'][number]

/** "name: text 100", "month: integer 1 12", "kind: choice school; media". */
function columnLine(column: Column): string {
  if (column.type === 'text') return `${column.id}: text ${column.max}`
  if (column.type === 'integer') return `${column.id}: integer ${column.min} ${column.max}`
  return `${column.id}: choice ${column.options.join('; ')}`
}

export function columnIn(line: string, before: readonly Column[]): Column | null {
  const [, id, type, rest = ''] = /^([a-z][a-z0-9_]*)\s*:\s*(text|integer|choice)\b\s*(.*)$/.exec(line) ?? []
  if (!id) return null
  const label = before.find(column => column.id === id)?.label
  const base = { id, ...(label && { label }) }
  const [first, second] = rest.split(/\s+/).map(Number)
  if (type === 'text') return Number.isInteger(first) && (first ?? 0) > 0 ? { ...base, type, max: first ?? 100 } : null
  if (type === 'integer')
    return Number.isInteger(first) && Number.isInteger(second)
      ? { ...base, type, min: first ?? 0, max: second ?? 0 }
      : null
  const options = rest
    .split(';')
    .map(one => one.trim())
    .filter(Boolean)
  return options.length > 0 ? { ...base, type: 'choice', options } : null
}

export type Problem = { field: string; code: string } & Record<string, unknown>

/** The field as its page describes it; or what cannot be read, at its place. */
export function fieldIn(
  before: Field,
  data: Record<string, unknown>,
  languages: readonly string[]
): { field: Field } | { mistakes: Problem[] } {
  const text = (name: string) => String(data[name] ?? '')
  const number = (name: string) => (typeof data[name] === 'number' ? (data[name] as number) : undefined)
  const mistakes: Problem[] = []
  const help = textsIn(data, 'help', languages, before.help)
  const made: Record<string, unknown> = {
    id: text('id'),
    type: before.type,
    label: textsIn(data, 'label', languages, before.label),
    required: data.required === true,
    ...(Object.keys(help).length > 0 ? { help } : {}),
    ...(text('criterion') ? { criterion: text('criterion') } : {}),
    ...(data.publicIfAwarded === true ? { publicIfAwarded: true } : {}),
    ...(text('requiredIf.field')
      ? { requiredIf: { field: text('requiredIf.field'), not: text('requiredIf.not') } }
      : {})
  }
  const need = (name: string) => {
    const value = number(name)
    if (value === undefined) mistakes.push({ field: name, code: 'missing' })
    return value
  }
  switch (before.type) {
    case 'text':
    case 'longtext': {
      const max = number('limit.max')
      if (max !== undefined) made.limit = { unit: text('limit.unit'), max }
      break
    }
    case 'number':
    case 'money':
      for (const end of ['min', 'max']) if (number(end) !== undefined) made[end] = number(end)
      break
    case 'yesno':
      if (text('mustBe')) made.mustBe = text('mustBe') === 'yes'
      break
    case 'tags':
      Object.assign(made, { minItems: need('least'), maxItems: need('most') })
      break
    case 'choice':
      Object.assign(made, optionsIn(text('options'), before.optionLabels, 'options', 'optionLabels', mistakes))
      break
    case 'table': {
      const columns = linesOf(text('columns')).map(line => columnIn(line, before.columns))
      if (columns.length === 0 || columns.includes(null)) mistakes.push({ field: 'columns', code: 'columns_form' })
      Object.assign(made, { minRows: need('least'), maxRows: need('most'), columns })
      break
    }
    case 'budget':
      Object.assign(made, { minRows: need('least'), maxRows: need('most'), notAllowed: linesOf(text('notAllowed')) })
      Object.assign(
        made,
        optionsIn(text('categories'), before.categoryLabels, 'categories', 'categoryLabels', mistakes)
      )
      made.rules = budgetRulesIn(text, number, mistakes)
      break
    case 'file': {
      const accept = [data.accept ?? []].flat()
      if (accept.length === 0) mistakes.push({ field: 'accept', code: 'choose_one' })
      Object.assign(made, { maxFiles: need('maxFiles'), maxMb: need('maxMb'), accept })
      break
    }
    default:
  }
  if (mistakes.length > 0) return { mistakes }
  const read = fieldSchema.safeParse(made)
  return read.success
    ? { field: read.data }
    : { mistakes: read.error.issues.map(({ path }) => ({ field: path.join('.') || 'id', code: 'not_valid' })) }
}

function optionsIn(
  text: string,
  before: Record<string, Record<string, string>> | undefined,
  name: string,
  labelsName: string,
  mistakes: Problem[]
) {
  const labels: Record<string, Record<string, string>> = {}
  const options = linesOf(text).map(line => {
    const [option = '', words = ''] = line.split(/\s*=\s*/, 2)
    const known = before?.[option]
    if (words || known)
      labels[option] = { ...known, ...(words && !Object.values(known ?? {}).includes(words) ? { en: words } : {}) }
    return option
  })
  if (options.length === 0) mistakes.push({ field: name, code: 'missing' })
  return { [name]: options, ...(Object.keys(labels).length > 0 ? { [labelsName]: labels } : {}) }
}

function budgetRulesIn(
  text: (name: string) => string,
  number: (name: string) => number | undefined,
  mistakes: Problem[]
) {
  const rules: Record<string, unknown>[] = []
  for (const kind of ['largest_request', 'smallest_request'] as const) {
    const amount = number(`rule.${kind}`)
    if (amount !== undefined) rules.push({ id: kind, kind, amount })
  }
  const own = number('rule.own_share')
  if (own !== undefined) rules.push({ id: 'own_share', kind: 'own_share', percent: own })
  const share = number('rule.category_share')
  if (share !== undefined && !text('rule.category')) mistakes.push({ field: 'rule.category', code: 'missing' })
  else if (share !== undefined)
    rules.push({ id: 'category_share', kind: 'category_share', category: text('rule.category'), percent: share })
  return rules
}

export function withField(form: Form, id: string, field: Field): Form {
  return {
    sections: form.sections.map(section => ({
      ...section,
      fields: section.fields.map(one => {
        const other =
          one.requiredIf?.field === id ? { ...one, requiredIf: { ...one.requiredIf, field: field.id } } : one
        return one.id === id ? field : other
      })
    }))
  }
}

/** A form out of a file, as it was exported; or where it cannot be read. */
export function formIn(json: string): { form: Form } | { at: string } {
  let raw: unknown
  try {
    raw = JSON.parse(json)
  } catch {
    return { at: 'JSON' }
  }
  const read = formSchema.safeParse(raw)
  return read.success ? { form: read.data } : { at: read.error.issues[0]?.path.join('.') || 'sections' }
}
