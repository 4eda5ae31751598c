import { fieldsOf } from '../calls/form.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { CallRules } from '../calls/rules.ts'
import { hasSentence, sentence } from '../i18n/catalogue.ts'
import { inLanguage, localeOf, OWN_NAMES } from '../i18n/languages.ts'
import { countryName } from '../programmes/countries.ts'
import type { Programme } from '../programmes/queries.ts'
import { rowsOf } from '../proposals/completeness.ts'
import type { Submitted } from '../proposals/queries.ts'
import { titleOf, writtenIn } from '../proposals/reading/pages.ts'

export type Said = (key: string, facts?: Record<string, unknown>) => string

export const saying =
  (lang: string): Said =>
  (key, facts) =>
    sentence(lang, `panel.${key}`, facts)

/** The three pages of an organiser about the jury. */
export const juryPlaces = (lang: string, { slug }: Pick<StandingCall, 'slug'>, current: string) =>
  ['jury', 'declarations', 'assignment'].map(place => ({
    href: `/organise/${slug}/${place}`,
    label: sentence(lang, `panel.place.${place}`),
    current: place === current
  }))

/** A kind of conflict in words: the common ones from the catalogue, a call's own as its organisers wrote it. */
export const kindWords = (lang: string, kind: string): string =>
  hasSentence(lang, `panel.kind.${kind}`) ? sentence(lang, `panel.kind.${kind}`) : kind

/** A language by its own name, or by the reader's. */
export function languageName(lang: string, code: string): string {
  if (OWN_NAMES[code]) return OWN_NAMES[code]
  try {
    return new Intl.DisplayNames([localeOf(lang)], { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

export const listed = (lang: string, parts: readonly string[]): string =>
  new Intl.ListFormat(localeOf(lang), { type: 'conjunction' }).format(parts)

/** The themes of a call's form, as jurors can be expert in; none where the form asks for no theme. */
export function themesOf(lang: string, rules: CallRules): { value: string; text: string }[] {
  const field = fieldsOf(rules.form).find(({ id }) => id === 'theme')
  if (field?.type !== 'choice') return []
  return field.options.map(value => ({ value, text: inLanguage(field.optionLabels?.[value], lang) || value }))
}

export const partnersIn = ({ version }: Submitted): string[] =>
  rowsOf(version.answers.partners)
    .map(row => (row.name ?? '').trim())
    .filter(Boolean)

/** A proposal as lists of the panel show it. With `blind`, only what says nothing of who applied. */
export function proposalShown(
  lang: string,
  call: StandingCall,
  programme: Programme | null,
  proposal: Submitted,
  blind = false
) {
  const { applicant, answers } = proposal.version
  const language = writtenIn(call.rules.form, answers)
  const titleEn = typeof answers.title_en === 'string' ? answers.title_en : ''
  const partners = blind ? [] : partnersIn(proposal)
  return {
    id: proposal.id,
    mark: proposal.number,
    name: titleOf(answers) || proposal.number,
    nameLang: language || null,
    nameEn: titleEn !== '' && titleEn !== titleOf(answers) ? titleEn : null,
    language: language ? languageName(lang, language) : '',
    languageCode: language,
    institution: blind ? '' : applicant.institution || applicant.institutionEn,
    place: blind
      ? ''
      : [applicant.city, applicant.country ? countryName(lang, applicant.country, programme?.countries) : '']
          .filter(Boolean)
          .join(', '),
    applicant: blind ? '' : applicant.name,
    partners: partners.length > 0 ? listed(lang, partners) : null
  }
}
