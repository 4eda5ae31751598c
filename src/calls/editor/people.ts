import { z } from 'zod'
import type { ListedPerson } from '../listing.ts'

/** The columns that a list of people may have; the first two it must. Other columns are passed over. */
export const COLUMNS = [
  'email',
  'name',
  'name_latin',
  'institution',
  'institution_en',
  'city',
  'city_latin',
  'country',
  'language'
] as const
type Column = (typeof COLUMNS)[number]

export type LineTrouble = {
  line: number
  code: 'no_address' | 'no_name' | 'country_form' | 'twice' | 'too_long'
  value: string
}
export type Listing = { people: ListedPerson[] } | { columns: string[] } | { troubles: LineTrouble[] }

const MOST = 20_000
const longest = 300

/** A table of people, all or nothing: either everybody, or every line with what is wrong in it. */
export function peopleIn(records: readonly string[][]): Listing {
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
  const people: ListedPerson[] = []
  const seen = new Set<string>()
  for (const [index, row] of rows.slice(0, MOST).entries()) {
    const line = index + 2
    const of = (name: Column) => (row[names.indexOf(name)] ?? '').normalize('NFC').trim()
    if (row.every(cell => cell.trim() === '')) continue
    const email = of('email').toLowerCase()
    const trouble = (code: LineTrouble['code'], value: string) =>
      troubles.push({ line, code, value: value.slice(0, 80) })
    if (!z.email().max(254).safeParse(email).success) trouble('no_address', of('email'))
    else if (seen.has(email)) trouble('twice', email)
    if (of('name') === '') trouble('no_name', email)
    if (of('country') !== '' && !/^[A-Za-z]{2}$/.test(of('country'))) trouble('country_form', of('country'))
    if (row.some(cell => cell.length > longest)) trouble('too_long', email)
    seen.add(email)
    people.push({
      email,
      name: of('name'),
      nameLatin: of('name_latin'),
      institution: of('institution'),
      institutionEn: of('institution_en'),
      city: of('city'),
      cityLatin: of('city_latin'),
      country: of('country').toUpperCase(),
      language: of('language') || 'en'
    })
  }
  return troubles.length > 0 ? { troubles } : { people }
}
