import type { Flow } from './assignmentflow.ts'
import { starvedTogether, stuckIn } from './assignmentflow.ts'
import type { AssignmentInput } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { jurorAt, pairOf, proposalAt, sum } from './assignmentinstance.ts'
import type { Explanation, Relaxation } from './assignmentresult.ts'
import { jurorNames, proposalNames } from './assignmentresult.ts'

/** How far the search for a relaxation goes. */
const highestRaise = 6
const mostExtraJurors = 3

export const noExplanation = {
  shortage: 0,
  cut: { proposals: [], jurors: [] },
  starved: [],
  rule: null,
  pairs: [],
  relax: {}
}

export function explainLocks({ brokenLocks }: Instance): Explanation {
  return { reason: 'locked-conflict', ...noExplanation, pairs: [...brokenLocks] }
}

/** Why demands, loads, conflicts and locks alone cannot all be met. */
export async function explainNetwork(instance: Instance, flow: Flow, works: Works): Promise<Explanation> {
  const shortage = sum(flow.undone) + sum(flow.starved)
  const totals = { demand: sum(instance.demand), capacity: sum(instance.max), minLoad: sum(instance.min) }
  const starved = starvedTogether(instance, flow)
  const explained = { ...noExplanation, shortage, ...totals, starved: jurorNames(instance, starved) }
  const relax = await networkRelaxation(instance.input, flow, works)
  if (sum(flow.undone) === 0) {
    return { reason: 'min-load', ...explained, relax, eligible: mayReadOf(instance, starved) }
  }

  const cut = stuckIn(instance, flow)
  const named = { proposals: proposalNames(instance, cut.proposals), jurors: jurorNames(instance, cut.jurors) }
  const all = {
    proposals: proposalNames(instance, instance.demand.keys()),
    jurors: jurorNames(instance, instance.max.keys())
  }
  const pairs = locksHolding(instance, cut)
  if (cut.jurors.length === 0 && cut.proposals.length < all.proposals.length) {
    return { reason: 'eligible', ...explained, cut: named, relax, eligible: mayBeReadBy(instance, cut.proposals) }
  }
  if (totals.demand - totals.capacity === sum(flow.undone)) return { reason: 'capacity', ...explained, cut: all, relax }
  const everything = cut.proposals.length === all.proposals.length
  return { reason: everything ? 'capacity' : 'subset', ...explained, cut: named, pairs, relax }
}

/** Whether a changed input can be assigned, rules and all. */
export type Works = (changed: AssignmentInput) => Promise<boolean>

async function networkRelaxation(input: AssignmentInput, { undone, starved }: Flow, works: Works): Promise<Relaxation> {
  // Minimum loads that cannot be filled stay so however many places and jurors are added.
  if (sum(starved) === 0) return relaxationOf(input, works)
  return sum(undone) === 0 ? { lowerMinTotal: sum(starved) } : {}
}

/** The smallest change of each kind, of loads and of jurors, that makes `works` true of the changed input. */
export async function relaxationOf(input: AssignmentInput, works: Works) {
  const relax: Relaxation = {}
  for (let raise = 1; raise <= highestRaise && !relax.raiseEveryMaxBy; raise++) {
    if (await works(withHigherLoads(input, raise))) relax.raiseEveryMaxBy = raise
  }
  const max = Math.max(0, ...input.jurors.map(juror => juror.max))
  for (let count = 1; count <= mostExtraJurors && !relax.extraJurors; count++) {
    if (await works(withExtraJurors(input, count, max))) relax.extraJurors = { count, max }
  }
  return relax
}

function withHigherLoads(input: AssignmentInput, raise: number): AssignmentInput {
  return { ...input, jurors: input.jurors.map(juror => ({ ...juror, max: juror.max + raise })) }
}

/** Jurors without conflicts, reading everything, each from a country of its own. */
function withExtraJurors(input: AssignmentInput, count: number, max: number): AssignmentInput {
  const langs = [...new Set(input.proposals.flatMap(({ lang }) => lang ?? []))]
  const taken = new Set(input.jurors.map(({ id }) => id))
  const extra = Array.from({ length: count }, (_, x) => {
    let id = `extra ${x + 1}`
    while (taken.has(id)) id += '+'
    return { id, max, langs, country: `\u0000${id}` }
  })
  const places = extra.map((_, x) => input.jurors.length + x)
  const changed = { ...input, jurors: [...input.jurors, ...extra] }
  if (input.affinity) changed.affinity = input.affinity.map(row => [...row, ...extra.map(() => 0)])
  if (input.sparse) {
    const { j, a } = input.sparse
    changed.sparse = { j: j.map(row => [...row, ...places]), a: a.map(row => [...row, ...places.map(() => 0)]) }
  }
  return changed
}

/** Locked pairs by which proposals outside the cut hold places of the jurors in it. */
function locksHolding(instance: Instance, cut: { proposals: number[]; jurors: number[] }) {
  const [inside, jurors] = [new Set(cut.proposals), new Set(cut.jurors)]
  const { locked, proposalOf, jurorOf } = instance
  const holding: number[] = []
  for (let e = 0; e < locked.length; e++) {
    if (locked[e] && jurors.has(jurorOf[e] as number) && !inside.has(proposalOf[e] as number)) holding.push(e)
  }
  return holding.map(e => pairOf(instance, e))
}

function mayBeReadBy(instance: Instance, proposals: number[]): Record<string, string[]> {
  const { first, jurorOf } = instance
  return Object.fromEntries(
    proposals.map(p => {
      const jurors = jurorOf.subarray(first[p], first[p + 1])
      return [proposalAt(instance, p).id, jurorNames(instance, jurors)]
    })
  )
}

function mayReadOf(instance: Instance, jurors: number[]): Record<string, string[]> {
  const { proposalOf, jurorOf } = instance
  return Object.fromEntries(
    jurors.map(j => {
      const proposals = [...proposalOf].filter((_, e) => jurorOf[e] === j)
      return [jurorAt(instance, j).id, proposalNames(instance, proposals)]
    })
  )
}
