import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { leadOf } from '../calls/editor/controls.ts'
import { sentence } from '../i18n/catalogue.ts'
import { type Mistake, Mistaken } from '../refusal.ts'
import { mistakeSentence } from './errors.ts'

/**
 * What was typed, checked against a zod schema. Every problem is reported at once, each at its field.
 * Codes: `missing`, `too_long`, `too_short`, `not_an_address`, `not_a_number`, `not_a_choice`, `not_valid`; a schema's
 * own message (a code) wins.
 */
export function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const read = schema.safeParse(body ?? {})
  if (read.success) return read.data
  throw new Mistaken(read.error.issues.map(mistakeOf))
}

/** The field and the code of one of zod's own findings. */
export function mistakeOf(issue: z.core.$ZodIssue): Mistake {
  const field = issue.path.join('.')
  const own = /^[a-z_]+$/.test(issue.message) ? issue.message : null
  if (own) return { field, code: own }
  switch (issue.code) {
    case 'invalid_type':
      return {
        field,
        code:
          issue.input === undefined || issue.input === ''
            ? 'missing'
            : issue.expected === 'number'
              ? 'not_a_number'
              : 'not_valid'
      }
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? { field, code: 'missing' }
        : { field, code: 'too_small', minimum: Number(issue.minimum) }
    case 'too_big':
      return issue.origin === 'string'
        ? { field, code: 'too_long', maximum: Number(issue.maximum) }
        : { field, code: 'too_big', maximum: Number(issue.maximum) }
    case 'invalid_format':
      return { field, code: issue.format === 'email' ? 'not_an_address' : 'not_valid' }
    case 'invalid_value':
      return { field, code: 'not_a_choice' }
    default:
      return { field, code: 'not_valid' }
  }
}

/** A line of text: composed (NFC), trimmed, without control characters. */
export const line = (max: number) => z.string().transform(tidy).pipe(z.string().max(max))
export const someLine = (max: number) => z.string().transform(tidy).pipe(z.string().min(1).max(max))

/** A text of several lines. */
export const prose = (max: number) =>
  z
    .string()
    .transform(text => text.normalize('NFC').replaceAll('\r\n', '\n').replaceAll('\0', ''))
    .pipe(z.string().max(max))

export const address = z
  .string()
  .transform(text => tidy(text).toLowerCase())
  .pipe(z.email().max(254))

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const CONTROL = /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g
const tidy = (text: string) => text.normalize('NFC').replace(CONTROL, ' ').replace(/\s+/g, ' ').trim()

/**
 * For page models: the summary's linked list, and the sentence for each field. `names` are the fields' labels, as keys of
 * the catalogues: with one, the summary begins with it.
 */
export function mistakesFor(
  request: FastifyRequest,
  mistakes: Mistake[],
  names: Record<string, string> = {}
): { errors: { href: string; text: string; lead?: string }[]; errorOf: Record<string, string> } {
  const said = mistakes.map(mistake => ({ field: mistake.field, text: mistakeSentence(request.lang, mistake) }))
  return {
    errors: said.map(({ field, text }) => ({
      href: `#${field}`,
      text,
      ...(names[field] ? { lead: leadOf(sentence(request.lang, names[field])) } : {})
    })),
    errorOf: Object.fromEntries(said.map(({ field, text }) => [field, text]).reverse())
  }
}

/** What was typed last, as plain texts: forms come back filled in. */
export function typed(request: FastifyRequest): Record<string, string> {
  const body = request.body
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  )
}
