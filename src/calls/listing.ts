import { digestOf } from './rules.ts'

/** Somebody who may apply, as the organiser's list knows them. */
export type ListedPerson = {
  email: string
  name: string
  nameLatin?: string
  institution?: string
  institutionEn?: string
  city?: string
  cityLatin?: string
  country?: string
  language?: string
}

/** Which list it is: one digest for the same addresses in whatever order. */
export function listDigest(people: readonly { email: string }[]): string {
  return digestOf(people.map(({ email }) => email).sort())
}
