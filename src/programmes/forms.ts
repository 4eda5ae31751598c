import { z } from 'zod'
import { isZone } from '../calls/zones.ts'
import { OWN_NAMES } from '../i18n/languages.ts'
import { address, line, someLine } from '../web/forms.ts'
import { whyNotSlug } from './rules.ts'
import type { Country, Texts } from './tables.ts'

export const OFFERED = Object.keys(OWN_NAMES) as [string, ...string[]]
const ticked = z.preprocess(
  value => (value === undefined ? [] : [value].flat()),
  z.array(z.enum(OFFERED)).min(1, 'choose_one')
)
const slug = line(60).pipe(z.string().refine(word => whyNotSlug(word) === null, 'slug_form'))

const facts = {
  'name.en': someLine(200),
  ...Object.fromEntries(OFFERED.filter(code => code !== 'en').map(code => [`name.${code}`, line(200).default('')])),
  organiser: someLine(200),
  city: someLine(120),
  country: line(2).pipe(z.string().regex(/^[A-Za-z]{2}$/, 'country_form')),
  email: address,
  dataProtection: address,
  zone: z.string().refine(isZone, 'zone_unknown'),
  currency: line(3).pipe(z.string().regex(/^[A-Za-z]{3}$/, 'not_a_currency')),
  languages: ticked,
  countries: z.string().default('')
}

export const programmeForm = z.object({
  /** Which facts were seen, for whoever says so. */
  version: z.string().max(40).optional(),
  ...facts
})
export const newProgrammeForm = z.object({ slug, ...facts })

type Typed = Omit<z.output<typeof programmeForm>, 'version'> & Record<string, unknown>

/** What was typed, as a programme keeps it. Countries that it has already keep their names, zones and footnotes. */
export function programmeFacts(typed: Typed, before: readonly Country[]) {
  const name: Texts = Object.fromEntries(
    OFFERED.map(code => [code, String(typed[`name.${code}`] ?? '')]).filter(([, text]) => text)
  )
  return {
    name,
    organiser: {
      name: typed.organiser,
      city: typed.city,
      country: typed.country.toUpperCase(),
      email: typed.email,
      dataProtection: typed.dataProtection
    },
    zone: typed.zone,
    currency: typed.currency.toUpperCase(),
    languages: typed.languages,
    countries: countriesIn(typed.countries, typed.zone, before)
  }
}

/** "BG Europe/Sofia", one a line; without a zone, the programme's. */
function countriesIn(text: string, zone: string, before: readonly Country[]): Country[] {
  const lines = text.split('\n').map(line => line.trim().split(/\s+/))
  return lines.flatMap(([code = '', own]) => {
    if (!/^[A-Za-z]{2}$/.test(code)) return []
    const known = before.find(country => country.code === code.toUpperCase())
    const named = { code: code.toUpperCase(), name: {}, languages: [], ...known }
    return [{ ...named, zone: own && isZone(own) ? own : (known?.zone ?? zone) }]
  })
}

export const stageForm = z.object({
  slug,
  kind: z.enum(['admission', 'training', 'award']),
  'title.en': someLine(200),
  'title.bg': line(200).default('')
})

export const callForm = z.object({
  slug,
  stage: z.uuid('not_a_choice'),
  'title.en': line(200).default(''),
  'title.bg': line(200).default(''),
  from: line(60).default('')
})

export const singleForm = z.object({ on: z.enum(['yes', 'no']) })
