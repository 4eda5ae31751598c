import type { AssignmentInput, Pair } from '../../src/panel/assignmentinput.ts'

/**
 * A second opinion on assignments that shares no line with the code it judges: matrices instead of networks, and for
 * small cases every assignment there is.
 */
export interface Case {
  input: AssignmentInput
  matrix: (number | null)[][]
  ideal: number[]
  least: number[]
}

export function aCase(input: AssignmentInput): Case {
  const { proposals, jurors, affinity, sparse, conflictRules = [], conflicts = [], withdrawn = [] } = input
  const matrix = proposals.map((proposal, i) =>
    jurors.map((juror, j) => {
      const at = sparse ? (sparse.j[i]?.indexOf(j) ?? -1) : -1
      const given = affinity ? affinity[i]?.[j] : sparse?.a[i]?.[at]
      if (withdrawn.includes(juror.id)) return null
      if (conflicts.some(([p, q]) => p === proposal.id && q === juror.id)) return null
      if (conflictRules.some(key => proposal[key] && proposal[key] === juror[key])) return null
      return given ?? null
    })
  )
  const ideal = matrix.map((row, i) => {
    const best = row.filter(value => value !== null).sort((a, b) => b - a)
    return total(best.slice(0, proposals[i]?.demand))
  })
  const least = jurors.map(({ id, min = 0 }) => (withdrawn.includes(id) ? 0 : min))
  return { input, matrix, ideal, least }
}

export interface Weighed {
  faults: string[]
  total: number
  min: number
  relative: [num: number, den: number]
  sorted: number[]
  components: number
  kept: number
  loads: number[]
}

export function weighed({ input, matrix, ideal, least }: Case, pairs: readonly Pair[]): Weighed {
  const faults: string[] = []
  const panels: number[][] = input.proposals.map(() => [])
  const loads: number[] = input.jurors.map(() => 0)
  for (const [proposal, juror] of pairs) {
    const i = input.proposals.findIndex(({ id }) => id === proposal)
    const j = input.jurors.findIndex(({ id }) => id === juror)
    if (matrix[i]?.[j] === null || matrix[i]?.[j] === undefined) faults.push(`conflict ${proposal} ${juror}`)
    if (panels[i]?.includes(j)) faults.push(`twice ${proposal} ${juror}`)
    panels[i]?.push(j)
    loads[j] = (loads[j] ?? 0) + 1
  }
  for (const [i, panel] of panels.entries()) {
    const proposal = input.proposals[i]
    if (panel.length !== proposal?.demand) faults.push(`${proposal?.id} has ${panel.length}`)
    faults.push(...panelFaults(input, matrix, i, panel))
  }
  for (const [j, load] of loads.entries()) {
    if (load < (least[j] ?? 0) || load > (input.jurors[j]?.max ?? 0)) faults.push(`load ${input.jurors[j]?.id} ${load}`)
  }
  for (const lock of input.locked ?? []) if (!pairs.some(pair => same(pair, lock))) faults.push(`lock ${lock}`)
  const components = pieces(panels)
  if (input.rules?.connected && components > 1) faults.push(`${components} components`)

  const scores = panels.map((panel, i) => total(panel.map(j => matrix[i]?.[j] ?? 0)))
  const asked = scores.map((_, i) => i).filter(i => (input.proposals[i]?.demand ?? 0) > 0)
  const served = asked.map(i => scores[i] ?? 0)
  const relative = asked
    .map((i): [number, number] => [scores[i] ?? 0, ideal[i] ?? 0])
    .filter(([, den]) => den > 0)
    .reduce<[number, number]>((a, b) => (b[0] * a[1] < a[0] * b[1] ? b : a), [Number.MAX_SAFE_INTEGER, 1])
  return {
    faults,
    total: total(scores),
    min: Math.min(...served),
    relative,
    sorted: served.sort((a, b) => a - b),
    components,
    kept: pairs.filter(pair => input.previous?.some(old => same(old, pair))).length,
    loads
  }
}

/** Every assignment without faults; for cases that a person could check by hand. */
export function everyAssignment(given: Case): Weighed[] {
  const { input, matrix } = given
  const found: Weighed[] = []
  const loads = input.jurors.map(() => 0)
  const place = (i: number, pairs: Pair[]) => {
    const proposal = input.proposals[i]
    if (!proposal) {
      const one = weighed(given, pairs)
      if (one.faults.length === 0) found.push(one)
      return
    }
    for (const panel of panelsOf(matrix[i] ?? [], proposal.demand)) {
      if (panel.some(j => (loads[j] ?? 0) >= (input.jurors[j]?.max ?? 0))) continue
      for (const j of panel) loads[j] = (loads[j] ?? 0) + 1
      place(i + 1, [...pairs, ...panel.map((j): Pair => [proposal.id, input.jurors[j]?.id ?? ''])])
      for (const j of panel) loads[j] = (loads[j] ?? 0) - 1
    }
  }
  place(0, [])
  return found
}

function panelsOf(row: (number | null)[], size: number, from = 0): number[][] {
  if (size === 0) return [[]]
  const panels: number[][] = []
  for (let j = from; j < row.length; j++) {
    if (row[j] !== null) panels.push(...panelsOf(row, size - 1, j + 1).map(rest => [j, ...rest]))
  }
  return panels
}

function panelFaults(input: AssignmentInput, matrix: Case['matrix'], i: number, panel: number[]): string[] {
  const { minReaders = 0, minCountries = 0, maxSameCountry = 0, floor = 0 } = input.rules ?? {}
  if (panel.length === 0) return []
  const jurors = panel.map(j => input.jurors[j])
  const { id, lang } = input.proposals[i] ?? {}
  const faults: string[] = []
  if (lang && jurors.filter(juror => juror?.langs?.includes(lang)).length < minReaders) faults.push(`readers ${id}`)
  const countries = jurors.map(juror => juror?.country ?? '')
  const distinct = new Set(countries)
  if (distinct.size < Math.min(minCountries, panel.length)) faults.push(`countries ${id}`)
  const crowded = [...distinct].some(one => countries.filter(country => country === one).length > maxSameCountry)
  if (maxSameCountry > 0 && crowded) faults.push(`same country ${id}`)
  if (total(panel.map(j => matrix[i]?.[j] ?? 0)) < floor) faults.push(`floor ${id}`)
  return faults
}

function pieces(panels: number[][]): number {
  let groups: { proposals: number; jurors: Set<number> }[] = []
  for (const panel of panels) {
    if (panel.length === 0) continue
    const joined = { proposals: 1, jurors: new Set(panel) }
    const apart = groups.filter(({ jurors }) => !panel.some(j => jurors.has(j)))
    for (const group of groups) if (!apart.includes(group)) for (const j of group.jurors) joined.jurors.add(j)
    groups = [...apart, joined]
  }
  return groups.length
}

const same = (a: readonly string[], b: readonly string[]) => a[0] === b[0] && a[1] === b[1]
const total = (figures: number[]) => figures.reduce((sum, figure) => sum + figure, 0)
