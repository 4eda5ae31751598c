import { explainLocks, explainNetwork } from './assignmentexplain.ts'
import { bestFlow, isComplete } from './assignmentflow.ts'
import type { AssignmentInput, Objective } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { instanceOf, sum } from './assignmentinstance.ts'
import type { Solver } from './assignmentmodel.ts'
import type { AssignmentResult, Bound, Explanation } from './assignmentresult.ts'
import { figuresOf, pairsOf } from './assignmentresult.ts'

/**
 * Assigns jurors to proposals, or explains why nobody could. The input is one that `readAssignment` accepts. The
 * solver is called only where rules or a fair objective ask for it: a plain `total` or `keep` needs none.
 */
export async function solveAssignment(input: AssignmentInput, _solver: Solver): Promise<AssignmentResult> {
  const seed = input.seed ?? 1
  const objective = input.objective ?? (input.previous ? 'keep' : 'total')
  const instance = instanceOf(input, seed)
  if (instance.brokenLocks.length > 0) return infeasible(instance, objective, seed, explainLocks(instance))

  const plain = objective === 'total' || objective === 'keep'
  if (!plain || Object.values(input.rules ?? {}).some(Boolean)) throw new RangeError(`not yet assigned by ${objective}`)

  const flow = bestFlow(instance, objective === 'keep' ? keepingGain(instance) : instance.affinity)
  if (!isComplete(flow)) return infeasible(instance, objective, seed, explainNetwork(instance, flow))
  const figures = figuresOf(instance, flow.chosen)
  const bound: Bound = { total: figures.total as number }
  if (objective === 'keep') bound.kept = figures.kept
  return {
    ...head(input, objective, seed),
    status: 'optimal',
    assignment: pairsOf(instance, flow.chosen),
    ...figures,
    bound
  }
}

/** A kept pair is worth more than any difference that affinities can make. */
export function keepingGain({ affinity, previous, demand }: Instance): Float64Array {
  const largest = affinity.reduce((most, value) => Math.max(most, value), 0)
  const worth = largest * sum(demand) + 1
  return affinity.map((value, e) => value + (previous[e] ? worth : 0))
}

function infeasible(instance: Instance, objective: Objective, seed: number, explanation: Explanation) {
  const nothing = new Uint8Array(instance.jurorOf.length)
  return {
    ...head(instance.input, objective, seed),
    status: 'infeasible' as const,
    assignment: [],
    ...figuresOf(instance, nothing),
    total: null,
    min: null,
    relMin: null,
    bound: {},
    explanation
  }
}

const head = ({ id }: AssignmentInput, objective: Objective, seed: number) => ({
  format: 'asg-1-result' as const,
  id: id ?? null,
  objective,
  seed
})
