import type { z } from 'zod'
import { BadInput, type Place } from './badinput.ts'
import { inOrder } from './draw.ts'
import { decimal, toNumber } from './fraction.ts'
import type { Proposal } from './input.ts'
import { fieldsNamed, type RankRules } from './rules.ts'
import type { proposalsSchema } from './schema.ts'

/** A proposal as it was found, with the place to name when one of its fields is wrong. */
export type RawProposal = { id: string; fields: ReadonlyMap<string, unknown>; place: (field?: string) => Place }

export function readProposals(
  list: z.infer<typeof proposalsSchema>,
  { file, under }: { file: string | undefined; under: string }
): RawProposal[] {
  return list.map((proposal, index) => {
    const path = `${under}[${index}]`
    const { id, ...fields } = typeof proposal === 'string' ? { id: proposal } : proposal
    const place = (field?: string) => ({ file, path: field === undefined ? path : `${path}.${field}` })
    return { id, fields: new Map(Object.entries(fields)), place }
  })
}

/**
 * The proposals by id, with those fields only that the rules read or the table prints: what a ranking doesn't need isn't
 * hashed, frozen or published with it. Amounts become numbers whatever file they came from.
 */
export function withFields(proposals: readonly RawProposal[], rules: RankRules): Proposal[] {
  const { grouping, figures, moments } = fieldsNamed(rules)
  const numbers = new Set([...figures, 'requested'])
  const wanted = new Set(['country', ...numbers, ...grouping, ...moments])
  const seen = new Set<string>()
  const read = proposals.map(({ id, fields, place }): Proposal => {
    if (seen.has(id)) throw new BadInput('twice_in_list', place(), { id })
    seen.add(id)
    const kept = [...wanted].flatMap(field => {
      const value = fields.get(field)
      if (value === undefined || value === null || value === '') return []
      return [[field, readField(value, { field, place, number: numbers.has(field), moment: moments.includes(field) })]]
    })
    if (rules.budget && !kept.some(([field]) => field === 'requested')) {
      throw new BadInput('no_amount', place('requested'), { proposal: id })
    }
    return Object.fromEntries([['id', id], ...kept])
  })
  return read.sort((a, b) => inOrder(a.id, b.id))
}

type Reading = { field: string; place: (field?: string) => Place; number: boolean; moment: boolean }

function readField(value: unknown, { field, place, number, moment }: Reading): string | number | boolean {
  if (number) {
    const figure = typeof value === 'number' || typeof value === 'string' ? decimal(value) : null
    const amount = figure && toNumber(figure)
    if (amount === null || !Number.isFinite(amount)) {
      throw new BadInput('no_number', place(field), { value: shown(value) })
    }
    return amount
  }
  if (moment && momentOf(String(value)) === null) throw new BadInput('no_moment', place(field), { value: shown(value) })
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new BadInput('no_plain_value', place(field))
}

/**
 * Milliseconds of a date or an instant written as ISO 8601 has it. Without an offset it means UTC, so that every machine
 * reads the same.
 */
export function momentOf(text: string): number | null {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text.trim()
  )
  if (!parts) return null
  const [, day = '', time = '00:00', offset = 'Z'] = parts
  const zone = /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset
  const at = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(at) ? null : at
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
