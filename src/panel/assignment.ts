import { ruleFaults } from './assignmentcheck.ts'
import { explainLocks, explainNetwork } from './assignmentexplain.ts'
import type { Outcome } from './assignmentfairness.ts'
import { highestAbsoluteFloor, highestRelativeFloor, wholeBound } from './assignmentfairness.ts'
import { bestFlow, isComplete } from './assignmentflow.ts'
import type { AssignmentInput, Objective } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { instanceOf, mostPairs, sum } from './assignmentinstance.ts'
import { leximin } from './assignmentleximin.ts'
import type { Model, Solver } from './assignmentmodel.ts'
import { ones } from './assignmentmodel.ts'
import type { AssignmentResult, Bound, Explanation } from './assignmentresult.ts'
import { figuresOf, pairsOf } from './assignmentresult.ts'
import { explainRules, fits } from './assignmentrules.ts'
import type { Found, Search } from './assignmentsearch.ts'
import { searchOf } from './assignmentsearch.ts'

/**
 * Assigns jurors to proposals, or explains why nobody could. The input is one that `readAssignment` accepts. The
 * solver is asked only where rules bind or a fair objective is wanted: a plain `total` or `keep` needs none.
 */
export async function solveAssignment(input: AssignmentInput, solver: Solver): Promise<AssignmentResult> {
  const seed = input.seed ?? 1
  const objective = objectiveOf(input)
  const instance = instanceOf(input, seed)
  const no = (explanation: Explanation) => infeasible(instance, objective, seed, explanation)
  if (instance.brokenLocks.length > 0) return no(explainLocks(instance))

  const flow = bestFlow(instance, objective === 'keep' ? keepingGain(instance) : instance.affinity)
  const rules = input.rules ?? {}
  if (!isComplete(flow)) {
    const works = (changed: AssignmentInput) => fits(instanceOf(changed, seed), rules, solver, seed)
    return no(await explainNetwork(instance, flow, works))
  }

  const search = searchOf(instance, rules, solver, seed)
  const largest = await underRules(instance, search, objective, flow.chosen)
  if (!largest) return no(await explainRules(instance, solver, seed))
  const { chosen, proved, bound } = await fairest(instance, search, objective, largest)
  return {
    format: 'asg-1-result',
    id: input.id ?? null,
    objective,
    seed,
    status: proved ? 'optimal' : 'feasible',
    assignment: pairsOf(instance, chosen),
    ...figuresOf(instance, chosen),
    bound
  }
}

export const objectiveOf = ({ objective, previous }: AssignmentInput): Objective =>
  objective ?? (previous ? 'keep' : 'total')

/** The flow knows no rules; where it breaks one, the solver looks for the best that breaks none. */
async function underRules(
  instance: Instance,
  search: Search,
  objective: Objective,
  chosen: Uint8Array
): Promise<Outcome | null> {
  if (ruleFaults(instance, instance.input.rules ?? {}, chosen).length === 0) {
    const { total, kept } = figuresOf(instance, chosen)
    return { chosen, proved: true, bound: { total: total as number, ...(objective === 'keep' ? { kept } : {}) } }
  }
  if (objective === 'keep') return mostKept(instance, search)
  const found = await search({ gain: instance.affinity })
  if (found.status === 'impossible') return null
  return outcomeOf(found, found.chosen, { total: wholeBound(found, sum(instance.ideal)) })
}

/** Most previous pairs kept, then the largest total among those. */
async function mostKept(instance: Instance, search: Search): Promise<Outcome | null> {
  const most = await search({ gain: instance.previous })
  if (most.status === 'impossible') return null
  const reached = Math.round(most.objective)
  const keeping = (model: Model) =>
    ones(
      model,
      [...instance.previous.keys()].filter(e => instance.previous[e]),
      reached,
      Infinity
    )
  const found = await search({ gain: instance.affinity, shape: keeping })
  const outcome = outcomeOf(found, found.chosen ?? most.chosen, {
    total: wholeBound(found, sum(instance.ideal)),
    kept: wholeBound(most, sum(instance.previous))
  })
  return { ...outcome, proved: outcome.proved && most.status === 'optimal' }
}

function outcomeOf({ status }: Found, chosen: Uint8Array | null, bound: Bound): Outcome {
  if (!chosen) throw new Error('The solver reached its limit without any assignment')
  return { chosen, proved: status === 'optimal', bound }
}

async function fairest(instance: Instance, search: Search, objective: Objective, largest: Outcome): Promise<Outcome> {
  // Without anything to give there is nothing to be fair about.
  if (sum(instance.demand) === 0) return largest
  if (objective === 'abs-floor') return highestAbsoluteFloor(instance, search, largest.chosen)
  if (objective === 'rel-floor') return highestRelativeFloor(instance, search, largest.chosen)
  if (objective === 'leximin') return leximin(instance, search, largest.chosen)
  return largest
}

/** A kept pair is worth more than any difference that affinities can make. */
export function keepingGain(instance: Instance): Float64Array {
  const { affinity, previous } = instance
  const largest = affinity.reduce((most, value) => Math.max(most, value), 0)
  const worth = largest * mostPairs(instance) + 1
  return affinity.map((value, e) => value + (previous[e] ? worth : 0))
}

function infeasible(
  instance: Instance,
  objective: Objective,
  seed: number,
  explanation: Explanation
): AssignmentResult {
  return {
    format: 'asg-1-result',
    id: instance.input.id ?? null,
    objective,
    seed,
    status: 'infeasible',
    assignment: [],
    total: null,
    min: null,
    relMin: null,
    bound: {},
    loads: {},
    components: 0,
    kept: 0,
    newPairs: 0,
    explanation
  }
}
