import type { Instance } from './assignmentinstance.ts'
import { sum } from './assignmentinstance.ts'
import { addColumn, scoreRow } from './assignmentmodel.ts'
import type { Bound } from './assignmentresult.ts'
import { scoresOf } from './assignmentresult.ts'
import type { Found, Search } from './assignmentsearch.ts'

/** An assignment that was found, what is proved about anything better, and whether that proof is complete. */
export interface Outcome {
  chosen: Uint8Array
  proved: boolean
  bound: Bound
}

/** One question may cost this many branches, fewer the larger they are; what is open then is reported as open. */
export const nodesFor = ({ jurorOf }: Instance) =>
  Math.min(300, Math.max(20, Math.round(2_000_000 / (jurorOf.length + 1))))
/** After so many open answers the search for a higher floor ends; each asks for less than the one before. */
const mostOpen = 5

/** Largest total under the floors that are reached already. */
export async function withLargestTotal(instance: Instance, search: Search, from: Uint8Array, floors: number[]) {
  const found = await search({ gain: instance.affinity, floors, nodes: 10 * nodesFor(instance) })
  const totalOf = (one: Uint8Array) => sum(scoresOf(instance, one))
  const chosen = found.chosen && totalOf(found.chosen) >= totalOf(from) ? found.chosen : from
  return { chosen, proved: found.status === 'optimal', total: wholeBound(found, sum(instance.ideal)) }
}

/** Whole figures cannot pass the whole part of a bound, nor what is known without any solver. */
export const wholeBound = ({ bound }: Found, known: number) => Math.min(known, Math.floor(bound + 1e-6))

/** Largest possible worst score, then the largest total. `start` is any assignment that holds all rules. */
export async function highestAbsoluteFloor(instance: Instance, search: Search, start: Uint8Array): Promise<Outcome> {
  const { demand, ideal } = instance
  const shares = demand.map(wanted => (wanted > 0 ? 1 : 0))
  const highest = Math.min(...ideal.filter((_, i) => (shares[i] as number) > 0))
  const raised = await raisedFloor(instance, search, start, shares, highest)
  const settled = await withLargestTotal(instance, search, raised.chosen, raised.floors)
  return {
    chosen: settled.chosen,
    proved: raised.proved && settled.proved,
    bound: { total: settled.total, absFloor: raised.proved ? raised.level : Math.floor(raised.bound) }
  }
}

/** Largest possible worst score ÷ ideal, then the largest total. Proposals with ideal 0 are left out. */
export async function highestRelativeFloor(instance: Instance, search: Search, start: Uint8Array): Promise<Outcome> {
  const raised = await raisedFloor(instance, search, start, instance.ideal, 1)
  const settled = await withLargestTotal(instance, search, raised.chosen, raised.floors)
  return {
    chosen: settled.chosen,
    proved: raised.proved && settled.proved,
    bound: { total: settled.total, relFloor: raised.proved ? raised.level : raised.bound }
  }
}

/**
 * Raises the level L for which every score is at least L × share, by halving what is open. All questions are about
 * whole scores, so the last answer ("nobody can be lifted above this level") proves the fraction exactly.
 */
async function raisedFloor(
  instance: Instance,
  search: Search,
  start: Uint8Array,
  shares: readonly number[],
  highest: number
) {
  let chosen = start
  let lowest = worst(instance, chosen, shares)
  let bound = Math.min(highest, await relaxedLevel(instance, search, shares, highest))
  let ceiling = bound
  let open = 0
  let next = bound < highest && lowest ? (lowest.num / lowest.den + bound) / 2 : highest
  while (lowest) {
    const { num, den } = lowest
    if (num >= highest * den) return settled(true)
    const above = shares.map(share => (share > 0 ? Math.floor((num * share) / den) + 1 : 0))
    const close = ceiling - num / den < 1e-3 * highest
    // What is open above will stay open: only a real gain is worth more questions.
    if (open > 0 && ceiling - num / den < 5e-3 * highest) return settled(false)
    const floors = close
      ? above
      : above.map((least, i) => Math.max(least, Math.ceil(next * (shares[i] as number) - 1e-9)))
    const question = { gain: instance.affinity, floors, nodes: nodesFor(instance), first: true }
    let found = await search(question)
    // A modest raise that stays open may still be found from another start.
    const modest = next - num / den < 2e-2 * highest
    if (modest && found.status === 'limit' && !found.chosen) found = await search({ ...question, turn: 1 })
    const last = floors.every((floor, i) => floor === above[i])
    if (found.chosen) {
      chosen = found.chosen
      lowest = worst(instance, chosen, shares)
    } else if (found.status === 'impossible') {
      if (last) return settled(true)
      bound = Math.min(bound, next)
      ceiling = Math.min(ceiling, next)
    } else {
      open++
      ceiling = Math.min(ceiling, next)
      if (last || open >= mostOpen) return settled(false)
    }
    if (lowest) next = (lowest.num / lowest.den + ceiling) / 2
  }
  return settled(true)

  function settled(proved: boolean) {
    const { num, den } = lowest ?? { num: 0, den: 1 }
    const floors = shares.map(share => Math.ceil((num * share) / den - 1e-9))
    return { chosen, proved, level: num / den, bound, floors }
  }
}

/** No level above this can be reached, not even if jurors could be divided among proposals. */
async function relaxedLevel(instance: Instance, search: Search, shares: readonly number[], highest: number) {
  const found = await search({
    gain: new Uint8Array(instance.jurorOf.length),
    relaxed: true,
    shape: model => {
      const level = addColumn(model, { cost: 1, lower: 0, upper: highest, whole: false })
      for (const [i, share] of shares.entries()) if (share > 0) scoreRow(model, instance, i, 0, [[level, -share]])
    }
  })
  return found.status === 'optimal' ? found.bound + 1e-6 * highest : highest
}

/** The smallest score ÷ share, as a fraction. */
function worst(instance: Instance, chosen: Uint8Array, shares: readonly number[]) {
  let lowest: { num: number; den: number } | null = null
  for (const [i, num] of scoresOf(instance, chosen).entries()) {
    const den = shares[i] as number
    if (den > 0 && (!lowest || num * lowest.den < lowest.num * den)) lowest = { num, den }
  }
  return lowest
}
