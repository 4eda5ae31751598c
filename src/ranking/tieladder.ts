import type { Counted } from './counted.ts'
import { type Draw, drawHash, inOrder } from './draw.ts'
import { momentOf } from './fields.ts'
import { compare, decimal, type Fraction, fraction, negate, roundHalfUp } from './fraction.ts'
import type { Proposal, RankInput } from './input.ts'
import { type FigureRung, rungOf } from './rules.ts'

/** One rung at work: negative where `a` stands first, zero where the rung cannot tell. */
export type Step = { name: string; between: (a: string, b: string) => number }

/** The rungs that can part equal proposals here, in order. `share` and `panel` end the ladder, as does a draw not yet held. */
export function ladderOf(input: RankInput, counted: Counted, draw: Draw | null): Step[] {
  const steps: Step[] = []
  const fields = new Map(input.proposals.map(proposal => [proposal.id, proposal]))
  for (const name of input.rules.tieLadder) {
    const rung = rungOf(name)
    if (!rung || rung.kind === 'share' || rung.kind === 'panel') break
    if (rung.kind === 'draw') {
      if (draw) steps.push({ name, between: byDraw(draw) })
      break
    }
    steps.push({ name, between: byFigure(figureOf(rung as FigureRung, { input, counted, fields })) })
  }
  return steps
}

type Sources = { input: RankInput; counted: Counted; fields: ReadonlyMap<string, Proposal> }

/** The figure a rung compares, the smaller first. A proposal without it stands after those that have it. */
function figureOf(rung: FigureRung, { input, counted, fields }: Sources) {
  return (id: string): Fraction | null => {
    if (rung.kind === 'criterion') {
      const index = input.criteria.findIndex(({ id }) => id === rung.criterion)
      const mean = counted.criterionMeans.get(id)?.[index]
      if (!mean) return null
      const { rounding } = input.rules
      const compared = rounding === null ? mean : roundHalfUp(mean, rounding)
      return input.scale?.direction === 'lower' ? compared : negate(compared)
    }
    const value = fields.get(id)?.[rung.field]
    if (value === undefined) return null
    if (rung.kind === 'earlier') {
      const at = momentOf(String(value))
      return at === null ? null : fraction(at)
    }
    const figure = decimal(String(value))
    return figure && rung.kind === 'higher' ? negate(figure) : figure
  }
}

function byFigure(figureOf: (id: string) => Fraction | null): Step['between'] {
  const figures = new Map<string, Fraction | null>()
  const figure = (id: string) => {
    const known = figures.get(id)
    if (known !== undefined) return known
    const found = figureOf(id)
    figures.set(id, found)
    return found
  }
  return (a, b) => {
    const [one, other] = [figure(a), figure(b)]
    if (one && other) return compare(one, other)
    return one ? -1 : other ? 1 : 0
  }
}

function byDraw(draw: Draw): Step['between'] {
  const hashes = new Map<string, string>()
  const hash = (id: string) => {
    const known = hashes.get(id) ?? drawHash(draw, id)
    hashes.set(id, known)
    return known
  }
  return (a, b) => inOrder(hash(a), hash(b))
}
