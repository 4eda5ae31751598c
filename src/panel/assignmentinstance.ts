import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { AssignmentInput, Pair } from './assignmentinput.ts'

/**
 * The input as the arithmetic sees it. Proposals and jurors stand in the order the seed drew, which is what decides
 * among equal optima; `proposals[i]` and `jurors[j]` give back the places in the input. Eligible pairs ("edges") of
 * proposal `i` are `first[i]` up to `first[i + 1]`.
 */
export interface Instance {
  readonly input: AssignmentInput
  readonly proposals: readonly number[]
  readonly jurors: readonly number[]
  readonly demand: readonly number[]
  readonly min: readonly number[]
  readonly max: readonly number[]
  readonly first: Int32Array
  readonly jurorOf: Int32Array
  readonly proposalOf: Int32Array
  readonly affinity: Float64Array
  readonly locked: Uint8Array
  readonly previous: Uint8Array
  /** Sum of the best eligible affinities of each proposal, as many as it wants, loads ignored. */
  readonly ideal: readonly number[]
  /** Locked pairs that can never be: a conflict, a withdrawn juror, or more of them than there are places. */
  readonly brokenLocks: readonly Pair[]
}

export function instanceOf(input: AssignmentInput, seed: number): Instance {
  const proposals = drawn(input.proposals, seed)
  const jurors = drawn(input.jurors, seed)
  const gone = new Set(input.withdrawn)
  const juror = (j: number) => input.jurors[jurors[j] as number] as AssignmentInput['jurors'][number]

  const demand = proposals.map(p => input.proposals[p]?.demand ?? 0)
  const max = jurors.map((_, j) => (gone.has(juror(j).id) ? 0 : juror(j).max))
  const min = jurors.map((_, j) => (gone.has(juror(j).id) ? 0 : (juror(j).min ?? 0)))
  const edges = eligiblePairs(input, proposals, jurors, gone)
  const marked = (pairs: Pair[] | undefined) => marks(input, edges, proposals, jurors, pairs)

  const locked = marked(input.locked)
  const instance = { input, proposals, jurors, demand, min, max, ...edges, locked, previous: marked(input.previous) }
  return { ...instance, ideal: ideals(instance), brokenLocks: brokenLocks(instance) }
}

export function pairOf({ input, proposals, jurors, proposalOf, jurorOf }: Instance, edge: number): Pair {
  const proposal = input.proposals[proposals[proposalOf[edge] as number] as number]
  const juror = input.jurors[jurors[jurorOf[edge] as number] as number]
  return [proposal?.id ?? '', juror?.id ?? '']
}

export const proposalAt = ({ input, proposals }: Instance, i: number) =>
  input.proposals[proposals[i] as number] as AssignmentInput['proposals'][number]

export const jurorAt = ({ input, jurors }: Instance, j: number) =>
  input.jurors[jurors[j] as number] as AssignmentInput['jurors'][number]

export const sum = (figures: Iterable<number>) => {
  let total = 0
  for (const figure of figures) total += figure
  return total
}

/** No assignment has more pairs than this. */
export const mostPairs = ({ demand, first }: Instance) =>
  sum(demand.map((wanted, i) => Math.min(wanted, (first[i + 1] as number) - (first[i] as number))))

// By digest, not by shuffling: the order in which a file or a database lists people then changes nothing.
function drawn(list: readonly { id: string }[], seed: number): number[] {
  const lots = list.map(({ id }) => {
    const digest = sha256(utf8ToBytes(`${seed}:${id}`))
    return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0)
  })
  const lot = (index: number) => lots[index] as bigint
  return list.map((_, index) => index).sort((a, b) => (lot(a) < lot(b) ? -1 : lot(a) > lot(b) ? 1 : a - b))
}

type Edges = Pick<Instance, 'first' | 'jurorOf' | 'proposalOf' | 'affinity'>

function eligiblePairs(input: AssignmentInput, proposals: number[], jurors: number[], gone: Set<string>): Edges {
  const placeOf = new Int32Array(jurors.length)
  for (const [place, j] of jurors.entries()) placeOf[j] = place
  const conflicts = conflictsOf(input)
  const first = new Int32Array(proposals.length + 1)
  const jurorOf: number[] = []
  const proposalOf: number[] = []
  const affinity: number[] = []

  for (const [place, p] of proposals.entries()) {
    const row: [juror: number, affinity: number][] = []
    for (const [j, value] of ratedJurors(input, p)) {
      const juror = input.jurors[j]
      if (value === null || !juror || gone.has(juror.id) || conflicts.has(p, j)) continue
      row.push([placeOf[j] as number, value])
    }
    row.sort(([a], [b]) => a - b)
    for (const [j, value] of row) {
      jurorOf.push(j)
      proposalOf.push(place)
      affinity.push(value)
    }
    first[place + 1] = jurorOf.length
  }
  return {
    first,
    jurorOf: Int32Array.from(jurorOf),
    proposalOf: Int32Array.from(proposalOf),
    affinity: Float64Array.from(affinity)
  }
}

