import { acceptAttribute, kindsFrom } from '../../../attachments/kinds.ts'
import type { Field, FieldOf } from '../../../calls/form.ts'
import type { CallRules } from '../../../calls/rules.ts'
import { sentence } from '../../../i18n/catalogue.ts'
import { clockTime, longDate } from '../../../i18n/formats.ts'
import { inLanguage, languageTaken, OWN_NAMES } from '../../../i18n/languages.ts'
import { zoneName } from '../../../web/render.ts'
import type { Answers, Row } from '../../answers.ts'
import { budgetFigures, categoryName, columnName } from '../../budgeted/pages.ts'
import { isRequired, type Problem, rowsOf } from '../../completeness.ts'
import { problemWords } from '../../problems/pages.ts'
import type { Attachment } from '../../queries.ts'
import { fileSize, writtenIn } from '../../reading/pages.ts'
import { leftOf } from '../../words.ts'

/** What the fields of one page are filled with. */
export type Filling = {
  proposalId: string
  rules: CallRules
  lang: string
  answers: Answers
  files: readonly Attachment[]
  /** Those that are said beside their fields. */
  problems: readonly Problem[]
  /** Files that were just refused: field, name and the sentence. */
  refused: readonly { field: string; name: string; text: string }[]
  /** How many lines a table shows, where somebody asked for more. */
  lines: Record<string, number>
}

export type FieldShown = ReturnType<typeof fieldShown>

/** Every property that the partial reads; a kind fills in its own. */
const nothing = {
  value: '',
  valueLang: '',
  limit: 0,
  unit: 'words',
  left: null as { bold: string; rest: string } | null,
  inputmode: '',
  type: 'text',
  checked: false,
  options: [] as { value: string; text: string; selected: boolean }[],
  head: [] as { text: string; number: boolean }[],
  rows: [] as { cells: Cell[] }[],
  sums: null as { total: string; own: string; requested: string } | null,
  budgetRules: [] as { id: string; text: string; holds: boolean; is: string }[],
  more: '',
  /** Files or refusals stand in the list. */
  listed: false,
  files: [] as { href: string; fileName: string; note: string; removeFormaction: string }[],
  refused: [] as { fileName: string; note: string }[],
  accept: '',
  multiple: false,
  room: false,
  uploadTo: ''
}

type Cell = {
  id: string
  name: string
  label: string
  kind: 'text' | 'area' | 'select' | 'number' | 'shown'
  value: string
  options: { value: string; text: string; selected: boolean }[]
  mistaken: boolean
  across: boolean
  of: string
}

export function fieldShown(field: Field, filling: Filling) {
  const shown = shapeOf(field, filling)
  return { ...shown, described: describedBy(shown) }
}

/** The ids of all that is said about a control, in the order in which it stands around it. */
function describedBy({ id, help, hints, mistakes, left }: ReturnType<typeof shapeOf>): string {
  return [
    ...(help ? [`${id}-help`] : []),
    ...hints.map((_, place) => `${id}-hint-${place}`),
    ...mistakes.map((_, place) => `${id}-mistake-${place}`),
    ...(left ? [`${id}-left`] : [])
  ].join(' ')
}

function shapeOf(field: Field, filling: Filling) {
  const { rules, lang, answers } = filling
  const own = filling.problems.filter(problem => problem.field === field.id)
  const base = {
    ...nothing,
    id: field.id,
    kind: field.type as string,
    label: inLanguage(field.label, lang),
    labelLang: languageTaken(field.label, lang),
    optional: !isRequired(field, answers) && !('mustBe' in field && field.mustBe !== undefined),
    help: inLanguage(field.help, lang),
    helpLang: languageTaken(field.help, lang),
    hints: hintsOf(field, rules, lang),
    mistakes: own.map(problem => problemWords(problem, rules, lang)),
    valueLang: field.id.endsWith('_en') ? 'en' : writtenIn(rules.form, answers)
  }
  const answer = answers[field.id]
  const text = typeof answer === 'string' ? answer : ''
  switch (field.type) {
    case 'text':
    case 'longtext':
      return { ...base, value: text, ...limitShown(text, field.limit, lang) }
    case 'number':
    case 'money':
      return { ...base, kind: 'line', value: text, valueLang: '', inputmode: 'decimal' }
    case 'date':
      return { ...base, kind: 'line', value: text, valueLang: '', type: 'date' }
    case 'tags':
      return { ...base, kind: 'line', value: Array.isArray(answer) ? answer.join(', ') : '' }
    case 'yesno':
      return {
        ...base,
        kind: 'radio',
        options: ['yes', 'no'].map(value => ({
          value,
          text: sentence(lang, `proposals.${value}`),
          selected: answer === (value === 'yes')
        }))
      }
    case 'consent':
      return { ...base, checked: answer === true }
    case 'language':
      return {
        ...base,
        kind: 'select',
        options: rules.languages.map(code => ({ value: code, text: OWN_NAMES[code] ?? code, selected: text === code }))
      }
    case 'choice':
      return {
        ...base,
        kind: field.options.length > 5 ? 'select' : 'radio',
        options: field.options.map(value => ({
          value,
          text: inLanguage(field.optionLabels?.[value], lang) || value,
          selected: text === value
        }))
      }
    case 'table':
      return { ...base, ...tableShown(field, filling, own) }
    case 'budget':
      return { ...base, ...budgetShown(field, filling, own) }
    case 'file':
      return { ...base, ...filesShown(field, filling) }
  }
}

