import type { Reason } from '../awards/selection.ts'
import { sheetCells } from './csv.ts'
import type { Ranking } from './ranking.ts'
import { rungOf } from './rules.ts'

/** A sentence of the catalogue in the reader's language. */
export type Say = (key: string, facts?: Record<string, string | number>) => string

const TEXT_COLUMNS = ['proposal', 'country', 'below_threshold', 'outcome', 'why']

/** Aligned columns for a terminal. */
export function rankingTable(ranking: Ranking, say: Say): string {
  const { columns, rows } = readable(ranking, say)
  const heads = columns.map(name => heading(name, say))
  const widths = heads.map((head, index) => Math.max(...[head, ...rows.map(row => row[index] ?? '')].map(widthOf)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const gap = ' '.repeat((widths[index] ?? 0) - widthOf(cell))
        return TEXT_COLUMNS.includes(columns[index] ?? '') ? cell + gap : gap + cell
      })
      .join('  ')
      .trimEnd()
  const { result } = ranking
  const notes = [
    '',
    `${say('rank.method')}: ${say(`rank.method.${result.method}`)}`,
    counts(ranking, say),
    ...part(say('rank.ties'), tieLines(ranking, say)),
    ...part(say('rank.limits'), priceLines(ranking, say)),
    ...part(
      say('rank.warnings'),
      result.warnings.map(warning => warningLine(warning, say))
    )
  ]
  return `${[line(heads), line(heads.map((_, index) => '-'.repeat(widths[index] ?? 0))), ...rows.map(line), ...notes].join('\n')}\n`
}

/** One page that stands alone: no scripts, nothing from elsewhere, fit for print. */
export function rankingHtml(ranking: Ranking, say: Say, language: string): string {
  const { columns, rows } = withoutColumn('below_threshold', readable(ranking, say))
  const { result, sheet } = ranking
  const why = sheet.map(row =>
    row.rank === null ? say('rank.reason.unscored') : reasonLine(result.selection.reasons[row.id], say)
  )
  const title = escaped(say('rank.title'))
  const cell = (text: string, index: number) =>
    `<td${TEXT_COLUMNS.includes(columns[index] ?? '') ? '' : ' class="n"'}>${escaped(text)}</td>`
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0
      ? ''
      : `<h2>${escaped(name)}</h2>\n<ul>\n${lines.map(line => `<li>${escaped(line)}</li>`).join('\n')}\n</ul>\n`
  return `<!doctype html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 100%/1.45 system-ui, sans-serif }
body { margin: 1.5rem auto; max-width: 100rem; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .875rem }
th, td { padding: .25rem .45rem; text-align: left; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent) }
th { vertical-align: bottom }
.n { text-align: right; font-variant-numeric: tabular-nums }
tr.awarded td:not(.why) { font-weight: 600 }
.why { min-width: 22rem }
code { overflow-wrap: anywhere }
@page { size: landscape; margin: 1cm }
@media print { body { margin: 0; max-width: none } table { font-size: 7pt } .why { min-width: 5cm } tr { break-inside: avoid } }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${escaped(say('rank.method'))}: ${escaped(say(`rank.method.${result.method}`))}. ${escaped(counts(ranking, say))}.</p>
<div class="wide" role="region" aria-label="${title}" tabindex="0">
<table>
<thead>
<tr>${[...columns, 'why'].map(name => `<th scope="col"${TEXT_COLUMNS.includes(name) ? '' : ' class="n"'}>${escaped(heading(name, say))}</th>`).join('')}</tr>
</thead>
<tbody>
${rows.map((cells, index) => `<tr class="${sheet[index]?.outcome ?? ''}">${cells.map(cell).join('')}<td class="why">${escaped(why[index] ?? '')}</td></tr>`).join('\n')}
</tbody>
</table>
</div>
${section(say('rank.ties'), tieLines(ranking, say))}${section(say('rank.limits'), priceLines(ranking, say))}${section(
  say('rank.warnings'),
  result.warnings.map(warning => warningLine(warning, say))
)}<p>${escaped(say('rank.input_hash'))}: <code>${escaped(result.inputHash)}</code><br>${escaped(say('rank.software'))}: Laurel ${escaped(result.version)}</p>
</main>
</body>
</html>
`
}

