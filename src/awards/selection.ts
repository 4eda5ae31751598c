import { compare, decimal, type Fraction, subtract, sum, toNumber, ZERO } from '../ranking/fraction.ts'
import type { Proposal } from '../ranking/input.ts'
import type { RankRules } from '../ranking/rules.ts'
import type { Seats } from '../ranking/schema.ts'
import type { Candidate, Constraints } from './envelope.ts'
import { bestSet } from './lexicographic.ts'

/** What the selection reads of a ranked proposal. */
export type Ranked = { proposal: Proposal; rank: number | null; failed: readonly string[] }

/**
 * Why a proposal is in or out: `awarded`, `reserve`, `tied`, `places`, `limit:<field>`, `threshold:total`,
 * `threshold:<criterion>`. `because`: why one in reserve was not awarded (with `tied`: it is level at the line of the
 * reserve). `failed`: every threshold not reached. `amount`: what is left for an award that asked for more.
 */
export type Reason = { code: string; because?: string; failed?: string[]; amount?: number }
export type Price = { in: string[]; out: string[] }

export type Selection = {
  awarded: string[]
  reserve: string[]
  notAwarded: string[]
  belowThreshold: string[]
  reasons: Record<string, Reason>
  /** Equal at a line that would split them: people, or the draw, decide. */
  tied: string[]
  /** Who would come in and who would go out without the limit. */
  limits: { field: string; price: Price }[]
}

export type Outcome = 'awarded' | 'reserve' | 'not_awarded' | 'below_threshold' | 'tied'

type Choice = {
  awarded: ReadonlySet<string>
  tied: ReadonlySet<string>
  why: ReadonlyMap<string, string>
  feasible: boolean
  /** Awards of less than was asked for. */
  amounts?: ReadonlyMap<string, number>
}

/**
 * The selection from a ranked list, rows in rank order. `feasible` is false when no set meets the minimums of the limits
 * within places and budget; then nobody is awarded.
 */
export function selected(rows: readonly Ranked[], rules: RankRules): { selection: Selection; feasible: boolean } {
  const ranked = rows.filter(({ rank }) => rank !== null)
  const passed = ranked.filter(({ failed }) => failed.length === 0)
  const choice = rules.seats ? seated(passed, rules.seats) : chosen(passed, rules)
  const waiting = passed.filter(({ proposal: { id } }) => !choice.awarded.has(id) && !choice.tied.has(id))
  const lists = rules.seats
    ? valuesOf(waiting, rules.seats.field).map(([, rows]) => reserveOf(rows, rules.seats.reserve))
    : [reserveOf(waiting, rules.reserve)]
  const reserve = new Set(lists.flatMap(({ reserve }) => reserve))
  const levelForReserve = new Set(lists.flatMap(({ tied }) => tied))
  const reasons = ranked.map(({ proposal: { id }, failed }): [string, Reason] => {
    const [first] = failed
    const because = choice.why.get(id) ?? 'places'
    const amount = choice.amounts?.get(id)
    if (first !== undefined) return [id, { code: `threshold:${first}`, failed: [...failed] }]
    if (choice.awarded.has(id)) return [id, amount === undefined ? { code: 'awarded' } : { code: 'awarded', amount }]
    if (choice.tied.has(id)) return [id, { code: 'tied' }]
    if (reserve.has(id)) return [id, { code: 'reserve', because }]
    if (levelForReserve.has(id)) return [id, { code: 'tied', because }]
    return [id, { code: because }]
  })
  const reasonOf = new Map(reasons)
  const having = (...codes: string[]) =>
    ranked.map(({ proposal }) => proposal.id).filter(id => codes.includes(reasonOf.get(id)?.code ?? ''))
  const out = (id: string) => !['awarded', 'reserve', 'tied'].includes(reasonOf.get(id)?.code ?? '')
  const selection: Selection = {
    awarded: having('awarded'),
    reserve: having('reserve'),
    notAwarded: passed.map(({ proposal }) => proposal.id).filter(out),
    belowThreshold: ranked.filter(({ failed }) => failed.length > 0).map(({ proposal }) => proposal.id),
    reasons: Object.fromEntries(reasons),
    tied: having('tied'),
    limits: rules.seats ? [] : prices(passed, rules, choice)
  }
  return { selection, feasible: choice.feasible }
}

/** What a proposal got, in one word. One that was never scored is not awarded. */
export function outcomeOf({ reasons }: Pick<Selection, 'reasons'>, id: string): Outcome {
  const code = Object.hasOwn(reasons, id) ? (reasons[id]?.code ?? '') : ''
  if (code === 'awarded' || code === 'reserve' || code === 'tied') return code
  return code.startsWith('threshold:') ? 'below_threshold' : 'not_awarded'
}

export type FreeRules = Extract<RankRules, { seats: null }>
type Plan = { constraints: Constraints; candidates: Candidate[] }

