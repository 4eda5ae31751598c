import type { Outcome } from './assignmentfairness.ts'
import { nodesFor } from './assignmentfairness.ts'
import type { Instance } from './assignmentinstance.ts'
import { sum } from './assignmentinstance.ts'
import type { Ladder, Step } from './assignmentmodel.ts'
import { addLadder } from './assignmentmodel.ts'
import { scoresOf } from './assignmentresult.ts'
import type { Found, Search } from './assignmentsearch.ts'

/** So many pairs may be weighed over all questions together; what is left then stays unproved. */
const mostPairsWeighed = 400_000

/**
 * The sorted scores, ascending, are lexicographically greatest. The lowest place is raised as far as it goes, then
 * the next, and so on. Whoever is proved to stay at the bottom is closed off with what was proved, so that later
 * questions are about the others only; while *who* stays there is open, a ladder keeps *how many* may.
 * `start` holds all rules.
 */
export async function leximin(instance: Instance, search: Search, start: Uint8Array): Promise<Outcome> {
  const { demand, ideal } = instance
  const floors = demand.map(() => 0)
  const closed: Ladder[] = []
  const proved: number[] = []
  let open = demand.flatMap((wanted, i) => (wanted > 0 ? [i] : []))
  let steps: Step[] = []
  let settled = 0
  let chosen = start
  let scores = scoresOf(instance, chosen)
  let questions = Math.max(40, Math.floor(mostPairsWeighed / Math.max(1, instance.jurorOf.length)))

  while (settled < open.length) {
    let ceiling = ascending(open.map(i => ideal[i] as number))[settled] as number
    for (let next = ceiling; standingAt(settled) < ceiling; next = halfway(standingAt(settled), ceiling)) {
      const found = await ask([...steps, { score: next, atLeast: open.length - settled }])
      if (found.chosen) adopt(found.chosen)
      else if (found.status === 'impossible') ceiling = next - 1
      else return unproved(ceiling)
    }
    const level = standingAt(settled)
    steps.push({ score: level, atLeast: open.length - settled })
    let staying = 1
    if (standingAt(settled + 1) === level) {
      const found = await ask([...steps, { score: level + 1, atLeast: 0 }], { counting: true })
      if (found.status !== 'optimal' || !found.chosen) return unproved(level)
      adopt(found.chosen)
      staying = open.length - settled - Math.round(found.objective)
    }
    for (let x = 0; x < staying; x++) proved.push(level)
    settled += staying
    await closeOff(level)
  }
  return { chosen, proved: true, bound: { total: sum(scores), leximin: proved } }

  function standingAt(place: number): number {
    return ascending(open.map(i => scores[i] as number))[place] ?? Infinity
  }

  function adopt(better: Uint8Array) {
    const reached = scoresOf(instance, better)
    if (compare(ascending(open.map(i => reached[i] as number)), ascending(open.map(i => scores[i] as number))) <= 0)
      return
    chosen = better
    scores = reached
  }

  function unproved(ceiling: number): Outcome {
    return { chosen, proved: false, bound: { leximin: [...proved, ceiling] } }
  }

  /** Whoever stands at the bottom now and could stand higher in no equally good assignment leaves the search. */
  async function closeOff(level: number) {
    const bottom = open.filter(i => (scores[i] as number) <= level)
    for (const i of bottom) {
      if ((ideal[i] as number) <= level) continue
      const others = await ask(steps, { lifted: [i, level + 1] })
      const nobody = { score: level + 1, atLeast: open.length - settled }
      const stays =
        others.status === 'impossible' ||
        (await ask([...steps, nobody], { lifted: [i, level + 1] })).status === 'impossible'
      if (!stays) return
    }
    const rest = open.length - bottom.length
    const kept = steps.map(({ score, atLeast }) => ({ score, atLeast: atLeast - rest }))
    closed.push({ members: bottom, steps: kept })
    for (const i of bottom) floors[i] = kept[0]?.score ?? 0
    open = open.filter(i => (scores[i] as number) > level)
    for (const i of open) floors[i] = level + 1
    steps = []
    settled = 0
  }

  function ask(ladder: Step[], { lifted, counting = false }: Question = {}): Promise<Found> {
    if (questions-- <= 0) return Promise.resolve({ status: 'limit', chosen: null, objective: 0, bound: 0 })
    const asked = [...floors]
    for (const i of open) asked[i] = Math.max(asked[i] as number, ladder[0]?.score ?? 0)
    if (lifted) asked[lifted[0]] = Math.max(asked[lifted[0]] as number, lifted[1])
    return search({
      gain: counting ? new Uint8Array(instance.jurorOf.length) : instance.affinity,
      floors: asked,
      nodes: nodesFor(instance),
      first: !counting,
      shape: model => {
        for (const { members, steps } of closed) if (steps.length > 1) addLadder(model, instance, { members, steps })
        if (ladder.length < 2) return
        const standing = addLadder(model, instance, { members: open, steps: ladder })
        if (counting) for (const x of standing) model.columns[x] = { cost: 1, lower: 0, upper: 1, whole: true }
      }
    })
  }
}

interface Question {
  /** A proposal that must reach at least this score. */
  lifted?: [proposal: number, score: number]
  /** How many can stand on the highest step, instead of whether so many can. */
  counting?: boolean
}

const halfway = (low: number, high: number) => Math.floor((low + high + 1) / 2)

const ascending = (figures: number[]) => figures.sort((a, b) => a - b)

function compare(a: number[], b: number[]): number {
  const at = a.findIndex((score, i) => score !== b[i])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}
