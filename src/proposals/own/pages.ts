import type { Person } from '../../accounts/queries.ts'
import { statesFrom } from '../../calls/lifecycle.ts'
import { dateTimeShort, leftWords, timelineItems } from '../../calls/pages.ts'
import { digestOf } from '../../calls/rules.ts'
import { timelineOf } from '../../calls/telling.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { clockTime, longDate, money, offsetOf } from '../../i18n/formats.ts'
import { inLanguage, languageTaken, OWN_NAMES } from '../../i18n/languages.ts'
import { dateTimeIn, zoneName } from '../../web/render.ts'
import { inGroups } from '../../web/seal.ts'
import { budgetSums, inCurrency } from '../budget.ts'
import { countByField } from '../commands.ts'
import { exclusions, isBlank, isRequired, problemsIn, rowsOf } from '../completeness.ts'
import { problemList } from '../problems/pages.ts'
import type { Application, OwnProposal, Submitted, Version } from '../queries.ts'
import { fileSize, proposalReading, titleOf, writtenIn } from '../reading/pages.ts'
import type { VersionFile } from '../tables.ts'
import { countWords } from '../words.ts'

export const WITHDRAWING = statesFrom('open', 'panel')

const draftAsVersion = ({ proposal, files }: Application) => ({
  answers: proposal.draft,
  files: files.map(
    ({ id, field, name, mime, bytes, sha256 }): VersionFile => ({ attachmentId: id, field, name, mime, bytes, sha256 })
  )
})

/** A change was begun that has not been submitted. */
function hasChanges(application: Application): boolean {
  const { answers, files } = draftAsVersion(application)
  const { standing } = application
  return standing !== null && digestOf([standing.answers, standing.files]) !== digestOf([answers, files])
}

/** Where a proposal stands, what happens next, and what its applicant can do. */
export function statusPage(
  application: Application,
  submitted: Pick<Submitted, 'screening' | 'screeningReason'> | null,
  versions: readonly Version[],
  /** Whether the letters with the decision are out and this proposal has one. */
  told: boolean,
  lang: string
) {
  const { call, proposal, standing, deadline, writable } = application
  const { rules, life, state, now } = call
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.status.${key}`, facts)
  const on = (at: Date) => dateTimeIn(lang, at, rules.zone)
  const href = `/proposals/${proposal.id}`
  const facts = {
    deadline: on(deadline),
    now: `${longDate(lang, now, rules.zone)}, ${clockTime(lang, now, rules.zone, true)}`,
    saved: on(proposal.draftSavedAt),
    version: standing?.position ?? 0,
    submitted: standing ? on(standing.submittedAt) : '',
    withdrawn: proposal.withdrawnAt ? on(proposal.withdrawnAt) : '',
    reason: submitted?.screeningReason ?? ''
  }
  const known = statesFrom('declaring').includes(state)
  const key = proposal.withdrawnAt
    ? 'withdrawn'
    : writable
      ? standing
        ? hasChanges(application)
          ? 'changing'
          : 'submitted'
        : 'draft'
      : !standing
        ? 'late'
        : known && submitted?.screening === 'refused'
          ? 'refused'
          : statesFrom('final').includes(state)
            ? 'final'
            : told
              ? 'decided'
              : 'judged'
  const over = !writable && !proposal.withdrawnAt
  const title = titleOf((standing ?? { answers: proposal.draft }).answers)
  return {
    id: proposal.id,
    number: proposal.number,
    call: call.slug,
    standing: key,
    deadline,
    writable,
    submittedAt: standing?.submittedAt ?? null,
    withdrawnAt: proposal.withdrawnAt,
    screeningReason: key === 'refused' ? (submitted?.screeningReason ?? '') : '',
    title: say(`${key}_title`),
    smallLine: say('line', { call: inLanguage(call.texts.title, lang), number: proposal.number ?? '' }),
    lede: say(`${key}_lede`, facts),
    closes: writable
      ? sentence(lang, 'proposals.edit.closes', { at: on(deadline), left: leftWords(lang, deadline, now) })
      : '',
    over: over ? say('over', facts) : '',
    proposalTitle: title || sentence(lang, 'proposals.edit.untitled'),
    titleLang: title ? writtenIn(rules.form, (standing ?? { answers: proposal.draft }).answers) : '',
    reason: proposal.withdrawalReason,
    edit: writable ? `${href}/edit` : null,
    editWords: say(standing ? 'change' : 'go_on'),
    receipt: standing ? `${href}/receipt` : null,
    text: `${href}/text`,
    withdrawal: !proposal.withdrawnAt && WITHDRAWING.includes(state) ? `${href}/withdrawal` : null,
    results: key === 'final' || key === 'refused' ? `/calls/${call.slug}/results` : null,
    result: told && !proposal.withdrawnAt ? `${href}/result` : null,
    resultsOut: statesFrom('final').includes(state),
    again: proposal.withdrawnAt && state === 'open' ? `/calls/${call.slug}/proposals` : null,
    timeline: proposal.withdrawnAt ? [] : timelineItems(lang, rules, timelineOf(rules, life, state, now)),
    versions: versions.map(({ position, submittedAt, files, digest }) => ({
      position,
      submittedAt,
      files: files.length,
      digest,
      text: say('version', { version: position, at: on(submittedAt), files: files.length }),
      href: `${href}/receipt?version=${position}`
    }))
  }
}

/** The last look before submitting: either what is still missing, or the whole text with the button under it. */
export function checkPage(application: Application, person: Person, lang: string) {
  const { call, proposal, files, standing, deadline } = application
  const { rules } = call
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.check.${key}`, facts)
  const problems = problemsIn(rules.form, proposal.draft, countByField(files))
  const ready = problems.length === 0
  return {
    id: proposal.id,
    deadline,
    problems,
    title: say(ready ? 'title' : 'not_yet'),
    smallLine: titleOf(proposal.draft),
    smallLang: writtenIn(rules.form, proposal.draft),
    lede: ready ? say(standing ? 'lede_again' : 'lede', { deadline: dateTimeIn(lang, deadline, rules.zone) }) : '',
    ready,
    errors: problemList(problems, rules, lang, `/proposals/${proposal.id}/edit?check=1`),
    excluded: exclusions(rules.form, proposal.draft).length > 0,
    reading: proposalReading(draftAsVersion(application), rules, lang, 'applicant'),
    applicant: applicantFacts(person, lang),
    incompleteProfile: person.institution === '' || person.country === '',
    edit: `/proposals/${proposal.id}/edit`,
    submission: `/proposals/${proposal.id}/submission`
  }
}