/** Why a proposal is in or out, as a sentence. */
export function reasonLine(reason: Reason | undefined, say: Say): string {
  if (!reason) return ''
  const { code, because, failed, amount } = reason
  if (code === 'awarded' && amount !== undefined) return say('rank.reason.awarded_less', { amount })
  if (code === 'reserve') return say('rank.reason.reserve', { because: reasonLine({ code: because ?? 'places' }, say) })
  if (code === 'tied' && because)
    return say('rank.reason.tied_reserve', { because: reasonLine({ code: because }, say) })
  if (code.startsWith('threshold:')) {
    const names = (failed ?? []).map((name, index) =>
      index === 0 && code === 'threshold:total' ? say('rank.column.total') : name
    )
    return say('rank.reason.threshold', { criteria: names.join(', ') })
  }
  if (code === 'limit:budget') return say('rank.reason.budget')
  if (code.startsWith('limit:')) return say('rank.reason.limit', { field: fieldName(code.slice('limit:'.length), say) })
  return say(`rank.reason.${code}`)
}

/** The rung of the tie ladder, as words. */
export function stepLine(step: string, say: Say): string {
  const rung = rungOf(step)
  if (rung?.kind === 'criterion') return say('rank.step.criterion', { criterion: rung.criterion })
  if (rung && 'field' in rung) return say(`rank.step.${rung.kind}`, { field: fieldName(rung.field, say) })
  return say('rank.step.draw')
}

function tieLines({ result }: Ranking, say: Say): string[] {
  return result.ties.map(({ proposals: [first, second], step }) =>
    step === 'share'
      ? say('rank.tie.share', { first, second })
      : say('rank.tie.step', { first, second, step: stepLine(step, say) })
  )
}

function priceLines({ result }: Ranking, say: Say): string[] {
  return result.selection.limits.map(({ field, price }) => {
    const facts = { field: fieldName(field, say), in: price.in.join(', '), out: price.out.join(', ') }
    if (facts.in && facts.out) return say('rank.limit.price', facts)
    if (facts.in) return say('rank.limit.only_in', facts)
    return facts.out ? say('rank.limit.only_out', facts) : say('rank.limit.none', facts)
  })
}

export function warningLine(warning: Ranking['result']['warnings'][number], say: Say): string {
  const { code, ...facts } = warning
  return say(`rank.warning.${code}`, facts)
}

function counts({ list }: Ranking, say: Say): string {
  return say('rank.counted', { proposals: list.rows.length, reviews: list.counted.reviews.length })
}

function readable(ranking: Ranking, say: Say): { columns: string[]; rows: string[][] } {
  const { columns, rows } = sheetCells(ranking)
  const outcome = columns.indexOf('outcome')
  return {
    columns,
    rows: rows.map(row => row.map((cell, index) => (index === outcome ? say(`rank.outcome.${cell}`) : cell)))
  }
}

/** The page tells thresholds missed under "why". */
function withoutColumn(name: string, { columns, rows }: { columns: string[]; rows: string[][] }) {
  const at = columns.indexOf(name)
  const cut = (cells: readonly string[]) => cells.filter((_, index) => index !== at)
  return { columns: cut(columns), rows: rows.map(cut) }
}

const NAMED_FIELDS = ['country', 'institution', 'theme', 'requested', 'budget']

/** A field that every programme knows, in the reader's language; any other by its own name. */
export function fieldName(field: string, say: Say): string {
  return NAMED_FIELDS.includes(field) ? say(`rank.field.${field}`) : field
}

function heading(column: string, say: Say): string {
  return column.startsWith('mean_') ? column.slice('mean_'.length) : say(`rank.column.${column}`)
}

function part(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${name}:`, ...lines.map(line => `  ${line}`)]
}

/** Code points, not UTF-16 halves; good enough for the scripts we meet. */
function widthOf(text: string): number {
  return [...text].length
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
