import { ruleFaults } from './assignmentcheck.ts'
import { noExplanation, relaxationOf } from './assignmentexplain.ts'
import { highestAbsoluteFloor } from './assignmentfairness.ts'
import { bestFlow, isComplete } from './assignmentflow.ts'
import type { PanelRule } from './assignmentinput.ts'
import { panelRules } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { instanceOf, proposalAt, sum } from './assignmentinstance.ts'
import type { Rules, Solver } from './assignmentmodel.ts'
import { addColumn, readersOf } from './assignmentmodel.ts'
import type { Explanation } from './assignmentresult.ts'
import { figuresOf, pairsOf } from './assignmentresult.ts'
import { searchOf } from './assignmentsearch.ts'

/** Why an instance that demands, loads and locks allow has no assignment: the rule that is in the way. */
export async function explainRules(instance: Instance, solver: Solver, seed: number): Promise<Explanation> {
  const rules = instance.input.rules ?? {}
  const inTheWay = await rulesInTheWay(instance, rules, solver, seed)
  const [rule] = inTheWay as [PanelRule]
  const without = rulesWithout(rules, inTheWay)
  const free = await searchOf(instance, without, solver, seed)({ gain: instance.affinity })
  const relax = await relaxationOf(instance.input, changed => fits(instanceOf(changed, seed), rules, solver, seed))
  const explanation: Explanation = { reason: 'rule', ...noExplanation, rule, relax }
  if (free.chosen) explanation.totalWithoutRule = figuresOf(instance, free.chosen).total as number
  if (inTheWay.length > 1) return { ...explanation, rules: inTheWay }
  if (rule === 'floor') return { ...explanation, ...(await bestFloor(instance, without, solver, seed)) }
  if (rule === 'minReaders') return { ...explanation, ...(await missingReaders(instance, rules, solver, seed)) }
  return explanation
}

/** One rule whose removal is enough; where there is none, the fewest first ones that are enough together. */
async function rulesInTheWay(instance: Instance, rules: Rules, solver: Solver, seed: number): Promise<PanelRule[]> {
  const suspects = panelRules.filter(rule => rules[rule])
  for (const rule of suspects) {
    if (await fits(instance, rulesWithout(rules, [rule]), solver, seed)) return [rule]
  }
  let removed = [...suspects]
  for (const rule of suspects) {
    const fewer = removed.filter(other => other !== rule)
    if (await fits(instance, rulesWithout(rules, fewer), solver, seed)) removed = fewer
  }
  return removed
}

function rulesWithout(rules: Rules, removed: readonly PanelRule[]): Rules {
  return Object.fromEntries(Object.entries(rules).filter(([rule]) => !removed.some(other => other === rule)))
}

/** Whether anything at all can be assigned. The solver is asked only if the plain flow breaks a rule. */
export async function fits(instance: Instance, rules: Rules, solver: Solver, seed: number): Promise<boolean> {
  if (instance.brokenLocks.length > 0) return false
  const flow = bestFlow(instance, new Uint8Array(instance.jurorOf.length))
  if (!isComplete(flow)) return false
  if (ruleFaults(instance, rules, flow.chosen).length === 0) return true
  const found = await searchOf(instance, rules, solver, seed)({ gain: instance.affinity, first: true })
  return found.chosen !== null
}

async function bestFloor(
  instance: Instance,
  rules: Rules,
  solver: Solver,
  seed: number
): Promise<Partial<Explanation>> {
  const search = searchOf(instance, rules, solver, seed)
  const start = await search({ gain: instance.affinity })
  if (!start.chosen) return {}
  const { chosen, bound } = await highestAbsoluteFloor(instance, search, start.chosen)
  return { best: bound.absFloor as number, bestTotal: bound.total as number, assignment: pairsOf(instance, chosen) }
}

/** The language that lacks most, with the fewest readers' places that stay missing whatever is assigned. */
async function missingReaders(
  instance: Instance,
  rules: Rules,
  solver: Solver,
  seed: number
): Promise<Partial<Explanation>> {
  const wanted = rules.minReaders ?? 0
  const asked = instance.demand.flatMap((demand, i) => (demand > 0 && readersOf(instance, i) ? [i] : []))
  const search = searchOf(instance, rulesWithout(rules, ['minReaders']), solver, seed)
  const lacking = new Map<string, number>()
  const found = await search({
    gain: new Uint8Array(instance.jurorOf.length),
    shape: model => {
      for (const i of asked) {
        const missing = addColumn(model, { cost: -1, lower: 0, upper: wanted, whole: true })
        const columns = [...(readersOf(instance, i) ?? []), missing]
        model.rows.push({ lower: wanted, upper: Infinity, columns, factors: columns.map(() => 1) })
      }
    }
  })
  if (!found.chosen) return {}
  const { chosen } = found
  for (const i of asked) {
    const has = sum((readersOf(instance, i) ?? []).map(e => chosen[e] as number))
    const lang = proposalAt(instance, i).lang ?? ''
    lacking.set(lang, (lacking.get(lang) ?? 0) + Math.max(0, wanted - has))
  }
  const [lang = ''] = [...lacking].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0] ?? []
  return { shortage: sum(lacking.values()), ...placesOf(instance, lang, wanted) }
}

function placesOf({ input }: Instance, lang: string, wanted: number) {
  const gone = new Set(input.withdrawn)
  const readers = input.jurors.filter(({ id, langs }) => !gone.has(id) && langs?.includes(lang))
  const proposals = input.proposals.filter(proposal => proposal.demand > 0 && proposal.lang === lang)
  return {
    lang,
    readers: readers.map(({ id }) => id),
    places: sum(readers.map(({ max }) => max)),
    needed: wanted * proposals.length
  }
}
