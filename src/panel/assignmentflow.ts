import type { Instance } from './assignmentinstance.ts'
import { mostPairs, sum } from './assignmentinstance.ts'

/** Which eligible pairs are assigned (1), what that leaves undone, and what everybody carries. */
export interface Flow {
  readonly chosen: Uint8Array
  readonly undone: number[]
  readonly starved: number[]
  readonly loads: number[]
}

export const isComplete = ({ undone, starved }: Flow) => sum(undone) + sum(starved) === 0

/**
 * The assignment with the largest sum of `gain` under demands, loads and locks, by successive shortest paths: as many
 * reviews done as can be, then as many minimum loads filled as can be, then the largest gain. Gains are whole numbers;
 * `brokenLocks` of the instance must be empty.
 */
export function bestFlow(instance: Instance, gain: ArrayLike<number>): Flow {
  const { demand, min, max, first, jurorOf, proposalOf, locked } = instance
  const [n, r, edges] = [demand.length, max.length, jurorOf.length]
  const highest = largest(gain)
  const cost = (e: number) => highest - (gain[e] as number)
  // Dearer than any difference that pairs can make: places above the minimum are taken only once no minimum can use them.
  const aboveMinimum = mostPairs(instance) * (highest - smallest(gain)) + 1

  const chosen = Uint8Array.from(locked)
  const loads = new Array<number>(r).fill(0)
  const undone = [...demand]
  const held: number[][] = Array.from({ length: r }, () => [])
  for (let e = 0; e < edges; e++) {
    if (!locked[e]) continue
    loads[jurorOf[e] as number] = (loads[jurorOf[e] as number] as number) + 1
    undone[proposalOf[e] as number] = (undone[proposalOf[e] as number] as number) - 1
  }

  // Nodes: proposals 0 … n-1, jurors n … n+r-1. Potentials keep every reduced cost at zero or more.
  const potential = new Float64Array(n + r)
  const distance = new Float64Array(n + r).fill(Infinity)
  const cameBy = new Int32Array(n + r).fill(-1)
  const settled = new Uint8Array(n + r)
  const touched: number[] = []
  const queue = new Queue()

  for (let p = 0; p < n; p++) {
    while ((undone[p] as number) > 0) {
      const end = cheapestPlace(p)
      if (end < 0) break
      augment(p, end)
    }
  }
  const starved = min.map((least, j) => Math.max(0, least - (loads[j] as number)))
  return { chosen, undone, starved, loads }

  function cheapestPlace(source: number): number {
    let [end, reach] = [-1, Infinity]
    label(source, 0, -1)
    for (let node = queue.pop(); node >= 0 && (distance[node] as number) < reach; node = queue.pop()) {
      if (settled[node]) continue
      settled[node] = 1
      const near = distance[node] as number
      if (node < n) {
        for (let e = first[node] as number; e < (first[node + 1] as number); e++) {
          if (chosen[e]) continue
          const juror = n + (jurorOf[e] as number)
          const far = near + cost(e) + (potential[node] as number) - (potential[juror] as number)
          if (far >= (distance[juror] as number) || far >= reach) continue
          label(juror, far, e)
          const place = placeCost(juror - n)
          if (far + place + (potential[juror] as number) < reach) {
            end = juror
            reach = far + place + (potential[juror] as number)
          }
        }
      } else {
        for (const e of held[node - n] as number[]) {
          const proposal = proposalOf[e] as number
          const far = near - cost(e) + (potential[node] as number) - (potential[proposal] as number)
          if (far < (distance[proposal] as number) && far < reach) label(proposal, far, e)
        }
      }
    }
    for (const node of touched) {
      if (end >= 0 && (distance[node] as number) < reach) {
        potential[node] = (potential[node] as number) + (distance[node] as number) - reach
      }
      distance[node] = Infinity
      settled[node] = 0
    }
    touched.length = 0
    queue.clear()
    return end
  }

  function label(node: number, far: number, by: number) {
    if (distance[node] === Infinity) touched.push(node)
    distance[node] = far
    cameBy[node] = by
    queue.push(far, node)
  }

  function placeCost(j: number): number {
    const load = loads[j] as number
    if (load >= (max[j] as number)) return Infinity
    return load < (min[j] as number) ? 0 : aboveMinimum
  }

  function augment(source: number, end: number) {
    let juror = end
    loads[juror - n] = (loads[juror - n] as number) + 1
    for (;;) {
      const into = cameBy[juror] as number
      chosen[into] = 1
      held[juror - n]?.push(into)
      const proposal = proposalOf[into] as number
      if (proposal === source) break
      const back = cameBy[proposal] as number
      chosen[back] = 0
      juror = n + (jurorOf[back] as number)
      const holds = held[juror - n] as number[]
      holds.splice(holds.indexOf(back), 1)
    }
    undone[source] = (undone[source] as number) - 1
  }
}