function ratedJurors({ affinity, sparse }: AssignmentInput, p: number): Iterable<[number, number | null]> {
  if (affinity) return (affinity[p] ?? []).entries()
  const rated = sparse?.a[p] ?? []
  return (sparse?.j[p] ?? []).map((j, x): [number, number] => [j, rated[x] as number])
}

/** The listed conflicts and those the rules find: same organisation, same country. */
function conflictsOf(input: AssignmentInput) {
  const proposals = indexes(input.proposals)
  const jurors = indexes(input.jurors)
  const listed = new Set<number>()
  for (const [p, j] of input.conflicts ?? []) {
    listed.add((proposals.get(p) ?? 0) * input.jurors.length + (jurors.get(j) ?? 0))
  }
  const rules = input.conflictRules ?? []
  return {
    has(p: number, j: number) {
      if (listed.has(p * input.jurors.length + j)) return true
      return rules.some(key => {
        const value = input.proposals[p]?.[key]
        return value !== null && value !== undefined && value === input.jurors[j]?.[key]
      })
    }
  }
}

const indexes = (list: readonly { id: string }[]) => new Map(list.map(({ id }, index) => [id, index]))

function marks(input: AssignmentInput, edges: Edges, proposals: number[], jurors: number[], pairs: Pair[] = []) {
  const marked = new Uint8Array(edges.jurorOf.length)
  if (pairs.length === 0) return marked
  const wanted = new Set(pairs.map(pair => JSON.stringify(pair)))
  for (let e = 0; e < marked.length; e++) {
    const p = input.proposals[proposals[edges.proposalOf[e] as number] as number]
    const j = input.jurors[jurors[edges.jurorOf[e] as number] as number]
    if (wanted.has(JSON.stringify([p?.id, j?.id]))) marked[e] = 1
  }
  return marked
}

function ideals({ demand, first, affinity }: Pick<Instance, 'demand' | 'first' | 'affinity'>): number[] {
  return demand.map((wanted, i) => {
    const row = affinity.slice(first[i], first[i + 1]).sort()
    return sum(row.subarray(Math.max(0, row.length - wanted)))
  })
}

function brokenLocks(instance: Omit<Instance, 'ideal' | 'brokenLocks'>): Pair[] {
  const { input, demand, max, jurors, proposals, locked, proposalOf, jurorOf } = instance
  const byProposal = new Map<string, number>()
  const byJuror = new Map<string, number>()
  const possible = new Set<string>()
  for (let e = 0; e < locked.length; e++) {
    if (!locked[e]) continue
    const p = input.proposals[proposals[proposalOf[e] as number] as number]?.id ?? ''
    const j = input.jurors[jurors[jurorOf[e] as number] as number]?.id ?? ''
    possible.add(JSON.stringify([p, j]))
    byProposal.set(p, (byProposal.get(p) ?? 0) + 1)
    byJuror.set(j, (byJuror.get(j) ?? 0) + 1)
  }
  const demandOf = new Map(proposals.map((p, i) => [input.proposals[p]?.id, demand[i] ?? 0]))
  const maxOf = new Map(jurors.map((j, i) => [input.jurors[j]?.id, max[i] ?? 0]))
  const unique = new Map((input.locked ?? []).map(pair => [JSON.stringify(pair), pair]))
  return [...unique].flatMap(([key, [p, j]]) => {
    const tooMany = (byProposal.get(p) ?? 0) > (demandOf.get(p) ?? 0) || (byJuror.get(j) ?? 0) > (maxOf.get(j) ?? 0)
    return possible.has(key) && !tooMany ? [] : [[p, j] as Pair]
  })
}

/** The affinity that the input gives for a pair, conflicts aside; `null` where it gives none. */
export function affinityOf(input: AssignmentInput): (proposal: string, juror: string) => number | null {
  const proposals = indexes(input.proposals)
  const jurors = indexes(input.jurors)
  return (proposal, juror) => {
    const [p, j] = [proposals.get(proposal) ?? -1, jurors.get(juror) ?? -1]
    if (input.affinity) return input.affinity[p]?.[j] ?? null
    const place = input.sparse?.j[p]?.indexOf(j) ?? -1
    return input.sparse?.a[p]?.[place] ?? null
  }
}
