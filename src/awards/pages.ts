import type { CallRules } from '../calls/rules.ts'
import { sentence } from '../i18n/catalogue.ts'
import { plainNumber } from '../i18n/formats.ts'
import { inLanguage, localeOf } from '../i18n/languages.ts'
import type { Country } from '../programmes/tables.ts'
import { toNumber } from '../ranking/fraction.ts'
import type { Ranking } from '../ranking/ranking.ts'
import { figureOf, type Said } from './because.ts'

/** What the sentences need to put codes into words. */
export type Names = { rules: CallRules; countries: Country[] }

/** A country as the programme calls it, else as Intl does. The footnote of a name stands apart: `footnotesFor`. */
export function countryName(language: string, code: string, countries: readonly Country[]): string {
  const own = countries.find(country => country.code === code)
  if (own) return inLanguage(own.name, language) + (own.footnote ? '*' : '')
  return (/^[A-Z]{2}$/.test(code) && new Intl.DisplayNames([localeOf(language)], { type: 'region' }).of(code)) || code
}

/** The footnotes that the countries named on a page need. */
export function footnotesFor(codes: readonly string[], countries: readonly Country[]): string[] {
  return countries
    .filter(({ code, footnote }) => footnote && codes.includes(code))
    .map(({ footnote }) => footnote ?? '')
}

/** The reason in the reader's language, a sentence each. */
export function spoken(language: string, said: readonly Said[], { rules, countries }: Names): string[] {
  return said.map(({ code, ...facts }) => {
    const figure = (value: unknown) => {
      const number = typeof value === 'string' ? figureOf(value) : null
      return number === null ? value : plainNumber(language, number, rules.ranking.rounding ?? 2)
    }
    const criterion = rules.rubric.criteria.find(({ id }) => id === facts.criterion)
    return sentence(language, `because.${code}`, {
      ...Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [
          name,
          Array.isArray(value) ? listed(language, value) : name === 'rank' || name === 'least' ? value : figure(value)
        ])
      ),
      ...(criterion ? { criterion: inLanguage(criterion.name, language) } : {}),
      ...(typeof facts.field === 'string' ? { field: facts.field } : {}),
      ...(facts.field === 'country' ? { value: countryName(language, String(facts.value ?? ''), countries) } : {}),
      other: typeof facts.other === 'string' && facts.other !== '' ? facts.other : 'none'
    })
  })
}

const listed = (language: string, values: readonly (string | number)[]) =>
  new Intl.ListFormat(localeOf(language), { type: 'conjunction' }).format(values.map(String))

/** The mean of each criterion with its weight, and the total. */
export function marksTable(
  language: string,
  { rules, ranking, number }: { rules: CallRules; ranking: Ranking; number: string }
): { head: string[]; rows: string[][]; total: string[] } {
  const row = ranking.sheet.find(({ id }) => id === number)
  const shown = (figure: Parameters<typeof toNumber>[0] | null | undefined) =>
    figure ? plainNumber(language, toNumber(figure), rules.ranking.rounding ?? 2) : '–'
  return {
    head: [
      sentence(language, 'decision.criterion'),
      sentence(language, 'decision.weight'),
      sentence(language, 'decision.mean')
    ],
    rows: rules.rubric.criteria.map(({ name, weight }, index) => [
      inLanguage(name, language),
      String(weight),
      shown(row?.criterionMeans[index])
    ]),
    total: [sentence(language, 'decision.total'), '', shown(row?.total)]
  }
}
