import type { AssignmentInput, Pair, PanelRule } from './assignmentinput.ts'
import type { Instance } from './assignmentinstance.ts'
import { instanceOf, jurorAt, pairOf, proposalAt } from './assignmentinstance.ts'
import type { Rules } from './assignmentmodel.ts'
import type { Figures } from './assignmentresult.ts'
import { componentsOf, figuresOf, loadsOf, scoresOf } from './assignmentresult.ts'

/** What is wrong with an assignment made by hand: a code, the people it concerns, and the figures it compares. */
export interface AssignmentFault {
  code: 'unknown' | 'conflict' | 'twice' | 'panel_size' | 'load' | 'lock' | PanelRule
  proposal?: string
  juror?: string
  found?: number
  wanted?: number
  most?: number
}

/**
 * Weighs any list of pairs, made by whom it may: what is wrong with it, and its figures. Pairs that can never be are
 * named and left out of the figures. The input is one that `readAssignment` accepts.
 */
export function weighAssignment(
  input: AssignmentInput,
  pairs: readonly Pair[]
): { faults: AssignmentFault[]; figures: Figures } {
  const instance = instanceOf(input, input.seed ?? 1)
  const edges = new Map<string, number>()
  for (let e = 0; e < instance.jurorOf.length; e++) edges.set(JSON.stringify(pairOf(instance, e)), e)
  const proposals = new Set(input.proposals.map(({ id }) => id))
  const jurors = new Set(input.jurors.map(({ id }) => id))

  const faults: AssignmentFault[] = []
  const chosen = new Uint8Array(instance.jurorOf.length)
  for (const [proposal, juror] of pairs) {
    const edge = edges.get(JSON.stringify([proposal, juror]))
    if (!proposals.has(proposal) || !jurors.has(juror)) faults.push({ code: 'unknown', proposal, juror })
    else if (edge === undefined) faults.push({ code: 'conflict', proposal, juror })
    else if (chosen[edge]) faults.push({ code: 'twice', proposal, juror })
    else chosen[edge] = 1
  }
  faults.push(...placeFaults(instance, chosen), ...ruleFaults(instance, input.rules ?? {}, chosen))
  return { faults, figures: figuresOf(instance, chosen) }
}

/** Which of the rules an assignment breaks, and where. */
export function ruleFaults(instance: Instance, rules: Rules, chosen: Uint8Array): AssignmentFault[] {
  const faults: AssignmentFault[] = []
  const scores = scoresOf(instance, chosen)
  for (const [i, wanted] of instance.demand.entries()) {
    if (wanted === 0) continue
    const { id: proposal, lang } = proposalAt(instance, i)
    const panel = panelOf(instance, chosen, i)
    if (rules.minReaders && lang !== null && lang !== undefined) {
      const found = panel.filter(({ langs }) => langs?.includes(lang)).length
      if (found < rules.minReaders) faults.push({ code: 'minReaders', proposal, found, wanted: rules.minReaders })
    }
    const countries = Map.groupBy(panel, ({ country }) => country ?? '')
    const distinct = Math.min(rules.minCountries ?? 0, wanted)
    if (countries.size < distinct)
      faults.push({ code: 'minCountries', proposal, found: countries.size, wanted: distinct })
    const same = Math.max(0, ...[...countries.values()].map(({ length }) => length))
    if (rules.maxSameCountry && same > rules.maxSameCountry) {
      faults.push({ code: 'maxSameCountry', proposal, found: same, most: rules.maxSameCountry })
    }
    const score = scores[i] as number
    if (rules.floor && score < rules.floor) faults.push({ code: 'floor', proposal, found: score, wanted: rules.floor })
  }
  const { count } = componentsOf(instance, chosen)
  if (rules.connected && count > 1) faults.push({ code: 'connected', found: count, most: 1 })
  return faults
}

function placeFaults(instance: Instance, chosen: Uint8Array): AssignmentFault[] {
  const faults: AssignmentFault[] = []
  for (const [i, wanted] of instance.demand.entries()) {
    const found = panelOf(instance, chosen, i).length
    if (found !== wanted) faults.push({ code: 'panel_size', proposal: proposalAt(instance, i).id, found, wanted })
  }
  for (const [j, found] of loadsOf(instance, chosen).entries()) {
    const [wanted, most] = [instance.min[j] as number, instance.max[j] as number]
    if (found < wanted || found > most)
      faults.push({ code: 'load', juror: jurorAt(instance, j).id, found, wanted, most })
  }
  for (const [e, lock] of instance.locked.entries()) {
    if (!lock || chosen[e]) continue
    const [proposal, juror] = pairOf(instance, e)
    faults.push({ code: 'lock', proposal, juror })
  }
  for (const [proposal, juror] of instance.brokenLocks) faults.push({ code: 'lock', proposal, juror })
  return faults
}

function panelOf(instance: Instance, chosen: Uint8Array, i: number) {
  const { first, jurorOf } = instance
  const panel: ReturnType<typeof jurorAt>[] = []
  for (let e = first[i] as number; e < (first[i + 1] as number); e++) {
    if (chosen[e]) panel.push(jurorAt(instance, jurorOf[e] as number))
  }
  return panel
}