type Known = Pick<Person, 'name' | 'nameLatin' | 'email' | 'institution' | 'city' | 'country'>

/** Who applies, as it goes into the version. */
export function applicantFacts({ name, nameLatin, email, institution, city, country }: Known, lang: string) {
  const fact = (key: string, ...values: string[]) => {
    const value = [...new Set(values)].filter(Boolean).join(' · ')
    return value ? [{ name: sentence(lang, `proposals.applicant.${key}`), value }] : []
  }
  const land = country
    ? (new Intl.DisplayNames([lang], { type: 'region', fallback: 'code' }).of(country) ?? country)
    : ''
  return [
    ...fact('name', name, nameLatin),
    ...fact('email', email),
    ...fact('institution', institution),
    ...fact('city', city),
    ...fact('country', land)
  ]
}

/** The receipt of one version: number, time to the second, digest. */
export function receiptPage(application: Application, version: Version, email: string, lang: string) {
  const { call, proposal, standing, deadline, writable } = application
  const { rules, life, state, now } = call
  const { zone } = rules
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.receipt.${key}`, facts)
  const stands = standing?.id === version.id && !proposal.withdrawnAt
  return {
    id: proposal.id,
    number: proposal.number,
    position: version.position,
    submittedAt: version.submittedAt,
    stands,
    sha256: version.digest,
    files: version.files,
    title: say(proposal.withdrawnAt ? 'title_withdrawn' : stands ? 'title' : 'title_earlier'),
    smallLine: say('line', { number: proposal.number ?? '', version: version.position }),
    lede: say('lede', { email }),
    stamp: {
      heading: say('received'),
      number: proposal.number ?? '',
      at: `${longDate(lang, version.submittedAt, zone)}, ${clockTime(lang, version.submittedAt, zone, true)}`,
      zoneWords: `${zoneName(lang, zone)} (${utcOffset(version.submittedAt, zone)})`
    },
    facts: receivedFacts(version, application, lang),
    change: stands && writable ? say('change', { deadline: dateTimeIn(lang, deadline, zone) }) : '',
    href: `/proposals/${proposal.id}`,
    edit: stands && writable ? `/proposals/${proposal.id}/edit` : null,
    withdrawal: stands && WITHDRAWING.includes(state) ? `/proposals/${proposal.id}/withdrawal` : null,
    text: `/proposals/${proposal.id}/text?version=${version.position}`,
    digest: inGroups(version.digest),
    seal: call.seal ? inGroups(call.seal) : null,
    timeline: proposal.withdrawnAt ? [] : timelineItems(lang, rules, timelineOf(rules, life, state, now))
  }
}

/** "UTC+3", "UTC+5:30" */
function utcOffset(at: Date, zone: string): string {
  const minutes = offsetOf(at, zone)
  const clock = `${Math.floor(Math.abs(minutes) / 60)}${minutes % 60 ? `:${String(Math.abs(minutes) % 60).padStart(2, '0')}` : ''}`
  return `UTC${minutes < 0 ? '−' : '+'}${clock}`
}

function receivedFacts({ answers, applicant, files }: Version, { call }: Application, lang: string) {
  const { form, currency } = call.rules
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.receipt.${key}`, facts)
  const fields = form.sections.flatMap(({ fields }) => fields)
  const language = writtenIn(form, answers)
  const budgets = fields.filter(({ type }) => type === 'budget').map(({ id }) => budgetSums(rowsOf(answers[id])))
  const texts = fields
    .filter(field => field.type === 'longtext' && (isRequired(field, answers) || !isBlank(answers[field.id])))
    .map(({ id }) => String(answers[id] ?? ''))
  const written = texts.filter(text => text.trim() !== '')
  return [
    { name: say('of_title'), value: titleOf(answers), valueLang: language },
    {
      name: say('of_institution'),
      value: [applicant.institution, applicant.city].filter(Boolean).join(', '),
      valueLang: ''
    },
    ...budgets.map(({ requested, total }) => ({
      name: say('of_money'),
      value: say('money', {
        requested: money(lang, inCurrency(requested), currency),
        total: money(lang, inCurrency(total), currency)
      }),
      valueLang: ''
    })),
    {
      name: say('of_answers'),
      value: say('answers', {
        given: written.length,
        asked: texts.length,
        words: countWords(written.join(' ')),
        language: language ? (OWN_NAMES[language] ?? language) : 'none'
      }),
      valueLang: ''
    },
    {
      name: say('of_files'),
      value: files.map(({ name, bytes }) => `${name}, ${fileSize(lang, bytes)}`).join(' · ') || say('no_files'),
      valueLang: ''
    }
  ].filter(({ value }) => value !== '')
}