function hintsOf(field: Field, rules: CallRules, lang: string): string[] {
  const say = (key: string, facts = {}) => sentence(lang, `proposals.hint.${key}`, facts)
  const criterion = rules.rubric.criteria.find(({ id }) => id === field.criterion)
  const hints = criterion
    ? [say('criterion', { name: inLanguage(criterion.name, lang), weight: criterion.weight })]
    : []
  switch (field.type) {
    case 'file':
      return [
        ...hints,
        say('file', { most: field.maxFiles, kinds: kindsFrom(field.accept).join(', '), mb: field.maxMb })
      ]
    case 'tags':
      return [...hints, say('tags', { least: field.minItems, most: field.maxItems })]
    case 'number':
    case 'money':
      if (field.min !== undefined && field.max !== undefined)
        return [...hints, say('between', { least: field.min, most: field.max })]
      return hints
    case 'budget':
      return field.notAllowed.length > 0 ? [...hints, say('not_paid', { things: field.notAllowed.join(', ') })] : hints
    default:
      return hints
  }
}

function limitShown(text: string, limit: { unit: 'words' | 'chars'; max: number } | undefined, lang: string) {
  if (!limit) return {}
  const left = leftOf(text, limit)
  return {
    limit: limit.max,
    unit: limit.unit,
    left: {
      bold: sentence(lang, `web.${limit.unit}_${left < 0 ? 'over' : 'left'}`, { count: Math.abs(left) }),
      rest: sentence(lang, 'web.of_limit', { limit: limit.max })
    }
  }
}

/** Lines that are filled, one more to go on with, and at least as many as the form asks for. */
function linesOf(field: FieldOf<'table'> | FieldOf<'budget'>, { answers, lines }: Filling): Row[] {
  const rows = rowsOf(answers[field.id])
  const wanted = Math.max(rows.length + (rows.length === 0 ? 1 : 0), field.minRows, lines[field.id] ?? 0)
  const shown = Math.max(rows.length, Math.min(wanted, field.maxRows))
  return Array.from({ length: shown }, (_, place) => rows[place] ?? {})
}

function tableShown(field: FieldOf<'table'>, filling: Filling, problems: readonly Problem[]) {
  const { lang } = filling
  const rows = linesOf(field, filling)
  return {
    head: field.columns.map(({ id, label, type }) => ({
      text: columnName(label, id, lang),
      number: type === 'integer'
    })),
    rows: rows.map((row, place) => ({
      cells: field.columns.map((column): Cell => {
        const value = row[column.id] ?? ''
        return {
          ...cellAt(field.id, place, column.id, columnName(column.label, column.id, lang), value, problems),
          kind: column.type === 'choice' ? 'select' : column.type === 'integer' ? 'number' : 'area',
          options:
            column.type === 'choice'
              ? column.options.map(option => ({ value: option, text: option, selected: option === value }))
              : [],
          across: column.type === 'text'
        }
      })
    })),
    more: rows.length < field.maxRows ? field.id : ''
  }
}

function budgetShown(field: FieldOf<'budget'>, filling: Filling, problems: readonly Problem[]) {
  const { lang, rules } = filling
  const rows = linesOf(field, filling)
  const figures = budgetFigures(field, rows, rules.currency, lang)
  const columns = [
    { id: 'item', kind: 'area' },
    { id: 'category', kind: 'select' },
    { id: 'quantity', kind: 'number' },
    { id: 'unit_cost', kind: 'number' },
    { id: 'total', kind: 'shown' },
    { id: 'own', kind: 'number' },
    { id: 'requested', kind: 'shown' }
  ] as const
  return {
    head: columns.map(({ id, kind }) => ({
      text: columnName(undefined, id, lang),
      number: kind === 'number' || kind === 'shown'
    })),
    rows: rows.map((row, place) => ({
      cells: columns.map(({ id, kind }): Cell => {
        const computed = id === 'total' || id === 'requested' ? figures.lines[place]?.[id] : undefined
        const value = computed ?? row[id] ?? ''
        return {
          ...cellAt(field.id, place, id, columnName(undefined, id, lang), value, problems),
          kind,
          options:
            id === 'category'
              ? field.categories.map(category => ({
                  value: category,
                  text: categoryName(field, category, lang),
                  selected: category === value
                }))
              : [],
          across: id === 'item' || id === 'category'
        }
      })
    })),
    sums: figures.sums,
    budgetRules: figures.rules,
    more: rows.length < field.maxRows ? field.id : ''
  }
}

function cellAt(
  field: string,
  place: number,
  column: string,
  label: string,
  value: string,
  problems: readonly Problem[]
): Omit<Cell, 'kind' | 'options' | 'across'> {
  return {
    id: `${field}-${place}-${column}`,
    name: `${field}.${place}.${column}`,
    label,
    value,
    mistaken: problems.some(problem => problem.row === place && problem.column === column),
    of: `${field}.${place}`
  }
}

function filesShown(field: FieldOf<'file'>, { proposalId, files, refused, lang, rules }: Filling) {
  const here = files.filter(file => file.field === field.id)
  return {
    listed: here.length > 0 || refused.some(file => file.field === field.id),
    files: here.map(({ id, name, bytes, receivedAt }) => ({
      href: `/attachments/${id}`,
      fileName: name,
      note: sentence(lang, 'proposals.file.received', {
        size: fileSize(lang, bytes),
        day: longDate(lang, receivedAt, rules.zone),
        time: clockTime(lang, receivedAt, rules.zone),
        zone: zoneName(lang, rules.zone)
      }),
      removeFormaction: `/proposals/${proposalId}/draft?remove=${id}`
    })),
    refused: refused
      .filter(file => file.field === field.id)
      .map(({ name, text }) => ({ fileName: name || sentence(lang, 'proposals.file.none'), note: text })),
    accept: acceptAttribute(kindsFrom(field.accept)),
    multiple: field.maxFiles - here.length > 1,
    room: here.length < field.maxFiles,
    uploadTo: `/proposals/${proposalId}/attachments/${field.id}`
  }
}
