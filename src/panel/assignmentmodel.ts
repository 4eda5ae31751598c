import type { AssignmentInput } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { jurorAt, proposalAt, sum } from './assignmentinstance.ts'

/** A linear model with whole-number columns, as a solver takes it. */
export interface Model {
  columns: { cost: number; lower: number; upper: number; whole: boolean }[]
  rows: { lower: number; upper: number; columns: number[]; factors: number[] }[]
}

/** What the solver found: `values` where there are any, and the proved bound on the objective. */
export interface Solution {
  status: 'optimal' | 'infeasible' | 'limit'
  values: ArrayLike<number> | null
  objective: number
  bound: number
}

/** Same model, seed and limit, same solution. `nodes` limits the search; without it the search runs to its proof. */
export interface SolverOptions {
  seed: number
  nodes?: number
  /** Stop at the first solution, whatever its worth. */
  first?: boolean
}

/** Maximises the model. Handed in, so that the arithmetic loads and knows no solver. */
export type Solver = (model: Model, options: SolverOptions) => Promise<Solution>

/** Rules that a model can state row by row; `connected` is told by cuts, `floor` by floors. */
export type Rules = NonNullable<AssignmentInput['rules']>

/** Who is assigned: column `e` is the eligible pair `e`. Demands, loads, locks and the rules on single panels hold. */
export function panelModel(instance: Instance, rules: Rules, gain: ArrayLike<number>): Model {
  const { demand, min, max, locked, jurorOf } = instance
  const columns = Array.from(locked, (lower, e) => ({ cost: gain[e] as number, lower, upper: 1, whole: true }))
  const model: Model = { columns, rows: [] }
  for (const [i, wanted] of demand.entries()) ones(model, edgesOf(instance, i), wanted, wanted)
  for (const [j, edges] of grouped(jurorOf, max.length).entries()) {
    ones(model, edges, min[j] as number, Math.min(max[j] as number, edges.length))
  }
  for (const [i, wanted] of demand.entries()) if (wanted > 0) panelRows(model, instance, i, rules)
  if (rules.connected) countingRows(model, instance)
  return model
}

/** Every score is at least its floor. */
export function addFloors(model: Model, instance: Instance, floors: readonly number[]) {
  for (const [i, floor] of floors.entries()) if (floor > 0) scoreRow(model, instance, i, floor, [])
}

/**
 * Of these proposals at least `atLeast` score `score` or more, for every step of a ladder whose scores ascend; the
 * first step is everybody's floor. Gives back the columns that say who stands on the highest step.
 */
export function addLadder(model: Model, instance: Instance, { members, steps }: Ladder): number[] {
  const climbs = new Map<number, [column: number, factor: number][]>(members.map(i => [i, []]))
  let below = new Map<number, number>()
  for (const [x, { score, atLeast }] of steps.entries()) {
    if (x === 0) continue
    const rise = score - (steps[x - 1] as Step).score
    const standing = new Map<number, number>()
    for (const i of members) {
      if ((instance.ideal[i] as number) < score) continue
      const column = addColumn(model, { cost: 0, lower: 0, upper: 1, whole: true })
      standing.set(i, column)
      climbs.get(i)?.push([column, -rise])
      const stair = below.get(i)
      if (stair !== undefined)
        model.rows.push({ lower: 0, upper: Infinity, columns: [stair, column], factors: [1, -1] })
    }
    ones(model, [...standing.values()], atLeast, Infinity)
    below = standing
  }
  for (const [i, terms] of climbs) scoreRow(model, instance, i, steps[0]?.score ?? 0, terms)
  return [...below.values()]
}

export interface Ladder {
  members: readonly number[]
  steps: readonly Step[]
}

export interface Step {
  score: number
  atLeast: number
}

export function addColumn(model: Model, column: Model['columns'][number]): number {
  return model.columns.push(column) - 1
}

/** Score of a proposal plus the terms is at least `least`. */
export function scoreRow(model: Model, instance: Instance, i: number, least: number, terms: [number, number][]) {
  const edges = edgesOf(instance, i).filter(e => instance.affinity[e] !== 0)
  model.rows.push({
    lower: least,
    upper: Infinity,
    columns: [...edges, ...terms.map(([column]) => column)],
    factors: [...edges.map(e => instance.affinity[e] as number), ...terms.map(([, factor]) => factor)]
  })
}

export function ones(model: Model, columns: number[], lower: number, upper: number) {
  model.rows.push({ lower, upper, columns, factors: columns.map(() => 1) })
}

