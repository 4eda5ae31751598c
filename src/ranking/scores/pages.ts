import type { FastifyReply, FastifyRequest } from 'fastify'
import { becauseOf } from '../../awards/because.ts'
import { countryName, footnotesFor, spoken } from '../../awards/pages.ts'
import { dateTimeShort, organiserNav } from '../../calls/pages.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { plainNumber } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { submittedTo } from '../../proposals/queries.ts'
import { Refused } from '../../refusal.ts'
import { shownScore } from '../../reviews/rubric.ts'
import { callOf, personOf } from '../../web/context.ts'
import { type Fraction, toNumber } from '../fraction.ts'
import { hiddenFrom, newestRun, rankingOfRun, shownTo } from '../queries.ts'
import { titleIn } from '../shown.ts'
import { reviewsGiven } from './queries.ts'

/** One ranked proposal: each juror's score on each criterion, the means that were ranked, and what changed after reviewing. */
export async function showRankedProposal(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const { rules } = call
  const proposalId = scope.proposalId ?? ''
  const [run, programme, [proposal], reviews, aside] = await Promise.all([
    newestRun(db, call.id),
    programmeOfCall(db, call),
    submittedTo(db, call.id, [proposalId]),
    reviewsGiven(db, call.id, proposalId),
    hiddenFrom(db, personOf(request).id, call)
  ])
  if (!proposal || !programme || aside.has(proposalId)) throw new Refused({ code: 'not_found' })
  if (!run) throw new Refused({ code: 'not_ranked' })
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `ranking.${key}`, facts)
  const { ranking } = await shownTo(db, personOf(request).id, { call, ranking: await rankingOfRun(db, run) })
  const row = ranking.sheet.find(({ id }) => id === proposal.number)
  const { criteria, scale } = rules.rubric
  const places = rules.ranking.rounding ?? 2
  const figure = (value: Fraction | null | undefined) => (value ? plainNumber(lang, toNumber(value), places) : '–')
  const score = (units: number | undefined) => (units === undefined ? '–' : plainNumber(lang, shownScore(units, scale)))
  const nameOf = (id: string) => inLanguage(criteria.find(one => one.id === id)?.name, lang) || id
  const { applicant, answers } = proposal.version
  const { title, titleLang } = titleIn(lang, answers, proposal.number)
  const countries = [applicant.country, ...reviews.map(({ juror }) => juror.country)]
  return reply.page(
    'ranking/proposal',
    {
      id: proposalId,
      number: proposal.number,
      totalPoints: row?.value || row?.total ? toNumber((row.value ?? row.total) as Fraction) : null,
      criterionMeans: meansTold(criteria, row?.criterionMeans),
      given: reviews.map(({ juror, scores, counts }) => ({
        juror: juror.name,
        label: juror.label,
        counts,
        scores: Object.fromEntries(Object.entries(scores).map(([id, units]) => [id, shownScore(units, scale)]))
      })),
      scoreChanges: reviews.flatMap(({ juror, changes }) =>
        changes.map(({ criterion, unitsBefore, unitsAfter, reason, at }) => ({
          juror: juror.name,
          criterion,
          before: shownScore(unitsBefore, scale),
          after: shownScore(unitsAfter, scale),
          reason,
          changedAt: at
        }))
      ),
      title,
      titleLang,
      smallLine: t('row', {
        number: proposal.number,
        country: countryName(lang, applicant.country, programme.countries) || 'none',
        reviews: row?.reviews ?? 0
      }),
      institution: applicant.institution,
      because: spoken(lang, becauseOf(ranking, proposal.number, { naming: true }), {
        rules,
        countries: programme.countries
      }),
      back: `/organise/${call.slug}/ranking`,
      criteria: criteria.map(({ id, weight }) => ({ name: nameOf(id), weight })),
      reviews: reviews.map(({ juror, scores, counts, changes }) => ({
        name: juror.name,
        note: [juror.label, countryName(lang, juror.country, programme.countries)].filter(Boolean).join(' · '),
        counts,
        scores: criteria.map(({ id }) => ({
          name: nameOf(id),
          score: score(scores[id]),
          before: changes.some(({ criterion }) => criterion === id)
            ? t('before_change', { score: score(changes.find(({ criterion }) => criterion === id)?.unitsBefore) })
            : null
        }))
      })),
      means: criteria.map(({ id }, index) => ({ name: nameOf(id), mean: figure(row?.criterionMeans[index]) })),
      total: figure(row?.value ?? row?.total),
      changes: reviews.flatMap(({ juror, changes }) =>
        changes.map(({ criterion, unitsBefore, unitsAfter, reason, at }) => ({
          on: dateTimeShort(lang, at, rules.zone),
          what: t('changed', {
            juror: juror.name,
            criterion: nameOf(criterion),
            before: score(unitsBefore),
            after: score(unitsAfter)
          }),
          reason
        }))
      ),
      footnotes: footnotesFor(countries, programme.countries)
    },
    { nav: organiserNav(lang, call, 'ranking') }
  )
}

/** The mean of each criterion in values. */
export const meansTold = (
  criteria: readonly { id: string }[],
  means: readonly (Fraction | null)[] | undefined
): Record<string, number | null> =>
  Object.fromEntries(
    criteria.map(({ id }, index) => {
      const mean = means?.[index]
      return [id, mean ? toNumber(mean) : null]
    })
  )
