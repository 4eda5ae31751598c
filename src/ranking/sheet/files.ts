import type { CallRules } from '../../calls/rules.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { plainNumber } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { sheetCells } from '../csv.ts'
import { decimal } from '../fraction.ts'
import type { Ranking } from '../ranking.ts'

/**
 * The table for a spreadsheet of somebody who works in `language`: a byte-order mark, lines that end as Windows wants
 * them, decimals and separator as that language has them, and nothing a spreadsheet would run as a formula.
 */
export function sheetFor(ranking: Ranking, language: string, rules: CallRules): string {
  const { columns, rows } = sheetCells(ranking)
  const criterionOf = (id: string) => inLanguage(rules.rubric.criteria.find(one => one.id === id)?.name, language) || id
  const heads = columns.map(column =>
    column.startsWith('mean_') ? criterionOf(column.slice('mean_'.length)) : sentence(language, `rank.column.${column}`)
  )
  const words = rows.map(cells =>
    cells.map((cell, index) => {
      if (columns[index] === 'outcome') return sentence(language, `rank.outcome.${cell}`)
      if (columns[index] === 'below_threshold') return cell.split(' ').filter(Boolean).map(criterionOf).join(', ')
      return cell
    })
  )
  return spreadsheetCsv([heads, ...words], language)
}

/** Cells as text; whoever calls has put words into the language already. */
export function spreadsheetCsv(rows: readonly (readonly string[])[], language: string): string {
  const comma = plainNumber(language, 0.5, 1).includes(',')
  const separator = comma ? ';' : ','
  const cell = (text: string) => {
    const number = decimal(text) !== null
    const safe = !number && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
    const local = number && comma ? safe.replace('.', ',') : safe
    return /["\r\n,;]/.test(local) && !number ? `"${local.replaceAll('"', '""')}"` : local
  }
  return `\ufeff${rows.map(cells => cells.map(cell).join(separator)).join('\r\n')}\r\n`
}
