import { BadInput, type Place } from './badinput.ts'
import { type Limit, METHODS, type MethodName, type Rubric, rulesSchema, type Seats } from './schema.ts'

/** What decides, complete: places for all under limits, or seats for each value of a field. */
export type RankRules = {
  method: MethodName
  totalThreshold: number | null
  rounding: number | null
  budget: { total: number; partial: boolean } | null
  tieLadder: string[]
} & ({ seats: null; awards: number; reserve: number; limits: Limit[] } | { seats: Seats })

export type FigureRung =
  | { kind: 'criterion'; criterion: string }
  | { kind: 'lower' | 'higher' | 'earlier'; field: string }
export type LastRung = { kind: 'panel' | 'share' | 'draw' }
export type Rung = FigureRung | LastRung

/** Decides where nobody names a method. */
export const DEFAULT_METHOD: MethodName = 'blup'

type Surroundings = { place: Place; criteria: readonly string[]; scaled: boolean }

export function readRules(given: Rubric['rules'], { place, criteria, scaled }: Surroundings): RankRules {
  const rules = given ?? rulesSchema.parse({})
  const at = (key: string) => ({ ...place, path: `rules.${key}` })
  if (rules.totalThreshold !== null && !scaled) throw new BadInput('threshold_without_scale', at('totalThreshold'))
  for (const [index, step] of rules.tieLadder.entries()) {
    const rung = rungOf(step)
    const here = at(`tieLadder[${index}]`)
    if (!rung) throw new BadInput('unknown_rung', here, { rung: step })
    if (rung.kind === 'criterion' && !criteria.includes(rung.criterion)) {
      throw new BadInput('unknown_criterion', here, { criterion: rung.criterion })
    }
    const ends = rung.kind === 'draw' || rung.kind === 'share'
    if (ends && index < rules.tieLadder.length - 1) throw new BadInput('rung_not_last', here, { rung: step })
  }
  const shared = {
    method: methodNamed(rules.method ?? DEFAULT_METHOD, at('method')),
    totalThreshold: rules.totalThreshold,
    rounding: rules.rounding,
    budget: rules.budget,
    tieLadder: rules.tieLadder.length > 0 ? rules.tieLadder : ['share']
  }
  if (rules.seats) {
    const beside = (['awards', 'reserve', 'limits'] as const).find(key => rules[key] !== undefined)
    if (beside) throw new BadInput('beside_seats', at(beside), { key: beside })
    if (rules.budget) throw new BadInput('beside_seats', at('budget'), { key: 'budget' })
    return { ...shared, seats: rules.seats }
  }
  const limits = rules.limits ?? []
  for (const [index, { field, min, max }] of limits.entries()) {
    const here = at(`limits[${index}]`)
    if (max !== null && max < min) throw new BadInput('limit_upside_down', here, { min, max })
    if (limits.findIndex(other => other.field === field) < index) {
      throw new BadInput('twice_in_list', here, { id: field })
    }
  }
  return { ...shared, seats: null, awards: rules.awards ?? 5, reserve: rules.reserve ?? 0, limits }
}

export function methodNamed(name: string, place: Place): MethodName {
  const method = METHODS.find(known => known === name)
  if (!method) throw new BadInput('unknown_method', place, { method: name, choices: METHODS.join(', ') })
  return method
}

/** `criterion:need`, `lower:requested`, `draw` … as data; `null` where it is no rung. */
export function rungOf(step: string): Rung | null {
  if (step === 'panel' || step === 'share' || step === 'draw') return { kind: step }
  const [, kind, what = ''] = /^(criterion|lower|higher|earlier):(.+)$/s.exec(step) ?? []
  if (kind === 'criterion') return { kind, criterion: what }
  return kind === 'lower' || kind === 'higher' || kind === 'earlier' ? { kind, field: what } : null
}

export function rungsOf({ tieLadder }: Pick<RankRules, 'tieLadder'>): Rung[] {
  return tieLadder.map(rungOf).filter(rung => rung !== null)
}

/** How many places there are when nobody says otherwise. */
export function placesOf(rules: RankRules): number {
  return rules.seats ? Object.values(rules.seats.places).reduce((a, b) => a + b, 0) : rules.awards
}

/** The fields that limits and seats read, and those that the tie ladder reads. */
export function fieldsNamed(rules: RankRules): { grouping: string[]; figures: string[]; moments: string[] } {
  const rungs = rungsOf(rules)
  return {
    grouping: rules.seats ? [rules.seats.field] : rules.limits.map(({ field }) => field),
    figures: rungs.flatMap(rung => (rung.kind === 'lower' || rung.kind === 'higher' ? [rung.field] : [])),
    moments: rungs.flatMap(rung => (rung.kind === 'earlier' ? [rung.field] : []))
  }
}
