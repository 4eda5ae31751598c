import { decimal, type Fraction, toFixed } from './fraction.ts'
import type { Ranking, SheetRow } from './ranking.ts'

/** The table of a ranking: names of columns and cells as text, figures with the decimals of the rules' rounding, or two. */
export function sheetCells({ list, sheet }: Ranking): { columns: string[]; rows: string[][] } {
  const { criteria, rules } = list.input
  const places = rules.rounding ?? 2
  const shown = (figure: Fraction | null | undefined) => (figure ? toFixed(figure, places) : '')
  const valued = list.method !== 'weightedMean'
  return {
    columns: [
      'rank',
      'proposal',
      'country',
      'requested',
      'reviews',
      ...criteria.map(({ id }) => `mean_${id}`),
      'total',
      ...(valued ? ['value'] : []),
      'below_threshold',
      'outcome',
      'adjusted_total',
      'adjusted_rank',
      'spread'
    ],
    rows: sheet.map(row => [
      String(row.rank ?? ''),
      row.id,
      String(row.proposal.country ?? ''),
      amount(row),
      String(row.reviews),
      ...criteria.map((_, index) => shown(row.criterionMeans[index])),
      shown(row.total),
      ...(valued ? [shown(row.value)] : []),
      row.belowThreshold.join(' '),
      row.outcome,
      shown(row.adjustedTotal),
      String(row.adjustedRank ?? ''),
      shown(row.spread)
    ])
  }
}

/** CSV with commas and line feeds, without a mark: the same bytes for the same ranking everywhere. */
export function rankingCsv(ranking: Ranking): string {
  const { columns, rows } = sheetCells(ranking)
  return [columns, ...rows].map(cells => `${cells.map(csvCell).join(',')}\n`).join('')
}

/**
 * One cell of CSV, quoted where needed. Text that a spreadsheet would run as a formula gets an apostrophe in front; a plain
 * number stays one.
 */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && decimal(text) === null ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Money has cents whatever the figures are rounded to. */
function amount({ proposal: { requested } }: SheetRow): string {
  const figure = requested === undefined ? null : decimal(String(requested))
  return figure ? toFixed(figure, 2) : ''
}
