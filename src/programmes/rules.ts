import { digestOf } from '../calls/rules.ts'
import type { Refusal } from '../refusal.ts'

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** Words that stand in our own addresses. */
const TAKEN = ['new', 'programmes']

/** Whether a word can stand in an address: small Latin letters, figures, hyphens between them. */
export function whyNotSlug(slug: string): Refusal | null {
  return SLUG.test(slug) && slug.length <= 60 && !TAKEN.includes(slug) ? null : { code: 'slug_form', slug }
}

/** Single-person mode is for whoever is alone: `others` could confirm. */
export function whyNotSinglePerson(others: number): Refusal | null {
  return others === 0 ? null : { code: 'not_alone', others }
}

type Facts = {
  name: object
  organiser: object
  zone: string
  currency: string
  languages: readonly string[]
  countries: readonly object[]
}

/** What is said of a programme as one short word: whoever has seen another one must look again before changing it. */
export const factsVersion = ({ name, organiser, zone, currency, languages, countries }: Facts): string =>
  digestOf([name, organiser, zone, currency, languages, countries]).slice(0, 16)
