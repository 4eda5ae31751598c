import type { Instance } from './assignmentinstance.ts'
import type { Cut, Model, Rules, Solver, SolverOptions } from './assignmentmodel.ts'
import { addCuts, addDelivery, addFloors, panelModel } from './assignmentmodel.ts'
import { componentsOf, scoresOf } from './assignmentresult.ts'

/** Cuts settle almost every programme in a few rounds; past these the whole network of deliveries is written out. */
const roundsOfCuts = 30

export interface Wish extends Omit<SolverOptions, 'seed'> {
  gain: ArrayLike<number>
  floors?: readonly number[]
  /** Adds columns and rows of its own, after those of the panels. */
  shape?: (model: Model) => void
  /** Only the bound is wanted: pairs may be assigned in part. */
  relaxed?: boolean
  /** The same question again, searched in another order. */
  turn?: number
}

/** `impossible` and `optimal` are proved; a `limit` may still carry an assignment. `bound` is never too low. */
export interface Found {
  status: 'optimal' | 'limit' | 'impossible'
  chosen: Uint8Array | null
  objective: number
  bound: number
}

export type Search = (wish: Wish) => Promise<Found>

/**
 * Questions about one instance under its rules. Connectedness is asked for by cuts, added whenever an answer falls
 * into pieces and kept for the next question.
 */
export function searchOf(instance: Instance, rules: Rules, solver: Solver, seed: number): Search {
  const cuts: Cut[] = []
  return async wish => {
    const floors = floorsUnder(instance, rules, wish.floors)
    for (let round = 0; ; round++) {
      const model = panelModel(instance, rules, wish.gain)
      if (floors) addFloors(model, instance, floors)
      addCuts(model, instance, cuts)
      if (round >= roundsOfCuts) addDelivery(model, instance)
      wish.shape?.(model)
      if (wish.relaxed) {
        const { status, bound, objective } = await solver(divided(model), { seed })
        return { status: status === 'infeasible' ? 'impossible' : status, chosen: null, objective, bound }
      }
      const found = read(instance, floors, await solver(model, { ...limits(wish), seed: seed + (wish.turn ?? 0) }))
      const pieces = rules.connected && found.chosen ? cutsBetween(instance, found.chosen) : []
      if (pieces.length === 0) return found
      if (round > roundsOfCuts) throw new Error('An assignment fell into pieces although deliveries were asked for')
      cuts.push(...pieces)
    }
  }
}

const divided = ({ columns, rows }: Model): Model => ({
  columns: columns.map(column => ({ ...column, whole: false })),
  rows
})

function limits({ nodes, first }: Wish): Omit<SolverOptions, 'seed'> {
  return { ...(nodes === undefined ? {} : { nodes }), ...(first === undefined ? {} : { first }) }
}

function floorsUnder({ demand }: Instance, { floor = 0 }: Rules, floors?: readonly number[]): number[] | null {
  const least = Math.ceil(floor)
  if (!floors && least === 0) return null
  return demand.map((wanted, i) => (wanted > 0 ? Math.max(least, floors?.[i] ?? 0) : 0))
}

function read(instance: Instance, floors: number[] | null, solution: Awaited<ReturnType<Solver>>): Found {
  const { status, values, objective, bound } = solution
  if (status === 'infeasible') return { status: 'impossible', chosen: null, objective, bound }
  if (!values) return { status: 'limit', chosen: null, objective, bound }
  const chosen = Uint8Array.from(instance.jurorOf, (_, e) => Math.round(values[e] as number))
  // A solver's tolerance must not pass for a met floor.
  const met = !floors || scoresOf(instance, chosen).every((score, i) => score >= (floors[i] as number))
  return met ? { status, chosen, objective, bound } : { status: 'limit', chosen: null, objective, bound }
}

function cutsBetween(instance: Instance, chosen: Uint8Array): Cut[] {
  const { count, pieceOf } = componentsOf(instance, chosen)
  if (count < 2) return []
  const pieces = new Map<number, Cut>()
  for (const [i, piece] of pieceOf.entries()) {
    if (piece < 0) continue
    const cut = pieces.get(piece) ?? { proposals: new Set(), jurors: new Set() }
    cut.proposals.add(i)
    pieces.set(piece, cut)
  }
  for (let e = 0; e < chosen.length; e++) {
    const piece = pieceOf[instance.proposalOf[e] as number] as number
    if (chosen[e]) pieces.get(piece)?.jurors.add(instance.jurorOf[e] as number)
  }
  return [...pieces.values()]
}
