import { decimal, type Fraction, toFixed } from '../ranking/fraction.ts'
import type { Ranking, SheetRow } from '../ranking/ranking.ts'

/**
 * One sentence of a reason, as a code (`because.<code>`) and facts: ids of criteria and fields, codes of countries and
 * figures as text, which whoever prints it puts into words of a language.
 */
export type Said = { code: string } & Record<string, string | number | string[] | number[]>

/**
 * Why a proposal is in or out, in sentences. `naming` allows the numbers of other proposals, for organisers only: an
 * applicant or the public must not learn whose number is whose.
 */
export function becauseOf(ranking: Ranking, id: string, { naming }: { naming: boolean }): Said[] {
  const row = ranking.sheet.find(row => row.id === id)
  const reason = ranking.result.selection.reasons[id]
  if (!row || !reason || row.rank === null) return [{ code: 'unranked' }]
  const said = (one: Said, others: Record<string, string>): Said => (naming ? { ...one, ...others } : one)
  const rank: Said = { code: 'rank', rank: row.rank, count: ranking.sheet.filter(({ rank }) => rank !== null).length }

  if (reason.code.startsWith('threshold:')) return (reason.failed ?? []).map(name => failure(ranking, row, name))
  if (reason.code === 'awarded') {
    const won = ties(ranking, id).filter(({ proposals: [first], step }) => first === id && step !== 'share')
    return [
      rank,
      ...movedUp(ranking, row),
      ...won.map(({ proposals: [, second], step }) =>
        said(tie(ranking, 'tie_won', step, row, second), { other: second })
      ),
      ...(reason.amount === undefined ? [] : [{ code: 'lesser_amount', amount: reason.amount }])
    ]
  }
  const why = reason.code === 'reserve' ? (reason.because ?? 'places') : reason.code
  if (why === 'limit:budget') return [rank, { code: 'limit_budget' }]
  if (why.startsWith('limit:')) {
    const field = why.slice('limit:'.length)
    const value = String(row.proposal[field] ?? '')
    const holders = ranking.result.selection.awarded.filter(
      other => String(ranking.sheet.find(({ id }) => id === other)?.proposal[field] ?? '') === value
    )
    return [rank, said({ code: 'limit_taken', field, value }, { other: holders.join(', ') })]
  }
  if (why === 'tied') return [rank, { code: 'tied' }]
  const lost = ties(ranking, id).filter(
    ({ proposals: [first, second], step }) =>
      second === id && step !== 'share' && ranking.result.selection.awarded.includes(first)
  )
  return [
    rank,
    ...(lost.length > 0
      ? lost.map(({ proposals: [first], step }) => said(tie(ranking, 'tie_lost', step, row, first), { other: first }))
      : [{ code: 'places' }])
  ]
}

const ties = ({ result }: Ranking, id: string) => result.ties.filter(({ proposals }) => proposals.includes(id))

/** Better ranks that a limit passed over: whoever reads the list asks why they are not here. */
function movedUp({ sheet, result }: Ranking, { rank }: SheetRow): Said[] {
  const awarded = new Set(result.selection.awarded)
  const over = sheet.filter(
    row => row.rank !== null && rank !== null && row.rank < rank && row.failed.length === 0 && !awarded.has(row.id)
  )
  if (over.length === 0) return []
  const reasons = over.map(({ id }) => result.selection.reasons[id])
  const field = reasons
    .map(reason => (reason?.code === 'reserve' ? reason.because : reason?.code))
    .find(code => code?.startsWith('limit:'))
    ?.slice('limit:'.length)
  return field ? [{ code: 'moved_up', ranks: over.map(({ rank }) => rank ?? 0), field }] : []
}

function tie(
  { list, sheet }: Ranking,
  code: 'tie_won' | 'tie_lost',
  step: string,
  row: SheetRow,
  otherId: string
): Said {
  const other = sheet.find(({ id }) => id === otherId)
  const total = shown(list.input.rules.rounding, row.value)
  const [kind = '', name = ''] = step.split(':')
  if (kind === 'criterion') {
    const index = list.input.criteria.findIndex(({ id }) => id === name)
    return {
      code: `${code}_criterion`,
      total,
      criterion: name,
      own: shown(list.input.rules.rounding, row.criterionMeans[index]),
      theirs: shown(list.input.rules.rounding, other?.criterionMeans[index])
    }
  }
  if (kind === 'draw') return { code: `${code}_draw`, total }
  return {
    code: `${code}_field`,
    total,
    field: name,
    own: String(row.proposal[name] ?? ''),
    theirs: String(other?.proposal[name] ?? '')
  }
}

function failure({ list }: Ranking, row: SheetRow, name: string): Said {
  const { criteria, rules } = list.input
  if (name === 'total' && !criteria.some(({ id }) => id === 'total')) {
    return { code: 'threshold_total', total: shown(rules.rounding, row.total), least: rules.totalThreshold ?? 0 }
  }
  const index = criteria.findIndex(({ id }) => id === name)
  return {
    code: 'threshold_criterion',
    criterion: name,
    mean: shown(rules.rounding, row.criterionMeans[index]),
    least: criteria[index]?.threshold ?? 0
  }
}

/** With the decimals of the rules' rounding, or two. */
function shown(rounding: number | null, figure: Fraction | null | undefined): string {
  return figure ? toFixed(figure, rounding ?? 2) : ''
}

/** A figure of `becauseOf` as a number again, for formatting in a language. */
export function figureOf(text: string): number | null {
  return decimal(text) === null ? null : Number(text)
}
