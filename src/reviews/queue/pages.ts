import type { FastifyReply, FastifyRequest } from 'fastify'
import { leftWords } from '../../calls/pages.ts'
import type { StandingCall } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { clockTime, plainNumber, shortDate } from '../../i18n/formats.ts'
import { inLanguage, localeOf, OWN_NAMES } from '../../i18n/languages.ts'
import { type Juror, seatOf } from '../../panel/queries.ts'
import { countryName } from '../../programmes/countries.ts'
import { type Programme, programmeOfCall } from '../../programmes/queries.ts'
import type { Answers } from '../../proposals/answers.ts'
import type { Submitted } from '../../proposals/queries.ts'
import { titleOf, writtenIn } from '../../proposals/reading/pages.ts'
import { countWords } from '../../proposals/words.ts'
import { Refused } from '../../refusal.ts'
import { callOf, personOf } from '../../web/context.ts'
import { dateTimeIn, zoneName } from '../../web/render.ts'
import { hidesApplicants, juryNav } from '../pages.ts'
import { readingOrder } from '../readingorder.ts'
import { shownTotal, totalOf } from '../rubric.ts'
import { type ToJudge, toJudge } from './queries.ts'

/** What a juror has before them in one call. */
export async function showQueue(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const person = personOf(request)
  const juror = await seatOf(db, person.id, call.id)
  if (!juror) throw new Refused({ code: 'not_found' })
  const [given, programme] = await Promise.all([
    toJudge(db, { jurorId: juror.id, callId: call.id }),
    programmeOfCall(db, call)
  ])
  const reader: Reader = { lang: request.lang, zone: person.zone, juror, programme }
  return reply.page('reviews/queue', queuePage(call, given, reader), { nav: juryNav(request.lang, call, 'judge') })
}

type Reader = { lang: string; zone: string | null; juror: Juror; programme: Programme | null }

export function queuePage(call: StandingCall, given: ToJudge[], reader: Reader) {
  const { lang } = reader
  const t = (key: string, facts = {}) => sentence(lang, `reviews.queue.${key}`, facts)
  const { rules, life, now, state } = call
  const reviewing = state === 'reviewing'
  const shown = reviewing || !['draft', 'open', 'closed', 'screening', 'declaring', 'assigning'].includes(state)
  const rows = shown ? given.map(one => ({ id: one.proposal.id, ...one })) : []
  const ordered = readingOrder(reader.juror.id, rows)
  const begun = ordered.filter(({ review }) => review && !review.submittedAt)
  const fresh = ordered.filter(({ review }) => !review)
  const submitted = ordered
    .filter(({ review }) => review?.submittedAt)
    .sort((a, b) => (b.review?.submittedAt?.getTime() ?? 0) - (a.review?.submittedAt?.getTime() ?? 0))
  const open = [...begun, ...fresh]
  const facts = {
    title: inLanguage(call.texts.title, lang),
    count: open.length,
    all: rows.length,
    submitted: submitted.length,
    left: leftWords(lang, life.reviewingUntil, now),
    until: untilWords(lang, life.reviewingUntil, rules.zone, reader.zone),
    declare: untilWords(lang, life.declarationsUntil, rules.zone, reader.zone)
  }
  const key = reviewing
    ? open.length > 0
      ? 'to_go'
      : rows.length > 0
        ? 'all_in'
        : 'nothing_yet'
    : shown
      ? 'closed'
      : state === 'declaring'
        ? 'declare'
        : 'wait'
  return {
    state,
    until: life.reviewingUntil,
    title: t(`heading_${key}`, facts),
    smallLine: `${facts.title} · ${dateTimeIn(lang, now, rules.zone)}`,
    lede: t(`lede_${key}`, facts),
    declarations: state === 'declaring' ? `/jury/${call.slug}/declarations` : null,
    panel: shown && !reviewing && reader.juror.chair ? `/organise/${call.slug}/panel` : null,
    figures: rows.length > 0 ? figures(open, begun, submitted, rules.rubric, lang) : [],
    mayBegin: reviewing,
    toJudge: reviewing
      ? open.map((one, place) => ({ ...rowOf(call, one, reader), main: place === 0 }))
      : [...begun, ...fresh].map(one => ({ ...rowOf(call, one, reader), main: false })),
    submitted: submitted.map(one => rowOf(call, one, reader)),
    mayChange: reviewing ? t('may_change', facts) : t('no_change')
  }
}

