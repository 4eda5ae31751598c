import { organiserNav } from '../../calls/pages.ts'
import type { StandingCall } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { plainNumber } from '../../i18n/formats.ts'
import { inLanguage, languageTaken } from '../../i18n/languages.ts'
import { titleOf, writtenIn } from '../../proposals/reading/pages.ts'
import { dateTimeIn } from '../../web/render.ts'
import { hidesJurors, juryNav, letterOf, scoreWords } from '../pages.ts'
import type { ScoreChange } from '../queries.ts'
import { everyScore, isDivided, shownScore, shownTotal, spreadOf, type Total, totalOf } from '../rubric.ts'
import type { Meeting } from './queries.ts'

/** Who looks: an organiser or auditor sees names; a chair, who is a juror too, only where the call hides nobody. */
export type Looking = { lang: string; organises: boolean; mayChange: boolean }

export const meetingNav = (call: StandingCall, { lang, organises }: Looking) =>
  organises ? organiserNav(lang, call, 'panel') : juryNav(lang, call, null)

const totalsOf = (reviews: Meeting['reviews'], { rules }: StandingCall): Total[] =>
  reviews.flatMap(({ scores, counts }) => {
    const total = counts ? totalOf(scores, rules.rubric) : null
    return total ? [total] : []
  })

const titled = ({ proposal }: Meeting, { rules }: StandingCall) => ({
  heading: titleOf(proposal.version.answers) || proposal.number,
  headingLang: writtenIn(rules.form, proposal.version.answers) || null
})

/** Every proposal with its jurors' totals side by side; what divides them most stands first. */
export function meetingPage(call: StandingCall, meetings: Meeting[], looking: Looking) {
  const { lang } = looking
  const t = (key: string, facts = {}) => sentence(lang, `reviews.meeting.${key}`, facts)
  const { dividedAt } = call.rules.jury
  const rows = meetings.map(meeting => {
    const totals = totalsOf(meeting.reviews, call)
    const mean = totals.reduce((sum, total) => sum + (total.points * 100) / total.of, 0) / Math.max(totals.length, 1)
    const spread = spreadOf(totals)
    return {
      ...titled(meeting, call),
      id: meeting.proposal.id,
      points: totals.map(shownTotal).sort((a, b) => b - a),
      meanPoints: totals.length > 0 ? mean : null,
      spreadPoints: spread,
      number: meeting.proposal.number,
      href: `/organise/${call.slug}/panel/${meeting.proposal.id}`,
      totals: totals
        .map(shownTotal)
        .sort((a, b) => b - a)
        .map(total => plainNumber(lang, total, 1))
        .join(' · '),
      mean: totals.length > 0 ? plainNumber(lang, mean, 1) : '–',
      spread: plainNumber(lang, spread, 1),
      sort: spread,
      divided: isDivided(totals, dividedAt),
      changed: panelChanges(meeting.changes).length,
      few: totals.length < call.rules.jury.minReviews
    }
  })
  const divided = rows.filter(row => row.divided).length
  return {
    state: call.state,
    title: t('heading', { count: rows.length, divided }),
    smallLine: `${inLanguage(call.texts.title, lang)} · ${sentence(lang, `state.${call.state}`)}`,
    lede: t(call.state === 'panel' ? 'lede' : 'lede_after'),
    dividedAt: dividedAt === undefined ? null : t('divided_from', { points: plainNumber(lang, dividedAt) }),
    rows: rows.sort((a, b) => b.sort - a.sort || (a.number < b.number ? -1 : 1)),
    ranking: looking.organises ? `/organise/${call.slug}/ranking` : null
  }
}

const panelChanges = (changes: readonly ScoreChange[]) => changes.filter(({ reason }) => reason !== '')

type Typed = {
  errors: { href: string; text: string }[]
  errorOf: Record<string, string>
  values: Record<string, string>
}

