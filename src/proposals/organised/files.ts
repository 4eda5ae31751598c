import { stringify } from 'csv-stringify/sync'
import type { StandingCall } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import type { Submitted } from '../queries.ts'
import { requestedIn } from './pages.ts'

const COLUMNS = [
  'number',
  'title',
  'title_en',
  'name',
  'email',
  'institution',
  'city',
  'country',
  'language',
  'theme',
  'requested',
  'submitted_at',
  'screening',
  'reason'
] as const

/** What was submitted, as a table for a spreadsheet. Text that looks like a formula is not one: it gets an apostrophe. */
export function proposalsCsv(call: StandingCall, submitted: readonly Submitted[], lang: string): string {
  const answer = ({ version }: Submitted, field: string) => {
    const said = version.answers[field]
    return typeof said === 'string' ? said : ''
  }
  const rows = submitted.map(one => {
    const { name, email, institution, city, country } = one.version.applicant
    const requested = requestedIn(call.rules, one)
    return [
      one.number,
      answer(one, 'title'),
      answer(one, 'title_en'),
      name,
      email,
      institution,
      city,
      country,
      answer(one, 'language'),
      answer(one, 'theme'),
      requested === null ? '' : `${requested / 100n}.${String(requested % 100n).padStart(2, '0')}`,
      one.version.submittedAt.toISOString(),
      one.screening ?? '',
      one.screeningReason
    ]
  })
  return stringify([COLUMNS.map(column => sentence(lang, `proposals.csv.${column}`)), ...rows], {
    bom: true,
    escape_formulas: true
  })
}
