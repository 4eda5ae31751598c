import { z } from 'zod'

/** A juror as an organiser names one. */
export type JurorProfile = {
  label?: string
  email: string
  name: string
  nameLatin: string
  country: string
  city: string
  institution: string
  expertise: string[]
  reads: string[]
  language: string
  maxLoad: number
  minLoad?: number
  chair: boolean
}

/** The columns that a list of jurors may have; the first two it must. Other columns are passed over. */
export const COLUMNS = [
  'email',
  'name',
  'name_latin',
  'country',
  'city',
  'institution',
  'reads',
  'expertise',
  'language',
  'max_load',
  'chair'
] as const
type Column = (typeof COLUMNS)[number]

export type LineTrouble = {
  line: number
  code: 'no_address' | 'no_name' | 'country_form' | 'twice' | 'too_long' | 'load_form'
  value: string
}
export type Listing = { jurors: JurorProfile[] } | { columns: string[] } | { troubles: LineTrouble[] }

const MOST = 500
const longest = 300

/** A table of jurors, all or nothing: either everybody, or every line with what is wrong in it. */
export function jurorsIn(records: readonly string[][], { maxLoad }: { maxLoad: number }): Listing {
  const [head = [], ...rows] = records
  const names = head.map(name =>
    name
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_')
  )
  const missing = ['email', 'name'].filter(name => !names.includes(name))
  if (missing.length > 0) return { columns: missing }
  const troubles: LineTrouble[] = []
  const jurors: JurorProfile[] = []
  const seen = new Set<string>()
  for (const [index, row] of rows.slice(0, MOST).entries()) {
    const of = (name: Column) => (row[names.indexOf(name)] ?? '').normalize('NFC').trim()
    if (row.every(cell => cell.trim() === '')) continue
    const email = of('email').toLowerCase()
    const trouble = (code: LineTrouble['code'], value: string) =>
      troubles.push({ line: index + 2, code, value: value.slice(0, 80) })
    if (!z.email().max(254).safeParse(email).success) trouble('no_address', of('email'))
    else if (seen.has(email)) trouble('twice', email)
    if (of('name') === '') trouble('no_name', email)
    if (of('country') !== '' && !/^[A-Za-z]{2}$/.test(of('country'))) trouble('country_form', of('country'))
    if (!/^\d{0,3}$/.test(of('max_load'))) trouble('load_form', of('max_load'))
    if (row.some(cell => cell.length > longest)) trouble('too_long', email)
    seen.add(email)
    jurors.push({
      email,
      name: of('name'),
      nameLatin: of('name_latin'),
      country: of('country').toUpperCase(),
      city: of('city'),
      institution: of('institution'),
      reads: codesIn(of('reads')),
      expertise: codesIn(of('expertise')),
      language: of('language').toLowerCase() || 'en',
      maxLoad: Number(of('max_load')) || maxLoad,
      chair: /^(1|yes|true|x)$/i.test(of('chair'))
    })
  }
  return troubles.length > 0 ? { troubles } : { jurors }
}

/** "bg, en" or "bg en" or "bg;en" */
const codesIn = (text: string) => [
  ...new Set(
    text
      .toLowerCase()
      .split(/[\s,;|]+/)
      .filter(Boolean)
  )
]
