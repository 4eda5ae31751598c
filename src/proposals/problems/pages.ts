import { type Field, fieldsOf } from '../../calls/form.ts'
import type { CallRules } from '../../calls/rules.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { money, percent } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { categoryName, columnName } from '../budgeted/pages.ts'
import type { Problem, SectionState } from '../completeness.ts'

/** What is only not there yet, and no reproach while somebody is still writing. */
const NOT_YET = [
  'missing',
  'unanswered',
  'choice_missing',
  'consent_missing',
  'file_missing',
  'too_few_items',
  'too_few_rows',
  'cell_missing',
  'budget_smallest_request'
]

export const isNotYet = ({ code }: Problem) => NOT_YET.includes(code)

/** The sentence beside a field that says how to mend it. */
export function problemWords(problem: Problem, rules: CallRules, lang: string): string {
  const { field: id, code, row, column, ...facts } = problem
  const field = fieldsOf(rules.form).find(field => field.id === id)
  const spoken = Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, spokenFact(name, value, field, rules, lang)])
  )
  const text = sentence(lang, `proposals.problem.${code}`, spoken)
  if (row === undefined) return text
  const cell = column ? columnName(columnLabel(field, column), column, lang) : ''
  return sentence(lang, 'proposals.problem.in_line', { row: row + 1, cell, text })
}

function spokenFact(name: string, value: unknown, field: Field | undefined, rules: CallRules, lang: string): unknown {
  if (field?.type === 'budget') {
    if (name === 'category') return categoryName(field, String(value), lang)
    if (name === 'percent') return percent(lang, Number(value) / 100, 2)
    if (['is', 'bound', 'apart'].includes(name)) return money(lang, Number(value), rules.currency)
  }
  return value
}

function columnLabel(field: Field | undefined, column: string): Record<string, string> | undefined {
  return field?.type === 'table' ? field.columns.find(({ id }) => id === column)?.label : undefined
}

/** The linked list above a form: each problem at its field, under the field's own label. */
export function problemList(problems: readonly Problem[], rules: CallRules, lang: string, at = '') {
  const fields = fieldsOf(rules.form)
  return problems.map(problem => ({
    href: `${at}#${problem.field}`,
    lead: inLanguage(fields.find(({ id }) => id === problem.field)?.label, lang),
    text: problemWords(problem, rules, lang)
  }))
}

/** Where a section stands, as a state word. */
export function sectionWord({ state, problems }: SectionState, lang: string): { state: string; text: string } {
  const wrong = problems.filter(problem => !isNotYet(problem)).length
  if (state === 'complete') return { state: 'done', text: sentence(lang, 'proposals.section.complete') }
  if (wrong > 0) return { state: 'bad', text: sentence(lang, 'proposals.section.mistakes', { count: wrong }) }
  if (state === 'not_started') return { state: 'ahead', text: sentence(lang, 'proposals.section.not_started') }
  const fields = new Set(problems.map(({ field }) => field)).size
  return { state: 'warn', text: sentence(lang, 'proposals.section.missing', { count: fields }) }
}
