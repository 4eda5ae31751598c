import { z } from 'zod'
import type { Mistake } from '../../refusal.ts'
import { fieldsOf } from '../form.ts'
import type { CallRules } from '../rules.ts'
import { aLine, aNumber, aWhole, type Flat, flatTexts, maybeWhole, perLanguage, shown, textsIn } from './pieces.ts'

export const GROUPS = ['country', 'institution', 'theme'] as const
/** So many rungs a ladder can have here; nobody needs more. */
export const RUNGS = 8
export const SEAT_ROWS = 40
export const METHODS = ['weightedMean', 'trimmedMean', 'blup', 'expectedRank'] as const

export const awardsSchema = (languages: readonly string[]) =>
  z.object({
    count: aWhole(0, 10_000),
    reserve: aWhole(0, 10_000),
    currency: aLine(3)
      .transform(text => text.toUpperCase())
      .pipe(z.string().regex(/^[A-Z]{3}$/, 'not_a_currency')),
    'amount.min': aNumber(0, 1e11),
    'amount.max': aNumber(0.01, 1e11),
    fund: aNumber(0.01, 1e12),
    ...Object.fromEntries(
      GROUPS.flatMap(group => [
        [`limit.${group}.min`, maybeWhole(0, 10_000)],
        [`limit.${group}.max`, maybeWhole(1, 10_000)]
      ])
    ),
    'seats.field': z.enum(['', ...GROUPS]).default(''),
    'seats.reserve': maybeWhole(0, 1000),
    ...Object.fromEntries(
      Array.from({ length: SEAT_ROWS }, (_, row) => [
        [`seat.${row}.value`, aLine(120)],
        [`seat.${row}.places`, maybeWhole(0, 10_000)]
      ]).flat()
    ),
    method: z.enum(METHODS),
    rounding: maybeWhole(0, 6),
    ...Object.fromEntries(Array.from({ length: RUNGS }, (_, row) => [`rung.${row}`, aLine(80)])),
    'draw.on': aLine(10).pipe(z.string().regex(/^(\d{4}-\d{2}-\d{2})?$/, 'not_a_time')),
    ...perLanguage('draw.source', languages, aLine(400))
  }) as unknown as z.ZodType<Record<string, string | number | null>>

export function flatOfAwards({ awards, currency, ranking }: CallRules): Flat {
  const flat: Flat = {
    count: shown(awards.count),
    reserve: shown(awards.reserve),
    currency,
    'amount.min': shown(awards.amount?.min),
    'amount.max': shown(awards.amount?.max),
    fund: shown(awards.fund),
    'seats.field': awards.seats?.field ?? '',
    'seats.reserve': shown(awards.seats?.reserve),
    method: ranking.method,
    rounding: shown(ranking.rounding),
    'draw.on': ranking.draw?.on ?? '',
    ...flatTexts('draw.source', ranking.draw?.source)
  }
  for (const { field, min, max } of awards.limits) {
    flat[`limit.${field}.min`] = shown(min)
    flat[`limit.${field}.max`] = shown(max)
  }
  for (const [row, [value, places]] of Object.entries(awards.seats?.places ?? {}).entries()) {
    flat[`seat.${row}.value`] = value
    flat[`seat.${row}.places`] = shown(places)
  }
  for (const [row, step] of ranking.tieLadder.entries()) flat[`rung.${row}`] = step
  return flat
}

type Data = Record<string, string | number | null>

export function withAwards(
  rules: CallRules,
  data: Data,
  languages: readonly string[]
): { rules: CallRules } | { mistakes: Mistake[] } {
  const number = (name: string) => (typeof data[name] === 'number' ? data[name] : null)
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '')
  const mistakes: Mistake[] = []
  const [least, most] = [number('amount.min'), number('amount.max')]
  if (least !== null && most === null) mistakes.push({ field: 'amount.max', code: 'missing' })
  const limits = GROUPS.flatMap(field => {
    const [min, max] = [number(`limit.${field}.min`), number(`limit.${field}.max`)]
    if (min === null && max === null) return []
    return [{ field, ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) }]
  })
  const field = text('seats.field')
  const places: Record<string, number> = {}
  for (let row = 0; row < SEAT_ROWS; row++) {
    const value = text(`seat.${row}.value`)
    const seats = number(`seat.${row}.places`)
    if (value === '' && seats === null) continue
    if (value === '') mistakes.push({ field: `seat.${row}.value`, code: 'missing' })
    else if (seats === null) mistakes.push({ field: `seat.${row}.places`, code: 'missing' })
    else if (value in places) mistakes.push({ field: `seat.${row}.value`, code: 'twice' })
    else places[value] = seats
  }
  const source = textsIn(data, 'draw.source', languages, rules.ranking.draw?.source)
  const on = text('draw.on')
  if (on === '' && Object.keys(source).length > 0) mistakes.push({ field: 'draw.on', code: 'missing' })
  if (mistakes.length > 0) return { mistakes }
  const ladder = Array.from({ length: RUNGS }, (_, row) => text(`rung.${row}`)).filter(Boolean)
  return {
    rules: {
      ...rules,
      currency: text('currency'),
      ranking: {
        method: text('method') as CallRules['ranking']['method'],
        rounding: number('rounding'),
        tieLadder: ladder,
        draw: on === '' ? null : { source, on }
      },
      awards: {
        count: number('count') ?? 0,
        reserve: number('reserve') ?? 0,
        amount: most === null ? null : { min: least ?? 0, max: most },
        fund: number('fund'),
        limits,
        seats:
          field === ''
            ? null
            : { field: field as (typeof GROUPS)[number], places, reserve: number('seats.reserve') ?? 0 }
      }
    }
  }
}

/** The rungs that this call can have: its criteria, figures from its form, and the two that end a ladder. */
export function rungsFor(rules: CallRules): string[] {
  const fields = fieldsOf(rules.form)
  return [
    ...rules.rubric.criteria.map(({ id }) => `criterion:${id}`),
    ...(fields.some(({ type }) => type === 'budget') ? ['lower:requested', 'higher:requested'] : []),
    ...fields
      .filter(({ type }) => type === 'number' || type === 'money')
      .flatMap(({ id }) => [`lower:${id}`, `higher:${id}`]),
    ...fields.filter(({ type }) => type === 'date').map(({ id }) => `earlier:${id}`),
    'draw',
    'share'
  ]
}