/** Limits and budget over some proposals, money in whole units small enough for every amount. */
export function planOf(passed: readonly Ranked[], { awards, limits, budget }: FreeRules): Plan {
  const amounts = new Map(passed.map(({ proposal }) => [proposal.id, budget ? amountOf(proposal) : ZERO]))
  const total = budget ? (decimal(budget.total) ?? ZERO) : ZERO
  const unit = [total, ...amounts.values()].reduce((d, amount) => (amount.d > d ? amount.d : d), 1n)
  const whole = ({ n, d }: Fraction) => (n * unit) / d
  return {
    constraints: { places: awards, limits, budget: budget && { total: whole(total), partial: budget.partial } },
    candidates: passed.map(({ proposal, rank }) => ({
      id: proposal.id,
      rank: rank ?? 0,
      fields: Object.fromEntries(
        limits.flatMap(({ field }) => (Object.hasOwn(proposal, field) ? [[field, String(proposal[field])]] : []))
      ),
      amount: whole(amounts.get(proposal.id) ?? ZERO)
    }))
  }
}

function chosen(passed: readonly Ranked[], rules: FreeRules): Choice {
  const { candidates, constraints } = planOf(passed, rules)
  return withLesserAward(passed, bestSet(candidates, constraints), rules)
}

/** So many places for each value of a field, filled down the ranking. */
function seated(passed: readonly Ranked[], seats: Seats): Choice {
  const awarded = new Set<string>()
  const tied = new Set<string>()
  const why = new Map<string, string>()
  for (const [value, rows] of valuesOf(passed, seats.field)) {
    const places = value !== null && Object.hasOwn(seats.places, value) ? (seats.places[value] ?? 0) : 0
    for (const [at, level] of byRank(rows)) {
      const inside = at + level.length <= places
      const across = !inside && at < places
      for (const { proposal } of level) {
        if (inside) awarded.add(proposal.id)
        else if (across) tied.add(proposal.id)
        else why.set(proposal.id, 'places')
      }
    }
  }
  return { awarded, tied, why, feasible: true }
}

/** The next best, whatever their limits. Equal ones are not split at this line either. */
function reserveOf(waiting: readonly Ranked[], size: number): { reserve: string[]; tied: string[] } {
  const reserve: string[] = []
  for (const [at, level] of byRank(waiting)) {
    if (at >= size) break
    const ids = level.map(({ proposal }) => proposal.id)
    if (at + level.length > size) return { reserve, tied: ids }
    reserve.push(...ids)
  }
  return { reserve, tied: [] }
}

/** Rows of equal rank together, with how many stand before them. */
function byRank(rows: readonly Ranked[]): [before: number, level: Ranked[]][] {
  const levels: [number, Ranked[]][] = []
  for (const [index, row] of rows.entries()) {
    const level = levels.at(-1)?.[1]
    if (level && level[0]?.rank === row.rank) level.push(row)
    else levels.push([index, [row]])
  }
  return levels
}

function valuesOf(rows: readonly Ranked[], field: string): [value: string | null, rows: Ranked[]][] {
  const values = new Map<string | null, Ranked[]>()
  for (const row of rows) {
    const value = Object.hasOwn(row.proposal, field) ? String(row.proposal[field]) : null
    const those = values.get(value)
    if (those) those.push(row)
    else values.set(value, [row])
  }
  return [...values]
}

/**
 * Where the envelope allows it, the last award is what is left of it. Equal ones are not told apart by who would get less:
 * then they are tied.
 */
function withLesserAward(
  passed: readonly Ranked[],
  choice: Choice,
  { budget }: FreeRules
): Choice & { amounts: Map<string, number> } {
  const winners = passed.filter(({ proposal }) => choice.awarded.has(proposal.id))
  const last = winners.at(-1)
  const amounts = new Map<string, number>()
  if (!budget?.partial || !last || choice.tied.size > 0) return { ...choice, amounts }
  const spent = sum(winners.slice(0, -1).map(({ proposal }) => amountOf(proposal)))
  const left = subtract(decimal(budget.total) ?? ZERO, spent)
  if (compare(left, amountOf(last.proposal)) >= 0) return { ...choice, amounts }
  const level = winners.filter(({ rank }) => rank === last.rank).map(({ proposal }) => proposal.id)
  if (level.length === 1) return { ...choice, amounts: amounts.set(last.proposal.id, toNumber(left)) }
  return {
    ...choice,
    awarded: new Set([...choice.awarded].filter(id => !level.includes(id))),
    tied: new Set(level),
    amounts
  }
}

function prices(passed: readonly Ranked[], rules: FreeRules, { awarded }: Choice): Selection['limits'] {
  const without = (field: string): FreeRules => ({
    ...rules,
    limits: rules.limits.filter(limit => limit.field !== field)
  })
  const priced = rules.limits.map(({ field }) => ({ field, rules: without(field) }))
  if (rules.budget) priced.push({ field: 'budget', rules: { ...rules, budget: null } })
  return priced.map(({ field, rules }) => {
    const free = chosen(passed, rules).awarded
    const ids = passed.map(({ proposal }) => proposal.id)
    return {
      field,
      price: {
        in: ids.filter(id => free.has(id) && !awarded.has(id)),
        out: ids.filter(id => awarded.has(id) && !free.has(id))
      }
    }
  })
}

function amountOf({ requested = 0 }: Proposal): Fraction {
  return decimal(String(requested)) ?? ZERO
}
