import { endingOf } from '../../attachments/names.ts'
import { type Field, type FieldOf, type Form, fieldsOf } from '../../calls/form.ts'
import type { CallRules } from '../../calls/rules.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { longDate, money, plainNumber } from '../../i18n/formats.ts'
import { inLanguage, languageTaken, OWN_NAMES } from '../../i18n/languages.ts'
import type { Answer, Answers } from '../answers.ts'
import { budgetLine, isEmptyRow } from '../budget.ts'
import { amount, budgetFigures, categoryName, columnName } from '../budgeted/pages.ts'
import { isBlank, rowsOf } from '../completeness.ts'
import { centsOf } from '../numbers.ts'
import type { VersionFile } from '../tables.ts'

/** Who reads decides what is shown: jurors get neutral file names and no declarations that screening has checked. */
export type Reader = 'applicant' | 'juror' | 'organiser'

export type Readable = { answers: Answers; files: readonly VersionFile[] }

export type ProposalReading = ReturnType<typeof proposalReading>

/**
 * A proposal as text to read, for `{{> proposals/reading reading=…}}`: sections with answered fields, in the order of
 * the form, under their labels, with the criterion that an answer is about.
 */
export function proposalReading(version: Readable, rules: CallRules, lang: string, reader: Reader = 'juror') {
  const written = writtenIn(rules.form, version.answers)
  return {
    title: titleOf(version.answers),
    titleLang: written,
    titleEn: textIn(version.answers.title_en),
    sections: rules.form.sections
      .map(({ id, title, fields }) => ({
        id,
        title: inLanguage(title, lang),
        titleLang: languageTaken(title, lang),
        fields: fields
          .filter(field => isFor(reader, field))
          .map(field => fieldShown(field, version, rules, lang, reader))
      }))
      .filter(({ fields }) => fields.length > 0)
  }
}

const textIn = (answer: Answer | undefined) => (typeof answer === 'string' ? answer.trim() : '')

/** A proposal's title as lists show it; empty where there is none yet. */
export const titleOf = (answers: Answers) => textIn(answers.title)

/** The language that the answers say they are in; empty where they do not say. */
export function writtenIn(form: Form, answers: Answers): string {
  const field = fieldsOf(form).find(({ type }) => type === 'language')
  const said = field && answers[field.id]
  return typeof said === 'string' && /^[a-z]{2,3}$/.test(said) ? said : ''
}

/** The language of one answer: a field whose name ends in _en is in English whatever the others are in. */
const langOf = (field: Field, form: Form, answers: Answers) =>
  field.id.endsWith('_en') ? 'en' : writtenIn(form, answers)

function isFor(reader: Reader, field: Field): boolean {
  return reader !== 'juror' || !(field.type === 'consent' || (field.type === 'yesno' && field.mustBe !== undefined))
}

/** Every property that the partial reads, empty: a field fills in its own. */
const nothing = {
  text: '',
  textLang: '',
  paragraphs: [] as string[],
  tags: [] as string[],
  head: [] as { text: string; number: boolean }[],
  rows: [] as { text: string; label: string; number: boolean }[][],
  foot: [] as { text: string; label: string }[],
  rules: [] as { text: string; holds: boolean; is: string }[],
  files: [] as ReturnType<typeof fileShown>[],
  note: ''
}

function fieldShown(field: Field, version: Readable, rules: CallRules, lang: string, reader: Reader) {
  const answer = version.answers[field.id]
  const criterion = rules.rubric.criteria.find(({ id }) => id === field.criterion)
  const shown = {
    ...nothing,
    id: field.id,
    value: field.type === 'file' ? null : (answer ?? null),
    label: inLanguage(field.label, lang),
    labelLang: languageTaken(field.label, lang),
    criterion: criterion ? sentence(lang, 'proposals.read.criterion', { name: inLanguage(criterion.name, lang) }) : '',
    criterionId: criterion?.id ?? null,
    kind: 'text' as 'text' | 'prose' | 'tags' | 'table' | 'budget' | 'files' | 'empty',
    textLang: langOf(field, rules.form, version.answers)
  }
  if (field.type === 'file') {
    const files = version.files.filter(file => file.field === field.id)
    if (files.length === 0) return { ...shown, kind: 'empty' as const }
    return {
      ...shown,
      kind: 'files' as const,
      files: files.map((file, place) => fileShown(file, place, field, lang, reader))
    }
  }
  if (field.type === 'yesno' || field.type === 'consent') {
    const key = answer === true ? 'yes' : answer === false || field.type === 'consent' ? 'no' : null
    return key
      ? { ...shown, text: sentence(lang, `proposals.${key}`), textLang: lang }
      : { ...shown, kind: 'empty' as const }
  }
  if (isBlank(answer)) return { ...shown, kind: 'empty' as const }
  switch (field.type) {
    case 'longtext':
      return { ...shown, kind: 'prose' as const, paragraphs: paragraphsOf(String(answer)) }
    case 'tags':
      return { ...shown, kind: 'tags' as const, tags: (answer as string[]).filter(tag => tag.trim() !== '') }
    case 'table':
      return { ...shown, kind: 'table' as const, ...tableShown(field, answer, lang) }
    case 'budget':
      return { ...shown, kind: 'budget' as const, ...budgetShown(field, answer, rules.currency, lang) }
    default:
      return { ...shown, ...lineShown(field, String(answer), rules, lang, shown.textLang) }
  }
}

