import {
  type Candidate,
  type Constraints,
  completable,
  demandsOf,
  kindOf,
  NOTHING_TAKEN,
  openDemands,
  type Taken,
  whyNotAdd,
  withTaken
} from './envelope.ts'

/**
 * The best set by rank, as far as ranks decide it: in whatever order equal ones would be taken, `awarded` are in; `tied` are
 * in for some orders and out for others; everybody else is out, for the reason in `why`.
 */
export type BestSet = { awarded: Set<string>; tied: Set<string>; why: Map<string, string>; feasible: boolean }

/** Equals that are alike to every limit. */
type Kind = { members: Candidate[] }
/** One way to take a group of equals: how many of each kind, and why no more. */
type Order = { chosen: number[]; why: (string | null)[]; taken: Taken }
/** How many of a kind are in, at least and at most, over all orders of the equal ones. */
type Count = { least: number; most: number; why: string | null }

/** Past so many different states the ties are too entangled to follow: who could still be in is then tied. */
const STATES = 20_000

/**
 * Down the ranks, each is taken if what has been taken with it can still be completed: that is the lexicographically best set.
 * Equal ranks are taken in every order; states that look alike are followed once.
 */
export function bestSet(candidates: readonly Candidate[], constraints: Constraints): BestSet {
  const demands = demandsOf(candidates, constraints)
  const groups = kindsByRank(candidates, constraints)
  const flat = groups.flat()
  const after = groups.map((_, index) =>
    groups.slice(index + 1).flatMap(kinds => kinds.flatMap(({ members }) => members))
  )
  const known = new Map<string, Count[]>()
  let states = 0

  if (!completable(NOTHING_TAKEN, candidates, demands, constraints)) {
    const field = openDemands(demands, NOTHING_TAKEN)[0]?.field ?? ''
    const why = new Map(candidates.map(({ id }) => [id, `limit:${field}`]))
    return { awarded: new Set(), tied: new Set(), why, feasible: false }
  }

  const counts = follow(0, NOTHING_TAKEN)
  const awarded = new Set<string>()
  const tied = new Set<string>()
  const why = new Map<string, string>()
  for (const [index, { members }] of flat.entries()) {
    const { least, most, why: reason } = counts[index] as Count
    for (const { id } of members) {
      if (least === members.length) awarded.add(id)
      else if (most > 0) tied.add(id)
      else why.set(id, reason ?? 'places')
    }
  }
  return { awarded, tied, why, feasible: true }

  /** For every kind from this group down, over all orders. */
  function follow(from: number, start: Taken): Count[] {
    const counts: Count[] = []
    let taken = start
    for (let at = from; at < groups.length; at++) {
      const group = groups[at] as Kind[]
      const ways = orders(at, group, taken)
      if (states > STATES) return [...counts, ...entangled(at, taken)]
      const [only, ...others] = ways
      if (others.length > 0) return [...counts, ...followAll(at, ways)]
      if (!only) break
      counts.push(...countsOf(only))
      taken = only.taken
    }
    return counts
  }

  function followAll(at: number, ways: readonly Order[]): Count[] {
    const outcomes = ways.map(way => {
      const key = `${at}|${stateKey(way.taken)}`
      const below = known.get(key) ?? follow(at + 1, way.taken)
      known.set(key, below)
      return [...countsOf(way), ...below]
    })
    return outcomes.reduce((all, outcome) => all.map((count, index) => mergedCount(count, outcome[index] as Count)))
  }

  /** The different ways in which a group of equals can be taken, each as counts by kind. */
  function orders(at: number, group: readonly Kind[], start: Taken): Order[] {
    const found = new Map<string, Order>()
    const seen = new Set<string>()
    const walk = (chosen: number[], taken: Taken): void => {
      const key = chosen.join(',')
      if (seen.has(key)) return
      seen.add(key)
      if (seen.size > 1) states++
      const why = group.map((kind, index) => {
        const next = kind.members[chosen[index] ?? 0]
        return next ? whyNotTake(at, group, chosen, index, taken) : null
      })
      const open = group.flatMap(({ members }, index) =>
        why[index] === null && (chosen[index] ?? 0) < members.length ? [index] : []
      )
      if (open.length === 0 || states > STATES) found.set(key, { chosen, why, taken })
      for (const index of states > STATES ? [] : open) {
        const candidate = group[index]?.members[chosen[index] ?? 0] as Candidate
        walk(
          chosen.map((count, kind) => (kind === index ? count + 1 : count)),
          withTaken(taken, candidate, constraints)
        )
      }
    }
    walk(
      group.map(() => 0),
      start
    )
    return [...found.values()]
  }

  function whyNotTake(at: number, group: readonly Kind[], chosen: readonly number[], index: number, taken: Taken) {
    const candidate = group[index]?.members[chosen[index] ?? 0] as Candidate
    const refused = whyNotAdd(taken, candidate, constraints)
    if (refused || demands.length === 0) return refused
    const rest = [
      ...group.flatMap(({ members }, kind) => members.slice((chosen[kind] ?? 0) + (kind === index ? 1 : 0))),
      ...(after[at] ?? [])
    ]
    const next = withTaken(taken, candidate, constraints)
    if (completable(next, rest, demands, constraints)) return null
    return `limit:${openDemands(demands, next)[0]?.field ?? ''}`
  }

  /** A safe answer where following every order would take too long: nobody more is sure, nobody possible is out. */
  function entangled(at: number, taken: Taken): Count[] {
    return groups.slice(at).flatMap(kinds =>
      kinds.map(({ members }): Count => {
        const why = whyNotAdd(taken, members[0] as Candidate, constraints)
        return { least: 0, most: why ? 0 : members.length, why }
      })
    )
  }
}

function kindsByRank(candidates: readonly Candidate[], constraints: Constraints): Kind[][] {
  const groups = new Map<number, Map<string, Kind>>()
  for (const candidate of [...candidates].sort((a, b) => a.rank - b.rank)) {
    const kinds = groups.get(candidate.rank) ?? new Map<string, Kind>()
    groups.set(candidate.rank, kinds)
    const name = kindOf(candidate, constraints, constraints.budget !== null)
    const kind = kinds.get(name) ?? { members: [] }
    kind.members.push(candidate)
    kinds.set(name, kind)
  }
  return [...groups.values()].map(kinds => [...kinds.values()])
}

function countsOf({ chosen, why }: Order): Count[] {
  return chosen.map((count, kind) => ({ least: count, most: count, why: why[kind] ?? null }))
}

function mergedCount(a: Count, b: Count): Count {
  return { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most), why: a.why ?? b.why }
}

function stateKey({ count, perValue, spent, last }: Taken): string {
  const values = [...perValue].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => `${key}=${count}`)
  return [count, spent, last.rank, last.amount, ...values].join('\u0001')
}
