import { z } from 'zod'
import type { Mistake } from '../../refusal.ts'
import { levelPoints } from '../opening.ts'
import type { CallRules, Criterion } from '../rules.ts'
import { aLine, aNumber, aText, aWhole, type Flat, flatTexts, perLanguage, shown, textsIn, ticked } from './pieces.ts'

/** The scale, and of each criterion what stands in one table: weight and threshold. */
export const rubricSchema = (ids: readonly string[]) =>
  z.object({
    min: aNumber(-1000, 1000).pipe(z.number('missing')),
    max: aNumber(-1000, 1000).pipe(z.number('missing')),
    step: aNumber(0.01, 1000).pipe(z.number('missing')),
    direction: z.enum(['higher', 'lower']),
    totalThreshold: aNumber(0, 100),
    ...Object.fromEntries(ids.map(id => [`weight.${id}`, aWhole(1, 1000)])),
    ...Object.fromEntries(ids.map(id => [`threshold.${id}`, aNumber(-1000, 1000)]))
  }) as z.ZodType<
    { min: number; max: number; step: number; direction: 'higher' | 'lower'; totalThreshold: number | null } & Record<
      string,
      number | string | null
    >
  >

export const flatOfRubric = ({ rubric }: CallRules): Flat => ({
  min: shown(rubric.scale.min),
  max: shown(rubric.scale.max),
  step: shown(rubric.scale.step),
  direction: rubric.scale.direction,
  totalThreshold: shown(rubric.totalThreshold),
  ...Object.fromEntries(rubric.criteria.map(({ id, weight }) => [`weight.${id}`, shown(weight)])),
  ...Object.fromEntries(rubric.criteria.map(({ id, threshold }) => [`threshold.${id}`, shown(threshold)]))
})

export function withRubric(
  rules: CallRules,
  data: {
    min: number
    max: number
    step: number
    direction: 'higher' | 'lower'
    totalThreshold: number | null
  } & Record<string, number | string | null>
): { rules: CallRules } | { mistakes: Mistake[] } {
  if (data.max <= data.min) return { mistakes: [{ field: 'max', code: 'scale_end' }] }
  const steps = (data.max - data.min) / data.step
  if (Math.abs(steps - Math.round(steps)) > 1e-9 || steps > 200)
    return { mistakes: [{ field: 'step', code: 'scale_step' }] }
  const { totalThreshold: _, ...rubric } = rules.rubric
  return {
    rules: {
      ...rules,
      rubric: {
        ...rubric,
        scale: { ...rubric.scale, min: data.min, max: data.max, step: data.step, direction: data.direction },
        criteria: rubric.criteria.map(({ threshold: _, ...criterion }) => {
          const threshold = data[`threshold.${criterion.id}`]
          return {
            ...criterion,
            weight: Number(data[`weight.${criterion.id}`]),
            ...(typeof threshold === 'number' ? { threshold } : {})
          }
        }),
        ...(data.totalThreshold === null ? {} : { totalThreshold: data.totalThreshold })
      }
    }
  }
}

/** One criterion's own page. Sentences for points and for stretches that were imported ("9-10") can both be written. */
export const levelKeys = (criterion: Criterion, { rubric }: CallRules): string[] => {
  const stretches = Object.keys(criterion.levels).filter(key => key.includes('-'))
  const covered = (point: number) =>
    stretches.some(key => {
      const [from = Number.NaN, to = Number.NaN] = key.split('-').map(Number)
      return from <= point && point <= to
    })
  const points = levelPoints(rubric.scale).filter(point => !covered(point))
  // A scale of a hundred points is described in stretches, not point by point.
  const keys = points.length > 21 ? stretchesOf(points) : points.map(String)
  return [...new Set([...keys, ...Object.keys(criterion.levels)])].sort(
    (a, b) => Number.parseFloat(a) - Number.parseFloat(b)
  )
}

function stretchesOf(points: number[]): string[] {
  const size = Math.ceil(points.length / 5)
  const keys: string[] = []
  for (let from = 0; from < points.length; from += size)
    keys.push(`${points[from]}-${points[Math.min(from + size, points.length) - 1]}`)
  return keys
}

/** Dots stand between name and language in a field's name: a level's point is written without one. */
export const levelName = (key: string) => `level.${key.replace('.', '_')}`

export const criterionSchema = (languages: readonly string[], levels: readonly string[], fields: readonly string[]) =>
  z.object({
    ...perLanguage('name', languages, aLine(120)),
    ...perLanguage('question', languages, aText(500)),
    ...Object.assign({}, ...levels.map(key => perLanguage(levelName(key), languages, aText(500)))),
    lookIn:
      fields.length > 0 ? ticked(fields as unknown as readonly [string, ...string[]]) : z.unknown().transform(() => [])
  }) as unknown as z.ZodType<Record<string, string | string[]>>

export function flatOfCriterion(criterion: Criterion): Flat {
  return {
    ...flatTexts('name', criterion.name),
    ...flatTexts('question', criterion.question),
    ...Object.assign({}, ...Object.entries(criterion.levels).map(([key, texts]) => flatTexts(levelName(key), texts))),
    lookIn: criterion.lookIn
  }
}

export function withCriterion(
  rules: CallRules,
  id: string,
  data: Record<string, string | string[]>,
  languages: readonly string[],
  levels: readonly string[]
): CallRules {
  const criteria = rules.rubric.criteria.map(criterion => {
    if (criterion.id !== id) return criterion
    const sentences = levels.map(key => [key, textsIn(data, levelName(key), languages, criterion.levels[key])] as const)
    return {
      ...criterion,
      name: textsIn(data, 'name', languages, criterion.name),
      question: textsIn(data, 'question', languages, criterion.question),
      levels: Object.fromEntries(sentences.filter(([, texts]) => Object.keys(texts).length > 0)),
      lookIn: [data.lookIn ?? []].flat()
    }
  })
  return { ...rules, rubric: { ...rules.rubric, criteria } }
}

/** Adding, removing and moving criteria: `add`, `remove:need`, `up:need`, `down:need`. */
export function changedCriteria(rules: CallRules, act: string, name: Record<string, string>): CallRules | null {
  const { criteria } = rules.rubric
  const [verb = '', id = ''] = act.split(':')
  const at = criteria.findIndex(criterion => criterion.id === id)
  const put = (changed: Criterion[]) => ({ ...rules, rubric: { ...rules.rubric, criteria: changed } })
  if (verb === 'add') {
    const fresh = freshId(
      'criterion',
      criteria.map(criterion => criterion.id)
    )
    return put([...criteria, { id: fresh, weight: 10, name, question: {}, levels: {}, lookIn: [] }])
  }
  if (at < 0) return null
  if (verb === 'remove') return criteria.length > 1 ? put(criteria.filter(criterion => criterion.id !== id)) : null
  return verb === 'up' || verb === 'down' ? put(moved(criteria, at, verb === 'up' ? -1 : 1)) : null
}

export function moved<Item>(items: readonly Item[], at: number, by: number): Item[] {
  const to = at + by
  const copy = [...items]
  const [item] = copy.splice(at, 1)
  if (item === undefined || to < 0 || to >= items.length) return [...items]
  copy.splice(to, 0, item)
  return copy
}

export function freshId(word: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) if (!taken.includes(`${word}_${number}`)) return `${word}_${number}`
}
