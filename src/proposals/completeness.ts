import { type Field, type FieldOf, type Form, fieldsOf } from '../calls/form.ts'
import type { Answer, Answers, Row } from './answers.ts'
import { budgetLine, budgetSums, checkRules, inCurrency, isEmptyRow } from './budget.ts'
import { centsOf, decimalOf } from './numbers.ts'
import { leftOf } from './words.ts'

/** What stands between a draft and its submission: the field, a code (`problem.<code>`) and the facts of its sentence. */
export type Problem = { field: string; code: string; row?: number; column?: string } & Record<string, unknown>

export type FilesByField = Record<string, number>

/** All that is missing or wrong, in the order of the form. `files` counts attachments by field. */
export function problemsIn(form: Form, answers: Answers, files: FilesByField): Problem[] {
  return fieldsOf(form).flatMap(field => problemsOf(field, answers, files[field.id] ?? 0))
}

export type SectionState = { id: string; state: 'complete' | 'begun' | 'not_started'; problems: Problem[] }

/** Where each section stands: complete, begun (with what is wrong) or not started. */
export function sectionStates(form: Form, answers: Answers, files: FilesByField): SectionState[] {
  return form.sections.map(section => {
    const problems = section.fields.flatMap(field => problemsOf(field, answers, files[field.id] ?? 0))
    const begun = section.fields.some(field =>
      field.type === 'file' ? (files[field.id] ?? 0) > 0 : !isBlank(answers[field.id])
    )
    return { id: section.id, problems, state: problems.length === 0 ? 'complete' : begun ? 'begun' : 'not_started' }
  })
}

/** Answers that exclude the applicant: said kindly and at once, before anybody writes for two evenings. */
export function exclusions(form: Form, answers: Answers): string[] {
  return fieldsOf(form)
    .filter(
      field =>
        field.type === 'yesno' &&
        field.mustBe !== undefined &&
        typeof answers[field.id] === 'boolean' &&
        answers[field.id] !== field.mustBe
    )
    .map(({ id }) => id)
}

export function isRequired(field: Field, answers: Answers): boolean {
  if (field.required) return true
  if (!field.requiredIf) return false
  const other = answers[field.requiredIf.field]
  return typeof other === 'string' && other !== '' && other !== field.requiredIf.not
}

export function isBlank(answer: Answer | undefined): boolean {
  if (answer === undefined || answer === null || answer === false) return true
  if (typeof answer === 'string') return answer.trim() === ''
  if (answer === true) return false
  return answer.length === 0 || answer.every(item => (typeof item === 'string' ? item.trim() === '' : isEmptyRow(item)))
}

/** Whether nobody has written anything into a draft: a language that the form proposed is no word of theirs. */
export const isEmptyDraft = (draft: Answers): boolean =>
  Object.entries(draft).every(([field, answer]) => field === 'language' || isBlank(answer))

function problemsOf(field: Field, answers: Answers, files: number): Problem[] {
  const answer = answers[field.id]
  const problem = (code: string, facts: Record<string, unknown> = {}): Problem[] => [
    { field: field.id, code, ...facts }
  ]
  if (field.type === 'file') {
    if (files === 0) return field.required ? problem('file_missing') : []
    return files > field.maxFiles ? problem('too_many_files', { files, most: field.maxFiles }) : []
  }
  if (field.type === 'yesno') {
    if (typeof answer !== 'boolean') return field.required ? problem('unanswered') : []
    return field.mustBe !== undefined && answer !== field.mustBe ? problem('excluded') : []
  }
  if (isBlank(answer)) {
    if (!isRequired(field, answers)) return []
    return problem(
      field.type === 'consent'
        ? 'consent_missing'
        : field.type === 'choice' || field.type === 'language'
          ? 'choice_missing'
          : 'missing'
    )
  }
  switch (field.type) {
    case 'text':
    case 'longtext': {
      const left = field.limit ? leftOf(String(answer), field.limit) : 0
      return left < 0 && field.limit
        ? problem(field.limit.unit === 'words' ? 'too_many_words' : 'too_many_characters', {
            over: -left,
            most: field.limit.max
          })
        : []
    }
    case 'choice':
      return field.options.includes(String(answer)) ? [] : problem('choice_missing')
    case 'number':
    case 'money':
      return amountProblems(field, String(answer), problem)
    case 'date':
      return isDate(String(answer)) ? [] : problem('no_date')
    case 'tags': {
      const tags = (answer as string[]).filter(tag => tag.trim() !== '')
      if (tags.length < field.minItems) return problem('too_few_items', { items: tags.length, least: field.minItems })
      return tags.length > field.maxItems ? problem('too_many_items', { items: tags.length, most: field.maxItems }) : []
    }
    case 'table':
      return tableProblems(field, rowsOf(answer))
    case 'budget':
      return budgetProblems(field, rowsOf(answer))
    default:
      return []
  }
}