/**
 * Where the reviews that stay undone are stuck: proposals that compete, and the full jurors they compete for
 * (the smallest such cut).
 */
export function stuckIn(instance: Instance, { chosen, undone }: Flow): { proposals: number[]; jurors: number[] } {
  const { first, jurorOf, proposalOf, locked } = instance
  const proposals = new Set(undone.flatMap((left, p) => (left > 0 ? [p] : [])))
  const jurors = new Set<number>()
  const held = heldBy(instance, chosen)
  for (const p of proposals) {
    for (let e = first[p] as number; e < (first[p + 1] as number); e++) {
      const j = jurorOf[e] as number
      if (chosen[e] || jurors.has(j)) continue
      jurors.add(j)
      for (const back of held[j] as number[]) if (!locked[back]) proposals.add(proposalOf[back] as number)
    }
  }
  return { proposals: [...proposals], jurors: [...jurors] }
}

/** Jurors whose minimum loads cannot all be filled: those left short, and those who would be short in their place. */
export function starvedTogether(instance: Instance, { chosen, starved }: Flow): number[] {
  const { first, jurorOf, proposalOf, locked } = instance
  const jurors = new Set(starved.flatMap((short, j) => (short > 0 ? [j] : [])))
  const mayRead = new Array<number[]>(starved.length)
  for (let e = 0; e < jurorOf.length; e++) {
    const j = jurorOf[e] as number
    mayRead[j] ??= []
    if (!chosen[e]) mayRead[j].push(proposalOf[e] as number)
  }
  for (const j of jurors) {
    for (const p of mayRead[j] ?? []) {
      for (let e = first[p] as number; e < (first[p + 1] as number); e++) {
        if (chosen[e] && !locked[e]) jurors.add(jurorOf[e] as number)
      }
    }
  }
  return [...jurors]
}

function heldBy({ jurorOf, max }: Instance, chosen: Uint8Array): number[][] {
  const held: number[][] = max.map(() => [])
  for (let e = 0; e < chosen.length; e++) if (chosen[e]) held[jurorOf[e] as number]?.push(e)
  return held
}

function largest(figures: ArrayLike<number>): number {
  let found = 0
  for (let e = 0; e < figures.length; e++) found = Math.max(found, figures[e] as number)
  return found
}

function smallest(figures: ArrayLike<number>): number {
  let found = Infinity
  for (let e = 0; e < figures.length; e++) found = Math.min(found, figures[e] as number)
  return figures.length > 0 ? found : 0
}

/** A binary heap of (distance, node); a node may stand in it more than once, the nearest comes first. */
class Queue {
  readonly #distances: number[] = []
  readonly #nodes: number[] = []

  push(distance: number, node: number) {
    let at = this.#nodes.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#distances[parent] as number) <= distance) break
      this.#distances[at] = this.#distances[parent] as number
      this.#nodes[at] = this.#nodes[parent] as number
      at = parent
    }
    this.#distances[at] = distance
    this.#nodes[at] = node
  }

  /** The nearest node, or -1 when none is left. */
  pop(): number {
    const nearest = this.#nodes[0]
    if (nearest === undefined) return -1
    const distance = this.#distances.pop() as number
    const node = this.#nodes.pop() as number
    if (this.#nodes.length > 0) this.#sink(distance, node)
    return nearest
  }

  clear() {
    this.#distances.length = 0
    this.#nodes.length = 0
  }

  #sink(distance: number, node: number) {
    const size = this.#nodes.length
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && (this.#distances[child + 1] as number) < (this.#distances[child] as number)) child++
      if ((this.#distances[child] as number) >= distance) break
      this.#distances[at] = this.#distances[child] as number
      this.#nodes[at] = this.#nodes[child] as number
      at = child
    }
    this.#distances[at] = distance
    this.#nodes[at] = node
  }
}