function figures(
  open: ToJudge[],
  begun: ToJudge[],
  submitted: ToJudge[],
  rubric: StandingCall['rules']['rubric'],
  lang: string
) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.queue.${key}`, facts)
  const totals = submitted.flatMap(({ review }) => {
    const total = review && totalOf(review.units, rubric)
    return total ? [shownTotal(total)] : []
  })
  const words = open.reduce((sum, { proposal }) => sum + wordsIn(proposal.version.answers), 0)
  const mean = totals.reduce((sum, total) => sum + total, 0) / Math.max(totals.length, 1)
  return [
    {
      value: t('of', { submitted: submitted.length, all: submitted.length + open.length }),
      label: t('figure_submitted')
    },
    { value: plainNumber(lang, begun.length), label: t('figure_begun') },
    ...(open.length > 0 ? [{ value: plainNumber(lang, words), label: t('figure_words') }] : []),
    ...(totals.length > 0 ? [{ value: plainNumber(lang, mean, 1), label: t('figure_mean') }] : [])
  ]
}

function rowOf(call: StandingCall, { proposal, review }: ToJudge, { lang, juror, programme }: Reader) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.queue.${key}`, facts)
  const { rubric, zone } = call.rules
  const titled = titleFor(call, proposal, juror.reads)
  const total = review?.submittedAt ? totalOf(review.units, rubric) : null
  const scored = review ? rubric.criteria.filter(({ id }) => review.units[id] !== undefined).length : 0
  return {
    ...titled,
    id: proposal.id,
    reviewId: review?.id ?? null,
    scoredCount: scored,
    submittedAt: review?.submittedAt ?? null,
    total: total ? shownTotal(total) : null,
    number: proposal.number,
    country: hidesApplicants(call.rules)
      ? null
      : countryName(lang, proposal.version.applicant.country, programme?.countries ?? []),
    href: review ? `/reviews/${review.id}` : `/jury/${call.slug}/proposals/${proposal.id}`,
    begin: review ? null : `/jury/${call.slug}/proposals/${proposal.id}`,
    note: noteWords(call, proposal, juror, lang),
    progressText:
      review && !review.submittedAt
        ? t('progress', {
            scored,
            all: rubric.criteria.length,
            at: `${shortDate(lang, review.savedAt, zone)}, ${clockTime(lang, review.savedAt, zone)}`
          })
        : null,
    progressValue: scored,
    progressOf: rubric.criteria.length,
    figure: total ? plainNumber(lang, shownTotal(total), 1) : null,
    figureNote: review?.submittedAt ? t('submitted_on', { day: shortDate(lang, review.submittedAt, zone) }) : null
  }
}

/** The title as it was written, or in English first for whoever does not read its language. */
export function titleFor(call: StandingCall, { version }: Submitted, reads: readonly string[]) {
  const written = writtenIn(call.rules.form, version.answers)
  const own = titleOf(version.answers)
  const english = typeof version.answers.title_en === 'string' ? version.answers.title_en.trim() : ''
  const understood = written === '' || reads.includes(written) || english === ''
  return understood
    ? { heading: own, headingLang: written || null, ownTitle: null, ownLang: null }
    : { heading: english, headingLang: 'en', ownTitle: own === english ? null : own, ownLang: written }
}

/** "English · 342 words · 1 file" */
export function noteWords(
  call: StandingCall,
  { version }: Submitted,
  juror: Pick<Juror, 'reads'>,
  lang: string
): string {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.queue.${key}`, facts)
  const written = writtenIn(call.rules.form, version.answers)
  const named = written && languageName(lang, written)
  return [
    ...(named
      ? [juror.reads.length === 0 || juror.reads.includes(written) ? named : t('not_read', { language: named })]
      : []),
    t('words', { count: wordsIn(version.answers) }),
    ...(version.files.length > 0 ? [t('files', { count: version.files.length })] : [])
  ].join(' · ')
}

export function languageName(lang: string, code: string): string {
  const name = new Intl.DisplayNames([localeOf(lang), 'en'], { type: 'language' }).of(code)
  return code === 'cnr' || !name ? (OWN_NAMES[code] ?? code) : name.charAt(0).toLocaleUpperCase() + name.slice(1)
}

/** All words of the answers, in lines and tables too: how much there is to read. */
function wordsIn(answers: Answers): number {
  const count = (value: unknown): number => {
    if (typeof value === 'string') return countWords(value)
    if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + count(one), 0)
    return typeof value === 'object' && value !== null ? count(Object.values(value)) : 0
  }
  return count(Object.values(answers))
}

/** The call's clock, and the reader's own where it shows another hour. */
export function untilWords(lang: string, at: Date, zone: string, own: string | null): string {
  const here = dateTimeIn(lang, at, zone)
  if (!own || clockTime(lang, at, own) === clockTime(lang, at, zone)) return here
  return sentence(lang, 'reviews.own_clock', { here, time: clockTime(lang, at, own), zone: zoneName(lang, own) })
}
