import { BadInput } from './badinput.ts'
import type { RawProposal } from './fields.ts'
import type { RawInput, RawReview, RawScore, Status } from './input.ts'

/** Cells as a spreadsheet wrote them; `line` counts from 1, the header being the first. */
export type Sheet = { file: string | undefined; separator: ',' | ';'; header: string[]; rows: SheetLine[] }
export type SheetLine = { line: number; cells: string[] }

/** Columns of reviews that carry nothing a ranking reads. */
const PASSED_OVER = ['review', 'comment']
const KNOWN = ['proposal', 'juror', 'criterion', 'score', 'status', ...PASSED_OVER]

/** Scores from a sheet: one row a score (long), one row a review (wide), or one number a review. */
export function reviewsFromSheet(sheet: Sheet, rubric: RawInput['rubric']): RawInput {
  const column = columnsOf(sheet)
  for (const name of ['proposal', 'juror']) if (!column.has(name)) throw missingColumn(sheet, name)
  const listed = new Set(rubric.criteria?.map(({ id }) => id) ?? [])
  const long = column.has('criterion')
  const single = !long && column.has('score') && !listed.has('score')
  if (long && !column.has('score')) throw missingColumn(sheet, 'score')
  const others = [...column.keys()].filter(
    name => !KNOWN.includes(name) || (name === 'score' && listed.has('score') && !long)
  )
  const unknown = others.find(name => long || single || (rubric.criteria !== undefined && !listed.has(name)))
  if (unknown !== undefined) throw unknownColumn(sheet, unknown)
  if (!long && !single && others.length === 0) throw missingColumn(sheet, 'score')
  const read = { sheet, column }
  const reviews = long ? longReviews(read) : flatReviews(read, single ? [] : others)
  return { file: sheet.file, kind: 'csv', reviews, rubric }
}

/** Proposals from a sheet: a column `id`, and any fields. */
export function proposalsFromSheet(sheet: Sheet): RawProposal[] {
  const column = columnsOf(sheet)
  const at = column.get('id')
  if (at === undefined) throw missingColumn(sheet, 'id')
  return sheet.rows.map(({ line, cells }) => {
    const id = cells[at] ?? ''
    const place = (field?: string) => ({ file: sheet.file, row: line, column: field })
    if (id === '') throw new BadInput('empty_cell', place('id'))
    const fields = [...column]
      .filter(([name]) => name !== 'id')
      .map(([name, index]) => [name, cells[index] ?? ''] as const)
    const numerals = fields.map(([name, text]) => [name, name === 'id' ? text : plainField(text, sheet)] as const)
    return { id, fields: new Map(numerals), place }
  })
}

type Reading = { sheet: Sheet; column: ReadonlyMap<string, number> }

function longReviews({ sheet, column }: Reading): RawReview[] {
  const reviews = new Map<string, RawReview>()
  const seen = new Set<string>()
  for (const row of sheet.rows) {
    const { proposal, juror, status } = headOf(row, { sheet, column })
    const criterion = row.cells[column.get('criterion') ?? -1] ?? ''
    if (criterion === '') throw new BadInput('empty_cell', { file: sheet.file, row: row.line, column: 'criterion' })
    const key = JSON.stringify([proposal, juror, status])
    const review = reviews.get(key) ?? { proposal, juror, status, row: row.line, scores: [] }
    reviews.set(key, review)
    const cell = JSON.stringify([proposal, juror, criterion])
    if (status === 'counted' && seen.has(cell)) {
      throw new BadInput('second_score', { file: sheet.file, row: row.line }, { proposal, juror, criterion })
    }
    if (status === 'counted') seen.add(cell)
    const value = scoreIn(row, column.get('score') ?? -1, sheet)
    review.scores.push({ criterion, value, row: row.line })
  }
  return [...reviews.values()]
}

/** One row a review: a column for each criterion, or the one column `score`. */
function flatReviews({ sheet, column }: Reading, criteria: readonly string[]): RawReview[] {
  return sheet.rows.map(row => {
    const { proposal, juror, status } = headOf(row, { sheet, column })
    const scores: RawScore[] =
      criteria.length === 0
        ? [{ criterion: null, value: scoreIn(row, column.get('score') ?? -1, sheet) }]
        : criteria.map(criterion => ({ criterion, value: scoreIn(row, column.get(criterion) ?? -1, sheet) }))
    return { proposal, juror, status, row: row.line, scores }
  })
}

function headOf(
  { line, cells }: SheetLine,
  { sheet, column }: Reading
): { proposal: string; juror: string; status: Status } {
  const cell = (name: string) => cells[column.get(name) ?? -1] ?? ''
  const place = (name: string) => ({ file: sheet.file, row: line, column: name })
  for (const name of ['proposal', 'juror']) if (cell(name) === '') throw new BadInput('empty_cell', place(name))
  const status = cell('status') === '' ? 'counted' : cell('status')
  if (status !== 'counted' && status !== 'void') {
    throw new BadInput('not_one_of', place('status'), { choices: 'counted, void' })
  }
  return { proposal: cell('proposal'), juror: cell('juror'), status }
}

function scoreIn({ cells }: SheetLine, index: number, { separator }: Sheet): string | null {
  const text = cells[index] ?? ''
  if (text === '') return null
  return withPoint(text, separator)
}

/** A decimal comma is one where the separator is a semicolon; elsewhere it is no number, and is refused as such. */
function withPoint(text: string, separator: Sheet['separator']): string {
  return separator === ';' && /^[+-]?\d*,\d+$/.test(text) ? text.replace(',', '.') : text
}

function plainField(text: string, { separator }: Sheet): string {
  return withPoint(text, separator)
}

function columnsOf({ file, header }: Sheet): Map<string, number> {
  const column = new Map<string, number>()
  for (const [index, name] of header.entries()) {
    if (name === '') continue
    if (column.has(name)) throw new BadInput('column_twice', { file, row: 1 }, { column: name })
    column.set(name, index)
  }
  return column
}

function missingColumn({ file }: Sheet, column: string): BadInput {
  return new BadInput('column_missing', { file, row: 1 }, { column })
}

function unknownColumn({ file }: Sheet, column: string): BadInput {
  return new BadInput('column_unknown', { file, row: 1 }, { column })
}