/** What was submitted, or the draft where nothing was: readable for its applicant for ever. */
export function textPage(application: Application, version: Version | null, lang: string) {
  const { call, proposal } = application
  const shown = version ?? draftAsVersion(application)
  return {
    id: proposal.id,
    number: proposal.number,
    position: version?.position ?? null,
    title: titleOf(shown.answers) || sentence(lang, 'proposals.edit.untitled'),
    headingLang: titleOf(shown.answers) ? writtenIn(call.rules.form, shown.answers) : '',
    smallLine: version
      ? sentence(lang, 'proposals.receipt.line', { number: proposal.number ?? '', version: version.position })
      : sentence(lang, 'proposals.text.draft'),
    reading: proposalReading(shown, call.rules, lang, 'applicant'),
    back: `/proposals/${proposal.id}`
  }
}

/** The question before a withdrawal, as the confirmation page asks it. */
export function withdrawalPage(application: Application, lang: string, reason: string, error: string | null) {
  const { proposal, standing, call } = application
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.withdrawal.${key}`, facts)
  return {
    title: say('title'),
    smallLine: titleOf((standing ?? { answers: proposal.draft }).answers) || (proposal.number ?? ''),
    lede: '',
    will: [say('counts_not'), say('stays_readable'), say(call.state === 'open' ? 'may_begin' : 'is_final')],
    action: `/proposals/${proposal.id}/withdrawal`,
    hidden: [],
    reason: { name: 'reason', label: say('reason'), hint: say('reason_hint'), value: reason, error, optional: true },
    button: say('button'),
    risk: true,
    keep: { href: `/proposals/${proposal.id}`, text: say('keep') },
    errors: error ? [{ href: '#reason', text: error }] : []
  }
}

/** All proposals of one person, the last begun first. */
export function ownProposalsPage(rows: readonly OwnProposal[], lang: string) {
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(lang, `proposals.mine.${key}`, facts)
  return {
    title: say('title'),
    proposals: rows.map(({ proposal, call, submittedAt, deadline }) => {
      const writable = call.now <= deadline && !proposal.withdrawnAt
      const state = proposal.withdrawnAt
        ? { state: 'ahead', text: say('withdrawn') }
        : submittedAt
          ? { state: 'done', text: say('submitted') }
          : writable
            ? { state: 'now', text: say('draft') }
            : { state: 'bad', text: say('late') }
      const title = titleOf(proposal.draft)
      return {
        id: proposal.id,
        number: proposal.number,
        call: call.slug,
        title,
        begunAt: proposal.madeAt,
        submittedAt,
        withdrawnAt: proposal.withdrawnAt,
        deadline,
        writable,
        mark: proposal.number ?? dateTimeShort(lang, proposal.madeAt, call.rules.zone).split(',')[0] ?? '',
        markState: state,
        heading: title || sentence(lang, 'proposals.edit.untitled'),
        headingLang: title ? writtenIn(call.rules.form, proposal.draft) : null,
        href: `/proposals/${proposal.id}`,
        note: inLanguage(call.texts.title, lang),
        noteLang: languageTaken(call.texts.title, lang),
        text: writable
          ? sentence(lang, 'proposals.edit.closes', {
              at: dateTimeIn(lang, deadline, call.rules.zone),
              left: leftWords(lang, deadline, call.now)
            })
          : '',
        action:
          writable && !submittedAt
            ? { href: `/proposals/${proposal.id}/edit`, text: say('go_on'), main: false }
            : { href: `/proposals/${proposal.id}`, text: say('open'), main: false }
      }
    })
  }
}
