import type { Limit } from '../ranking/schema.ts'

/** A proposal that may be awarded: its rank, the values that limits read, what it asks for in whole units of money. */
export type Candidate = { id: string; rank: number; fields: Readonly<Record<string, string>>; amount: bigint }
export type Constraints = {
  places: number
  limits: readonly Limit[]
  /** In the units of `amount`. `partial`: the last in rank order may get less than it asked for. */
  budget: { total: bigint; partial: boolean } | null
}

/** What has been taken so far, in rank order. */
export type Taken = {
  readonly count: number
  readonly perValue: ReadonlyMap<string, number>
  readonly spent: bigint
  /** The one of the lowest rank, who may get less where the envelope allows it. */
  readonly last: { rank: number; amount: bigint }
}

export const NOTHING_TAKEN: Taken = { count: 0, perValue: new Map(), spent: 0n, last: { rank: 0, amount: 0n } }

export function valueKey(field: string, value: string): string {
  return `${field}\u0000${value}`
}

export function withTaken(taken: Taken, candidate: Candidate, { limits }: Constraints): Taken {
  const perValue = new Map(taken.perValue)
  for (const { field } of limits) {
    const value = candidate.fields[field]
    if (value === undefined) continue
    const key = valueKey(field, value)
    perValue.set(key, (perValue.get(key) ?? 0) + 1)
  }
  return { count: taken.count + 1, perValue, ...spending(taken, candidate) }
}

function spending(taken: Taken, { rank, amount }: Candidate): Pick<Taken, 'spent' | 'last'> {
  return { spent: taken.spent + amount, last: rank >= taken.last.rank ? { rank, amount } : taken.last }
}

/** Why a candidate cannot be added, as a code; null when it can. The more is taken, the more is ruled out. */
export function whyNotAdd(taken: Taken, candidate: Candidate, { places, limits, budget }: Constraints): string | null {
  if (taken.count >= places) return 'places'
  for (const { field, max } of limits) {
    const value = candidate.fields[field]
    if (max === null || value === undefined) continue
    if ((taken.perValue.get(valueKey(field, value)) ?? 0) >= max) return `limit:${field}`
  }
  if (!budget) return null
  const { spent, last } = spending(taken, candidate)
  const fits = spent <= budget.total || (budget.partial && spent - last.amount < budget.total)
  return fits ? null : 'limit:budget'
}

/** So many of a value must be awarded. */
export type Demand = { field: string; value: string; min: number }

/**
 * What the limits' minimums ask of these candidates: for each value that one of them has, as many as the minimum, or as
 * there are.
 */
export function demandsOf(candidates: readonly Candidate[], { limits }: Constraints): Demand[] {
  return limits
    .filter(({ min }) => min > 0)
    .flatMap(({ field, min, max }) => {
      const there = new Map<string, number>()
      for (const { fields } of candidates) {
        const value = fields[field]
        if (value !== undefined) there.set(value, (there.get(value) ?? 0) + 1)
      }
      return [...there].map(([value, count]) => ({ field, value, min: Math.min(min, count, max ?? min) }))
    })
}

/** Demands that what has been taken leaves open, and how many each still wants. */
export function openDemands(demands: readonly Demand[], taken: Taken): (Demand & { wants: number })[] {
  return demands
    .map(demand => ({ ...demand, wants: demand.min - (taken.perValue.get(valueKey(demand.field, demand.value)) ?? 0) }))
    .filter(({ wants }) => wants > 0)
}

/**
 * Whether what has been taken can be completed from candidates further down so that every demand is met and no limit
 * broken. An exact search: it branches on the demand with the fewest ways to meet it, cheapest candidate first.
 */
export function completable(
  taken: Taken,
  rest: readonly Candidate[],
  demands: readonly Demand[],
  constraints: Constraints
): boolean {
  const open = openDemands(demands, taken)
  if (open.length === 0) return true
  const left = constraints.places - taken.count
  for (const { field } of constraints.limits) {
    const wanted = open.filter(demand => demand.field === field).reduce((all, { wants }) => all + wants, 0)
    if (wanted > left) return false
  }
  const usable = rest.filter(candidate => whyNotAdd(taken, candidate, constraints) === null)
  if (constraints.budget && !affordable(taken, usable, open, constraints)) return false
  const ways = open.map(demand => ({
    demand,
    candidates: usable.filter(({ fields }) => fields[demand.field] === demand.value)
  }))
  if (ways.some(({ demand, candidates }) => candidates.length < demand.wants)) return false
  ways.sort((a, b) => a.candidates.length - a.demand.wants - (b.candidates.length - b.demand.wants))
  const tightest = ways[0]?.candidates ?? []
  const cheapest = [...tightest].sort((a, b) => (a.amount < b.amount ? -1 : a.amount > b.amount ? 1 : a.rank - b.rank))
  const tried = new Set<string>()
  let remaining = usable
  for (const candidate of cheapest) {
    // Two that differ in nothing a limit reads are one way, not two; the cheaper came first. Where the last may get less,
    // a dearer one may serve as well.
    const kind = kindOf(candidate, constraints, constraints.budget?.partial === true)
    remaining = remaining.filter(other => other !== candidate)
    if (tried.has(kind)) continue
    tried.add(kind)
    if (completable(withTaken(taken, candidate, constraints), remaining, demands, constraints)) return true
  }
  return false
}

/** Candidates of one kind are alike to every limit. */
export function kindOf({ fields, amount, rank }: Candidate, { limits }: Constraints, withAmount: boolean): string {
  const values = limits.map(({ field }) => fields[field] ?? '\u0000')
  return [...values, ...(withAmount ? [String(amount), String(rank)] : [])].join('\u0001')
}

/** A bound: the cheapest ways to meet the demands of any one field must fit. With `partial` the dearest may get less. */
function affordable(
  taken: Taken,
  usable: readonly Candidate[],
  open: readonly (Demand & { wants: number })[],
  { budget, limits }: Constraints
): boolean {
  if (!budget) return true
  return limits.every(({ field }) => {
    const amounts = open
      .filter(demand => demand.field === field)
      .flatMap(({ value, wants }) => {
        const those = usable.filter(({ fields }) => fields[field] === value).map(({ amount }) => amount)
        return those.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, wants)
      })
    if (amounts.length === 0) return true
    const needed = amounts.reduce((all, amount) => all + amount, 0n)
    const dearest = amounts.reduce((top, amount) => (amount > top ? amount : top), taken.last.amount)
    return budget.partial ? taken.spent + needed - dearest <= budget.total : taken.spent + needed <= budget.total
  })
}