/** One proposal: criteria down, jurors across, what they wrote, every change, and a form to record another. */
export function proposalMeetingPage(call: StandingCall, meeting: Meeting, looking: Looking, typed: Typed) {
  const { lang, organises, mayChange } = looking
  const t = (key: string, facts = {}) => sentence(lang, `reviews.meeting.${key}`, facts)
  const { rubric, jury } = call.rules
  const named = organises || !hidesJurors(call.rules)
  const nameOf = (review: Meeting['reviews'][number], place: number) =>
    named && review.juror ? review.juror.name : t('juror_letter', { letter: letterOf(place) })
  const counted = meeting.reviews
    .filter(({ counts }) => counts)
    .map((review, place) => ({ ...review, name: nameOf(review, place) }))
  const totals = totalsOf(meeting.reviews, call)
  const own = titled(meeting, call)
  const left = meeting.reviews.length - counted.length
  const originals = originalUnits(meeting.changes)
  const { values } = typed
  return {
    ...own,
    id: meeting.proposal.id,
    number: meeting.proposal.number,
    reviews: counted.map(review => {
      const total = totalOf(review.scores, rubric)
      return {
        id: organises || mayChange ? review.reviewId : null,
        name: review.name,
        scores: Object.fromEntries(
          Object.entries(review.scores).map(([id, units]) => [id, shownScore(units, rubric.scale)])
        ),
        total: total ? shownTotal(total) : null,
        comments: review.comments,
        toApplicant: review.toApplicant,
        toPanel: review.toPanel
      }
    }),
    changes: meeting.changes.map(({ criterion, unitsBefore, unitsAfter, at, reason }) => ({
      criterion,
      before: shownScore(unitsBefore, rubric.scale),
      after: shownScore(unitsAfter, rubric.scale),
      changedAt: at,
      reason: reason || null
    })),
    title: own.heading,
    smallLine: sentence(lang, 'reviews.sheet.number', { number: meeting.proposal.number }),
    back: `/organise/${call.slug}/panel`,
    read: organises ? `/organise/${call.slug}/proposals/${meeting.proposal.id}` : null,
    divided: isDivided(totals, jury.dividedAt),
    spread: totals.length > 1 ? t('spread_words', { spread: plainNumber(lang, spreadOf(totals), 1) }) : null,
    notCounted: left > 0 ? t('not_counted', { count: left }) : null,
    jurors: counted.map(({ name }) => name),
    criteria: rubric.criteria.map(({ id, name, weight }) => ({
      name: inLanguage(name, lang),
      nameLang: languageTaken(name, lang),
      weight: plainNumber(lang, weight),
      cells: counted.map(review => {
        const units = review.scores[id]
        const original = originals.get(`${review.reviewId} ${id}`)
        return {
          label: review.name,
          score: units === undefined ? '–' : scoreWords(lang, units, rubric.scale),
          was:
            original === undefined || original === units
              ? null
              : t('was', { score: scoreWords(lang, original, rubric.scale) })
        }
      })
    })),
    totals: counted.map(({ name, scores }) => {
      const total = totalOf(scores, rubric)
      return { label: name, total: total ? plainNumber(lang, shownTotal(total), 1) : '–' }
    }),
    words: counted.map(review => ({
      name: review.name,
      toApplicant: review.toApplicant,
      toApplicantLanguage: review.toApplicantLanguage,
      toPanel: review.toPanel,
      notes: rubric.criteria.flatMap(({ id, name }) => {
        const text = review.comments[id]
        return text ? [{ name: inLanguage(name, lang), text }] : []
      })
    })),
    history: meeting.changes.map(change => changeWords(change, counted, call, lang)),
    form: mayChange
      ? {
          formAction: `/organise/${call.slug}/panel/${meeting.proposal.id}/changes`,
          reviews: counted.map(({ reviewId, name }) => ({
            value: reviewId,
            text: name,
            selected: values.review === reviewId
          })),
          criteria: rubric.criteria.map(({ id, name }) => ({
            value: id,
            text: inLanguage(name, lang),
            selected: values.criterion === id
          })),
          scores: everyScore(rubric.scale).map(units => {
            const value = String(shownScore(units, rubric.scale))
            return { value, text: scoreWords(lang, units, rubric.scale), selected: values.units === value }
          }),
          reason: values.reason ?? ''
        }
      : null,
    errors: typed.errors,
    reviewError: typed.errorOf.review ?? null,
    criterionError: typed.errorOf.criterion ?? null,
    unitsError: typed.errorOf.units ?? null,
    reasonError: typed.errorOf.reason ?? null
  }
}

/** What each score was when it was handed in, before the panel's first change. */
function originalUnits(changes: readonly ScoreChange[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const { reviewId, criterion, unitsBefore } of panelChanges(changes)) {
    const key = `${reviewId} ${criterion}`
    if (!found.has(key)) found.set(key, unitsBefore)
  }
  return found
}

function changeWords(
  change: ScoreChange,
  counted: { reviewId: string; name: string }[],
  call: StandingCall,
  lang: string
) {
  const { scale, criteria } = call.rules.rubric
  const byPanel = change.reason !== ''
  const juror =
    counted.find(({ reviewId }) => reviewId === change.reviewId)?.name ?? sentence(lang, 'reviews.meeting.a_juror')
  return {
    when: dateTimeIn(lang, change.at, call.rules.zone),
    what: sentence(lang, 'reviews.meeting.change', {
      juror,
      criterion: inLanguage(criteria.find(({ id }) => id === change.criterion)?.name, lang),
      before: scoreWords(lang, change.unitsBefore, scale),
      after: scoreWords(lang, change.unitsAfter, scale)
    }),
    who: byPanel
      ? sentence(lang, 'reviews.meeting.by_panel', { name: change.byName })
      : sentence(lang, 'reviews.meeting.by_juror', { name: juror }),
    reason: byPanel ? change.reason : null
  }
}