export const paragraphsOf = (text: string) =>
  text
    .split(/\n\s*\n/)
    .map(paragraph => paragraph.trim())
    .filter(Boolean)

function lineShown(field: Field, text: string, rules: CallRules, lang: string, textLang: string) {
  switch (field.type) {
    case 'choice':
      return { text: inLanguage(field.optionLabels?.[text], lang) || text, textLang: lang }
    case 'language':
      return { text: OWN_NAMES[text] ?? text, textLang: text in OWN_NAMES ? text : lang }
    case 'money': {
      const cents = centsOf(text)
      return { text: cents === null ? text : money(lang, Number(cents) / 100, rules.currency), textLang: lang }
    }
    case 'date': {
      const at = new Date(`${text}T12:00:00Z`)
      return { text: Number.isNaN(at.getTime()) ? text : longDate(lang, at, 'UTC'), textLang: lang }
    }
    default:
      return { text: text.trim(), textLang }
  }
}

function tableShown(field: FieldOf<'table'>, answer: Answer | undefined, lang: string) {
  const columns = field.columns.map(({ id, label, type }) => ({
    id,
    text: columnName(label, id, lang),
    number: type === 'integer'
  }))
  return {
    head: columns,
    rows: rowsOf(answer)
      .filter(row => !isEmptyRow(row))
      .map(row => columns.map(({ id, text, number }) => ({ text: row[id] ?? '', label: text, number })))
  }
}

function budgetShown(field: FieldOf<'budget'>, answer: Answer | undefined, currency: string, lang: string) {
  const rows = rowsOf(answer).filter(row => !isEmptyRow(row))
  const { sums, rules } = budgetFigures(field, rows, currency, lang)
  const name = (id: string) => columnName(undefined, id, lang)
  const head = ['item', 'category', 'quantity', 'unit_cost', 'total', 'own', 'requested'].map(id => ({
    text: name(id),
    number: !['item', 'category'].includes(id)
  }))
  return {
    head,
    rows: rows.map(row => {
      const { total, own, requested } = budgetLine(row)
      const cells = [
        row.item ?? '',
        categoryName(field, row.category ?? '', lang),
        row.quantity ?? '',
        amount(lang, centsOf(row.unit_cost ?? '')) || (row.unit_cost ?? ''),
        amount(lang, total),
        amount(lang, own) || (row.own ?? ''),
        amount(lang, requested)
      ]
      return cells.map((text, at) => ({ text, label: head[at]?.text ?? '', number: head[at]?.number ?? false }))
    }),
    foot: [
      { text: sums.total, label: name('total') },
      { text: sums.own, label: name('own') },
      { text: sums.requested, label: name('requested') }
    ],
    rules,
    note: sentence(lang, 'proposals.sum_in', { currency })
  }
}

/** Jurors see what a file is, never how its sender called it: names tell who wrote. */
function fileShown(file: VersionFile, place: number, field: FieldOf<'file'>, lang: string, reader: Reader) {
  return {
    id: file.attachmentId,
    mime: file.mime,
    bytes: file.bytes,
    href: `/attachments/${file.attachmentId}`,
    fileName: reader === 'juror' ? neutralName(inLanguage(field.label, lang), place, endingOf(file.name)) : file.name,
    note: fileSize(lang, file.bytes),
    inline: file.mime === 'application/pdf' || file.mime.startsWith('image/')
  }
}

export const neutralName = (label: string, place: number, ending: string) =>
  `${label}${place > 0 ? ` ${place + 1}` : ''}${ending ? `.${ending}` : ''}`

/** "212 kB" of 1,024 bytes, as calls count them. */
export function fileSize(lang: string, bytes: number): string {
  const kilo = bytes / 1024
  return kilo < 1024
    ? sentence(lang, 'proposals.kb', { size: plainNumber(lang, Math.max(0.1, Math.round(kilo * 10) / 10)) })
    : sentence(lang, 'proposals.mb', { size: plainNumber(lang, Math.round((kilo / 1024) * 10) / 10) })
}
