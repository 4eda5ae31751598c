import type { StandingCall } from '../../calls/queries.ts'
import type { CallRules } from '../../calls/rules.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { clockTime, longDate, money } from '../../i18n/formats.ts'
import { inLanguage, OWN_NAMES } from '../../i18n/languages.ts'
import { dateTimeIn, zoneName } from '../../web/render.ts'
import { inGroups } from '../../web/seal.ts'
import { budgetSums, inCurrency } from '../budget.ts'
import { rowsOf } from '../completeness.ts'
import { applicantFacts } from '../own/pages.ts'
import type { Submitted } from '../queries.ts'
import { proposalReading, titleOf, writtenIn } from '../reading/pages.ts'
import type { begunIn, screeningsOf } from './queries.ts'

type Begun = Awaited<ReturnType<typeof begunIn>>

/** What a proposal asks for, in hundredths, over all its budgets; null where the form has none. */
export function requestedIn(rules: CallRules, { version }: Pick<Submitted, 'version'>): bigint | null {
  const budgets = rules.form.sections.flatMap(({ fields }) => fields).filter(({ type }) => type === 'budget')
  if (budgets.length === 0) return null
  return budgets.reduce((sum, { id }) => sum + budgetSums(rowsOf(version.answers[id])).requested, 0n)
}

const screeningWord = ({ screening }: Submitted, lang: string) =>
  screening === null
    ? { state: 'ahead', text: sentence(lang, 'proposals.screening.waiting') }
    : screening === 'eligible'
      ? { state: 'done', text: sentence(lang, 'proposals.screening.passed') }
      : { state: 'bad', text: sentence(lang, 'proposals.screening.refused') }

/** While the call is open: who has begun and who has submitted, and nothing that anybody has written. */
export function waitingPage(call: StandingCall, begun: Begun, withdrawn: number, lang: string) {
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.list.${key}`, facts)
  const submitted = begun.filter(({ submitted }) => submitted).length
  return {
    call: call.slug,
    state: call.state,
    drafts: begun.length - submitted,
    count: submitted,
    withdrawnCount: withdrawn,
    rows: [],
    title: say('open_title', { count: submitted }),
    smallLine: inLanguage(call.texts.title, lang),
    lede: say('open_lede', {
      deadline: dateTimeIn(lang, call.life.deadline, call.rules.zone),
      drafts: begun.length - submitted
    }),
    withdrawn: withdrawn > 0 ? say('withdrawn', { count: withdrawn }) : '',
    begun: begun.map(({ name, institution, country, begunAt, submitted }) => ({
      name,
      institution,
      country,
      begunAt,
      submitted,
      begun: dateTimeIn(lang, begunAt, call.rules.zone),
      word: submitted
        ? { state: 'done', text: sentence(lang, 'proposals.mine.submitted') }
        : { state: 'now', text: sentence(lang, 'proposals.mine.draft') }
    }))
  }
}

/** After the deadline: what was submitted, and how far the eligibility check is. */
export function submittedPage(
  call: StandingCall,
  submitted: readonly Submitted[],
  { drafts, withdrawn, mayScreen }: { drafts: number; withdrawn: number; mayScreen: boolean },
  lang: string
) {
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.list.${key}`, facts)
  const waiting = submitted.filter(({ screening }) => screening === null).length
  const screening = call.state === 'screening' && mayScreen
  return {
    call: call.slug,
    state: call.state,
    count: submitted.length,
    waiting,
    withdrawnCount: withdrawn,
    title: say('title', { count: submitted.length }),
    smallLine: inLanguage(call.texts.title, lang),
    lede: call.state === 'screening' ? say('screening_lede', { waiting }) : '',
    drafts: drafts > 0 ? say('drafts', { count: drafts }) : '',
    withdrawn: withdrawn > 0 ? say('withdrawn', { count: withdrawn }) : '',
    csv: submitted.length > 0 ? `/organise/${call.slug}/proposals.csv` : null,
    screening: screening && waiting > 0 ? `/organise/${call.slug}/screenings` : null,
    ending: screening && waiting === 0 ? `/organise/${call.slug}/screening/end` : null,
    rows: submitted.map(one => {
      const { answers, applicant, submittedAt } = one.version
      const requested = requestedIn(call.rules, one)
      return {
        id: one.id,
        number: one.number,
        version: one.version.position,
        submittedAt,
        country: applicant.country,
        applicant: applicant.name,
        amount: requested === null ? null : inCurrency(requested),
        currency: call.rules.currency,
        screening: one.screening,
        href: `/organise/${call.slug}/proposals/${one.id}`,
        proposalTitle: titleOf(answers) || say('untitled'),
        titleLang: writtenIn(call.rules.form, answers),
        institution: applicant.institution || applicant.name,
        place: [applicant.city, applicant.country].filter(Boolean).join(', '),
        requested: requested === null ? '' : money(lang, inCurrency(requested), call.rules.currency),
        submitted: dateTimeIn(lang, submittedAt, call.rules.zone),
        word: screeningWord(one, lang),
        box: screening && one.screening === null
      }
    })
  }
}

/** One submitted proposal, to read, and where it is time to let it through or refuse it. */
export function organisedPage(
  call: StandingCall,
  one: Submitted,
  said: Awaited<ReturnType<typeof screeningsOf>>,
  {
    mayScreen,
    outcome,
    reason,
    errorOf
  }: {
    mayScreen: boolean
    outcome: string
    reason: string
    errorOf: Record<string, string>
  },
  lang: string
) {
  const { version } = one
  const { zone } = call.rules
  const language = writtenIn(call.rules.form, version.answers)
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.screening.${key}`, facts)
  const at = (when: Date) =>
    `${longDate(lang, when, zone)}, ${clockTime(lang, when, zone, true)} (${zoneName(lang, zone)})`
  return {
    id: one.id,
    number: one.number,
    position: version.position,
    submittedAt: version.submittedAt,
    applicant: version.applicant,
    sha256: version.digest,
    outcome: one.screening,
    title: titleOf(version.answers) || sentence(lang, 'proposals.list.untitled'),
    headingLang: language,
    smallLine: sentence(lang, 'proposals.receipt.line', { number: one.number, version: version.position }),
    titleEn: language === 'en' ? '' : typeof version.answers.title_en === 'string' ? version.answers.title_en : '',
    word: screeningWord(one, lang),
    facts: [
      ...applicantFacts(version.applicant, lang),
      { name: sentence(lang, 'proposals.list.submitted_at'), value: at(version.submittedAt) },
      ...(language ? [{ name: sentence(lang, 'proposals.list.language'), value: OWN_NAMES[language] ?? language }] : [])
    ],
    digest: inGroups(version.digest),
    reading: proposalReading(version, call.rules, lang, 'organiser'),
    said: said.map(({ outcome, reason, by, at: when }) => ({
      outcome,
      by,
      saidAt: when,
      text: say(`said_${outcome}`, { by, at: dateTimeIn(lang, when, zone) }),
      reason
    })),
    screening: call.state === 'screening' && mayScreen ? `/organise/${call.slug}/proposals/${one.id}/screening` : null,
    outcomes: [
      { value: 'eligible', text: say('pass'), hint: null, checked: outcome === 'eligible' },
      { value: 'refused', text: say('refuse'), hint: say('refuse_hint'), checked: outcome === 'refused' }
    ],
    reason,
    outcomeError: errorOf.outcome ?? null,
    reasonError: errorOf.reason ?? null,
    errors: Object.entries(errorOf).map(([field, text]) => ({ href: `#${field}`, text })),
    back: `/organise/${call.slug}/proposals`
  }
}
