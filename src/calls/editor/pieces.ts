import { z } from 'zod'

/** A form as it stands in a page: one text for a name, or a list where boxes may be ticked. */
export type Flat = Record<string, string | string[]>

/** What a browser sent, as texts and lists of texts. */
export function flatOf(body: unknown): Flat {
  if (typeof body !== 'object' || body === null) return {}
  const kept = Object.entries(body).filter(
    (entry): entry is [string, string | string[]] =>
      typeof entry[1] === 'string' || (Array.isArray(entry[1]) && entry[1].every(one => typeof one === 'string'))
  )
  return Object.fromEntries(kept)
}

export const one = (flat: Flat, name: string): string => {
  const value = flat[name]
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}
export const many = (flat: Flat, name: string): string[] => {
  const value = flat[name]
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const CONTROL = /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g
const tidy = (text: string) => text.normalize('NFC').replace(CONTROL, ' ').replace(/\s+/g, ' ').trim()
const whole = (text: string) => text.normalize('NFC').replaceAll('\r\n', '\n').replaceAll('\0', '').trim()

export const aLine = (max: number) => z.string().default('').transform(tidy).pipe(z.string().max(max))
export const aText = (max: number) => z.string().default('').transform(whole).pipe(z.string().max(max))

/** A number as people type it, with a point or a comma; `null` where the field is left empty. */
export const aNumber = (min: number, max: number) =>
  z
    .string()
    .default('')
    .transform(tidy)
    .pipe(
      z
        .string()
        .regex(/^(-?\d{1,12}([.,]\d{1,6})?)?$/, 'not_a_number')
        .transform(text => (text === '' ? null : Number(text.replace(',', '.'))))
        .pipe(z.number().min(min).max(max).nullable())
    )

export const aWhole = (min: number, max: number) =>
  z
    .string()
    .default('')
    .transform(tidy)
    .pipe(
      z
        .string()
        .regex(/^-?\d{1,9}$/, 'not_whole')
        .transform(Number)
        .pipe(z.number().min(min).max(max))
    )

/** The same, where nothing may stand too. */
export const maybeWhole = (min: number, max: number) =>
  z
    .string()
    .default('')
    .transform(tidy)
    .pipe(
      z
        .string()
        .regex(/^(-?\d{1,9})?$/, 'not_whole')
        .transform(text => (text === '' ? null : Number(text)))
        .pipe(z.number().min(min).max(max).nullable())
    )

export const aTick = z.preprocess(value => value !== undefined && value !== '', z.boolean())

/** The boxes that are ticked, of those that there are. */
export const ticked = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.preprocess(value => (value === undefined ? [] : [value].flat()), z.array(z.enum(values)))

/** One field a language: `title.en`, `title.bg`. */
export const perLanguage = <Piece extends z.ZodType>(name: string, languages: readonly string[], piece: Piece) =>
  Object.fromEntries(languages.map(language => [`${name}.${language}`, piece])) as Record<string, Piece>

/** The texts that were typed, by language; those of languages that the page did not show stay. */
export function textsIn(
  data: Record<string, unknown>,
  name: string,
  languages: readonly string[],
  before: Record<string, string> = {}
): Record<string, string> {
  const typed = languages.map(language => [language, String(data[`${name}.${language}`] ?? '')] as const)
  const merged = { ...before, ...Object.fromEntries(typed) }
  return Object.fromEntries(Object.entries(merged).filter(([, text]) => text !== ''))
}

export const flatTexts = (name: string, texts: Record<string, string> | undefined): Flat =>
  Object.fromEntries(Object.entries(texts ?? {}).map(([language, text]) => [`${name}.${language}`, text]))

/** The lines of a text, empty ones left out. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

/** A number as a field shows it. */
export const shown = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value)
