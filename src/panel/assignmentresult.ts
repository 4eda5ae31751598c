import type { Objective, Pair, PanelRule } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { jurorAt, pairOf, proposalAt, sum } from './assignmentinstance.ts'

/** The answer in the format `asg-1-result`. */
export interface AssignmentResult {
  format: 'asg-1-result'
  id: string | null
  objective: Objective
  seed: number
  /** `optimal` is proved; `feasible` is valid, and `bound` says how much better it could be. */
  status: 'optimal' | 'feasible' | 'infeasible'
  assignment: Pair[]
  total: number | null
  /** The worst score; proposals that want no jurors are left out. */
  min: number | null
  relMin: { num: number; den: number; proposal: string } | null
  bound: Bound
  loads: Record<string, number>
  components: number
  kept: number
  newPairs: number
  explanation?: Explanation
}

/** What nothing better than exists: proved figures only. `total` holds beside the figure that comes first. */
export interface Bound {
  total?: number
  absFloor?: number
  relFloor?: number
  kept?: number
  leximin?: number[]
}

/** Why no assignment exists, and the smallest changes that would make one possible. */
export interface Explanation {
  reason: 'capacity' | 'eligible' | 'subset' | 'min-load' | 'locked-conflict' | 'rule'
  shortage: number
  cut: { proposals: string[]; jurors: string[] }
  starved: string[]
  rule: PanelRule | null
  /** All rules that had to go before anything fitted, where one alone was not enough. */
  rules?: PanelRule[]
  pairs: Pair[]
  relax: Relaxation
  demand?: number
  capacity?: number
  minLoad?: number
  /** Who may read what, for the few people and proposals that the reason names. */
  eligible?: Record<string, string[]>
  /** Largest total if `rule` (or `rules`) did not hold. */
  totalWithoutRule?: number
  lang?: string
  readers?: string[]
  places?: number
  needed?: number
  best?: number
  bestTotal?: number
  assignment?: Pair[]
}

/** Each change alone is enough; what is absent does not help. */
export interface Relaxation {
  raiseEveryMaxBy?: number
  extraJurors?: { count: number; max: number }
  lowerMinTotal?: number
}

/** Figures of an assignment, worked out from its pairs and nothing else. */
export type Figures = Pick<AssignmentResult, 'total' | 'min' | 'relMin' | 'loads' | 'components' | 'kept' | 'newPairs'>

export function figuresOf(instance: Instance, chosen: Uint8Array): Figures {
  const { input, demand, jurors, ideal, previous, affinity } = instance
  const scores = scoresOf(instance, chosen)
  const loads = loadsOf(instance, chosen)
  const asked = inInputOrder(instance.proposals).filter(i => (demand[i] as number) > 0)
  const pairs = sum(chosen)
  const kept = sum(chosen.map((one, e) => one & (previous[e] as number)))

  let relMin: Figures['relMin'] = null
  for (const i of asked) {
    const [num, den] = [scores[i] as number, ideal[i] as number]
    if (den > 0 && (!relMin || num * relMin.den < relMin.num * den)) {
      relMin = { num, den, proposal: proposalAt(instance, i).id }
    }
  }
  return {
    total: sum(affinity.map((value, e) => (chosen[e] ? value : 0))),
    min: asked.length > 0 ? Math.min(...asked.map(i => scores[i] as number)) : null,
    relMin,
    loads: Object.fromEntries(inInputOrder(jurors).map(j => [input.jurors[jurors[j] as number]?.id, loads[j]])),
    components: componentsOf(instance, chosen).count,
    kept,
    newPairs: pairs - kept
  }
}

export function scoresOf({ demand, proposalOf, affinity }: Instance, chosen: Uint8Array): number[] {
  const scores = demand.map(() => 0)
  for (let e = 0; e < chosen.length; e++) {
    const p = proposalOf[e] as number
    if (chosen[e]) scores[p] = (scores[p] as number) + (affinity[e] as number)
  }
  return scores
}

export function loadsOf({ max, jurorOf }: Instance, chosen: Uint8Array): number[] {
  const loads = max.map(() => 0)
  for (let e = 0; e < chosen.length; e++) {
    const j = jurorOf[e] as number
    if (chosen[e]) loads[j] = (loads[j] as number) + 1
  }
  return loads
}

/** How many pieces the juror–proposal graph falls into, and which piece each proposal belongs to. */
export function componentsOf({ demand, max, jurorOf, proposalOf }: Instance, chosen: Uint8Array) {
  const n = demand.length
  const parent = Int32Array.from({ length: n + max.length }, (_, node) => node)
  const root = (node: number): number => {
    let at = node
    while (parent[at] !== at) at = parent[at] = parent[parent[at] as number] as number
    return at
  }
  for (let e = 0; e < chosen.length; e++) {
    if (chosen[e]) parent[root(proposalOf[e] as number)] = root(n + (jurorOf[e] as number))
  }
  const pieceOf = demand.map((wanted, i) => (wanted > 0 ? root(i) : -1))
  return { count: new Set(pieceOf.filter(piece => piece >= 0)).size, pieceOf }
}

/** Pairs in proposal order, then juror order, of the input. */
export function pairsOf(instance: Instance, chosen: Uint8Array): Pair[] {
  const { proposals, jurors, proposalOf, jurorOf } = instance
  const edges: number[] = []
  for (let e = 0; e < chosen.length; e++) if (chosen[e]) edges.push(e)
  const placeOf = (e: number) =>
    (proposals[proposalOf[e] as number] as number) * jurors.length + (jurors[jurorOf[e] as number] as number)
  return edges.sort((a, b) => placeOf(a) - placeOf(b)).map(e => pairOf(instance, e))
}

export const proposalNames = (instance: Instance, places: Iterable<number>) =>
  inOrder(places, instance.proposals).map(i => proposalAt(instance, i).id)

export const jurorNames = (instance: Instance, places: Iterable<number>) =>
  inOrder(places, instance.jurors).map(j => jurorAt(instance, j).id)

const inInputOrder = (at: readonly number[]) => inOrder(at.keys(), at)

const inOrder = (places: Iterable<number>, at: readonly number[]) =>
  [...places].sort((a, b) => (at[a] as number) - (at[b] as number))