/** The rows of a table answer that somebody has begun. */
export function rowsOf(answer: Answer | undefined): Row[] {
  return Array.isArray(answer) ? answer.filter((row): row is Row => typeof row === 'object' && row !== null) : []
}

function amountProblems(
  field: FieldOf<'number'> | FieldOf<'money'>,
  text: string,
  problem: (code: string, facts?: Record<string, unknown>) => Problem[]
): Problem[] {
  const read = field.type === 'money' ? centsOf(text) : decimalOf(text)
  if (read === null) return problem('no_number')
  const value = typeof read === 'bigint' ? Number(read) / 100 : Number(read.units) / 10 ** read.decimals
  if (field.min !== undefined && value < field.min) return problem('too_low', { least: field.min })
  return field.max !== undefined && value > field.max ? problem('too_high', { most: field.max }) : []
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  if (!year || !month || !day) return false
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days
}

function rowCount(field: FieldOf<'table'> | FieldOf<'budget'>, filled: number): Problem[] {
  if (filled < field.minRows) return [{ field: field.id, code: 'too_few_rows', rows: filled, least: field.minRows }]
  return filled > field.maxRows ? [{ field: field.id, code: 'too_many_rows', rows: filled, most: field.maxRows }] : []
}

function tableProblems(field: FieldOf<'table'>, rows: Row[]): Problem[] {
  const problems = rowCount(field, rows.filter(row => !isEmptyRow(row)).length)
  for (const [index, row] of rows.entries()) {
    if (isEmptyRow(row)) continue
    for (const column of field.columns) {
      const text = (row[column.id] ?? '').trim()
      const at = { field: field.id, row: index, column: column.id }
      if (text === '') problems.push({ ...at, code: 'cell_missing' })
      else if (column.type === 'text' && leftOf(text, { unit: 'chars', max: column.max }) < 0)
        problems.push({ ...at, code: 'cell_too_long', most: column.max })
      else if (
        column.type === 'integer' &&
        !(/^\d{1,9}$/.test(text) && Number(text) >= column.min && Number(text) <= column.max)
      ) {
        problems.push({ ...at, code: 'cell_not_between', least: column.min, most: column.max })
      } else if (column.type === 'choice' && !column.options.includes(text))
        problems.push({ ...at, code: 'cell_no_choice' })
    }
  }
  return problems
}

function budgetProblems(field: FieldOf<'budget'>, rows: Row[]): Problem[] {
  const problems = rowCount(field, rows.filter(row => !isEmptyRow(row)).length)
  for (const [index, row] of rows.entries()) {
    if (isEmptyRow(row)) continue
    const at = { field: field.id, row: index }
    const { total, own, requested } = budgetLine(row)
    if (!(row.item ?? '').trim()) problems.push({ ...at, column: 'item', code: 'cell_missing' })
    if (!field.categories.includes(row.category ?? ''))
      problems.push({ ...at, column: 'category', code: 'cell_no_choice' })
    if (total === null)
      problems.push({ ...at, column: decimalOf(row.quantity ?? '') ? 'unit_cost' : 'quantity', code: 'cell_no_number' })
    else if (total < 0n) problems.push({ ...at, column: 'quantity', code: 'cell_negative' })
    if (own === null) problems.push({ ...at, column: 'own', code: 'cell_no_number' })
    else if (own < 0n || (requested !== null && requested < 0n))
      problems.push({ ...at, column: 'own', code: 'own_above_total' })
  }
  for (const { id, kind, category, percent, holds, is, bound } of checkRules(field, budgetSums(rows))) {
    if (holds) continue
    const apart = is > bound ? is - bound : bound - is
    problems.push({
      field: field.id,
      code: `budget_${kind}`,
      rule: id,
      is: inCurrency(is),
      bound: inCurrency(bound),
      apart: inCurrency(apart),
      ...(category === undefined ? {} : { category }),
      ...(percent === undefined ? {} : { percent })
    })
  }
  return problems
}
