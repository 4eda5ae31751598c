import canonicalize from 'canonicalize'
import { countryName, type Names, spoken } from '../awards/pages.ts'
import { sentence } from '../i18n/catalogue.ts'
import { spreadsheetCsv } from '../ranking/sheet/files.ts'
import type { Content, Published } from './content.ts'
import type { Visible } from './pages.ts'

const COLUMNS = [
  'list',
  'place',
  'rank',
  'proposal',
  'title',
  'title_en',
  'institution',
  'institution_en',
  'city',
  'country',
  'amount',
  'total',
  'summary',
  'summary_en',
  'why'
] as const

/** Winners and reserve list for a spreadsheet of somebody who reads `language`. */
export function resultsCsv({ awarded, reserve }: Content, language: string, names: Names): string {
  const t = (key: string, facts?: Record<string, unknown>) => sentence(language, `publication.${key}`, facts)
  const row = (list: 'awarded' | 'reserve') => (one: Published) =>
    [
      t(`list.${list}`),
      String(one.place),
      String(one.rank),
      one.number,
      one.title?.own ?? '',
      one.title?.en ?? '',
      one.institution?.own ?? '',
      one.institution?.en ?? '',
      one.city?.own ?? '',
      one.country ? countryName(language, one.country, names.countries) : '',
      one.amountCents === undefined ? '' : (one.amountCents / 100).toFixed(2),
      one.total ?? '',
      one.summary?.own ?? '',
      one.summary?.en ?? '',
      one.because ? spoken(language, one.because, names).join(' ') : ''
    ] satisfies string[]
  const heads = COLUMNS.map(column => t(`column.${column}`, { currency: names.rules.currency }))
  return spreadsheetCsv([heads, ...awarded.map(row('awarded')), ...reserve.map(row('reserve'))], language)
}

/** What was frozen, with the three values to compare it with. */
export function resultsJson({ content, publication }: Visible): string {
  const { kind, seal, inputHash, historyHead, visibleAt } = publication
  return `${JSON.stringify({ ...content, kind, publishedAt: visibleAt.toISOString(), seal, inputHash, historyHead }, null, 2)}\n`
}

/** A bundle as a file: keys in the order of RFC 8785, so that the same bundle is the same bytes; lines, so that people can read it. */
export function bundleText(bundle: object): string {
  return `${JSON.stringify(JSON.parse(canonicalize(bundle) ?? ''), null, 1)}\n`
}