/** Some juror must read both inside and outside of every piece that an assignment fell into. */
export function addCuts(model: Model, { proposalOf, jurorOf }: Instance, cuts: readonly Cut[]) {
  for (const { proposals, jurors } of cuts) {
    const crossing: number[] = []
    for (let e = 0; e < jurorOf.length; e++) {
      if (proposals.has(proposalOf[e] as number) !== jurors.has(jurorOf[e] as number)) crossing.push(e)
    }
    ones(model, crossing, 1, Infinity)
  }
}

export interface Cut {
  proposals: Set<number>
  jurors: Set<number>
}

/**
 * Connectedness told in full: a first proposal sends one unit to every other along the assigned pairs. Heavier to
 * solve than cuts, and final where cuts would go on.
 */
export function addDelivery(model: Model, instance: Instance) {
  const { demand, max, jurorOf } = instance
  const served = demand.flatMap((wanted, i) => (wanted > 0 ? [i] : []))
  const units = served.length - 1
  const pipe = Array.from(jurorOf, (_, e) => {
    const column = addColumn(model, { cost: 0, lower: -units, upper: units, whole: false })
    model.rows.push({ lower: -Infinity, upper: 0, columns: [column, e], factors: [1, -units] })
    model.rows.push({ lower: 0, upper: Infinity, columns: [column, e], factors: [1, units] })
    return column
  })
  for (const [place, i] of served.entries()) {
    const wanted = place === 0 ? -units : 1
    ones(
      model,
      edgesOf(instance, i).map(e => pipe[e] as number),
      wanted,
      wanted
    )
  }
  for (const edges of grouped(jurorOf, max.length))
    ones(
      model,
      edges.map(e => pipe[e] as number),
      0,
      0
    )
}

function panelRows(model: Model, instance: Instance, i: number, rules: Rules) {
  const wanted = instance.demand[i] as number
  if (rules.minReaders) {
    const readers = readersOf(instance, i)
    if (readers) ones(model, readers, rules.minReaders, Infinity)
  }
  // Jurors without a country count as one country of their own.
  const countries = Map.groupBy(
    edgesOf(instance, i),
    e => jurorAt(instance, instance.jurorOf[e] as number).country ?? ''
  )
  const distinct = Math.min(rules.minCountries ?? 0, wanted)
  const most = Math.min(rules.maxSameCountry || wanted, distinct > 1 ? wanted - distinct + 1 : wanted)
  if (most < wanted) for (const edges of countries.values()) if (edges.length > most) ones(model, edges, 0, most)
  // With two countries, or as many as jurors, the limit above says it all; between them countries must be counted.
  if (distinct > 2 && distinct < wanted) {
    const present = [...countries.values()].map(edges => {
      const column = addColumn(model, { cost: 0, lower: 0, upper: 1, whole: false })
      const factors = [...edges.map(() => 1), -1]
      model.rows.push({ lower: 0, upper: Infinity, columns: [...edges, column], factors })
      return column
    })
    ones(model, present, distinct, Infinity)
  }
}

/** Pairs of a proposal whose juror reads its language; `null` where it states none. */
export function readersOf(instance: Instance, i: number): number[] | null {
  const { lang } = proposalAt(instance, i)
  if (lang === null || lang === undefined) return null
  return edgesOf(instance, i).filter(e => jurorAt(instance, instance.jurorOf[e] as number).langs?.includes(lang))
}

/** A connected graph has fewer nodes than pairs plus two, which limits how many jurors may have work at all. */
function countingRows(model: Model, { demand, min, max, jurorOf, first }: Instance) {
  const served = demand.filter(wanted => wanted > 0).length
  const most = sum(demand) - served + 1
  if (served === 0 || most >= max.length || first.length < 2) return
  const busy = grouped(jurorOf, max.length).map((edges, j) => {
    const column = addColumn(model, { cost: 0, lower: (min[j] as number) > 0 ? 1 : 0, upper: 1, whole: true })
    for (const e of edges) model.rows.push({ lower: 0, upper: Infinity, columns: [column, e], factors: [1, -1] })
    model.rows.push({
      lower: -Infinity,
      upper: 0,
      columns: [...edges, column],
      factors: [...edges.map(() => 1), -Math.min(max[j] as number, edges.length)]
    })
    return column
  })
  ones(model, busy, 0, most)
}

export function edgesOf({ first }: Instance, i: number): number[] {
  const from = first[i] as number
  return Array.from({ length: (first[i + 1] as number) - from }, (_, x) => from + x)
}

function grouped(keys: Int32Array, size: number): number[][] {
  const groups: number[][] = Array.from({ length: size }, () => [])
  for (const [e, key] of keys.entries()) groups[key]?.push(e)
  return groups
}
