import type { Ranking } from '../ranking/ranking.ts'
import type { Outcome, Reason } from './selection.ts'

/** What two people sign: for each ranked proposal its outcome, place, amount and the reason as a code. */
export type DecisionLine = {
  number: string
  outcome: Exclude<Outcome, 'tied'>
  rank: number | null
  reservePlace: number | null
  amountCents: number | null
  because: Reason
}

/** The decision that follows from a frozen run: nothing in it was chosen by hand. */
export function decisionFrom({ sheet, result }: Ranking): DecisionLine[] {
  return sheet.map(({ id, outcome, rank, proposal }) => {
    const because = result.selection.reasons[id] ?? { code: 'unranked' }
    const place = result.selection.reserve.indexOf(id)
    const requested = typeof proposal.requested === 'number' ? Math.round(proposal.requested * 100) : null
    const amount = because.amount === undefined ? requested : Math.round(because.amount * 100)
    return {
      number: id,
      rank,
      because,
      outcome: outcome === 'tied' ? 'not_awarded' : outcome,
      reservePlace: place < 0 ? null : place + 1,
      amountCents: outcome === 'awarded' ? amount : outcome === 'reserve' ? requested : null
    }
  })
}
