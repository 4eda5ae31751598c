import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasSentence, sentence } from '../i18n/catalogue.ts'
import { inLanguage, localeOf, OWN_NAMES } from '../i18n/languages.ts'
import { programmeShown } from '../programmes/queries.ts'
import type { Country } from '../programmes/tables.ts'
import type { Mistake } from '../refusal.ts'
import { personOf } from '../web/context.ts'
import { mistakesFor, typed } from '../web/forms.ts'
import { COUNTRIES } from './countries.ts'
import { profileVersion } from './profileversion.ts'
import { type Person, sessionsOf } from './queries.ts'

type Again = { mistakes: Mistake[] }
type Choice = { value: string; text: string; selected: boolean }

/** Somebody's own account: who they are, their password, where they are signed in. */
export async function accountPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: Again = { mistakes: [] }
): Promise<unknown> {
  const person = personOf(request)
  const { db } = request.server
  const programme = await programmeShown(db, null)
  const again = mistakes.length > 0 ? typed(request) : {}
  const value = (field: keyof typeof person) => again[field] ?? String(person[field] ?? '')
  const now = new Date()
  const open = await sessionsOf(db, person.id, now)
  return reply.page('accounts/account', {
    version: profileVersion(person),
    own: ownTold(person),
    title: sentence(request.lang, 'accounts.account.title'),
    ...mistakesFor(request, mistakes),
    profile: {
      email: person.email,
      name: value('name'),
      nameLatin: value('nameLatin'),
      institution: value('institution'),
      institutionEn: value('institutionEn'),
      city: value('city'),
      cityLatin: value('cityLatin')
    },
    countries: countryChoices(request.lang, programme?.countries ?? [], value('country')),
    tongues: languageChoices(value('language')),
    zones: zoneChoices(request.lang, value('zone')),
    hasPassword: person.passwordHash !== null,
    openSessions: open.map(({ tokenHash, shared, address, madeAt, seenAt }) => ({
      id: tokenHash.slice(0, 16),
      shared,
      address,
      madeAt,
      seenAt,
      here: tokenHash === request.session?.tokenHash
    })),
    others: open.length > 1
  })
}

function ownTold(person: Person) {
  const { email, name, nameLatin, institution, institutionEn, city, cityLatin, country, language, zone } = person
  return { email, name, nameLatin, institution, institutionEn, city, cityLatin, country, language, zone }
}

export const languageChoices = (chosen: string): Choice[] =>
  Object.entries(OWN_NAMES).map(([value, text]) => ({ value, text, selected: value === chosen }))

/** The programme's countries first, as it calls them; then all others by name. */
export function countryChoices(language: string, own: Country[], chosen: string): Choice[] {
  const names = new Intl.DisplayNames([localeOf(language)], { type: 'region' })
  const byName = (a: { text: string }, b: { text: string }) => a.text.localeCompare(b.text, localeOf(language))
  const first = own.map(({ code, name }) => ({ value: code, text: inLanguage(name, language) })).sort(byName)
  const rest = COUNTRIES.filter(code => !own.some(country => country.code === code))
    .map(code => ({ value: code, text: names.of(code) ?? code }))
    .sort(byName)
  return [...first, ...rest].map(choice => ({ ...choice, selected: choice.value === chosen }))
}

/** Zones with a name of their own first; the rest by the name that all computers know them by. */
function zoneChoices(language: string, chosen: string): Choice[] {
  const all = Intl.supportedValuesOf('timeZone').map(zone => {
    const key = `zone.${zone.replaceAll('/', '.')}`
    const named = hasSentence(language, key)
    return { value: zone, named, text: named ? sentence(language, key) : zone.replaceAll('_', ' ') }
  })
  return [...all.filter(({ named }) => named), ...all.filter(({ named }) => !named)].map(({ value, text }) => ({
    value,
    text,
    selected: value === chosen
  }))
}
