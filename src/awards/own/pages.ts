import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import { money } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { stoppedDecisions } from '../../notifications/queries.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { submittedTo } from '../../proposals/queries.ts'
import { toNumber } from '../../ranking/fraction.ts'
import { recomputed, runWith } from '../../ranking/queries.ts'
import { meansTold } from '../../ranking/scores/pages.ts'
import { Refused } from '../../refusal.ts'
import { feedbackFor } from '../../reviews/queries.ts'
import { callOf } from '../../web/context.ts'
import { dateTimeIn } from '../../web/render.ts'
import { becauseOf } from '../because.ts'
import { footnotesFor, marksTable, spoken } from '../pages.ts'
import { awardsOf } from '../queries.ts'

/** An applicant's own result, from the moment the letters are out: what was decided, the marks, and what jurors wrote. */
export async function showOwnResult(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const { rules, life } = call
  // Before the letters there is nothing here: not even that something was decided.
  if (!life.decided.letters_released) throw new Refused({ code: 'not_found' })
  const proposalId = scope.proposalId ?? ''
  const published = call.state === 'final' || call.state === 'archived'
  if (!published && (await stoppedDecisions(db, call.id)).has(proposalId)) throw new Refused({ code: 'not_found' })
  const award = (await awardsOf(db, call.id)).find(one => one.proposalId === proposalId)
  const [run, programme, [proposal], comments] = await Promise.all([
    award ? runWith(db, award.rankingId) : null,
    programmeOfCall(db, call),
    submittedTo(db, call.id, [proposalId]),
    feedbackFor(db, call.id)
  ])
  if (!award || !run || !programme || !proposal) throw new Refused({ code: 'not_found' })
  const ranking = recomputed(run)
  const said = becauseOf(ranking, proposal.number, { naming: false })
  const { title } = proposal.version.answers
  const facts = {
    title: typeof title === 'string' ? title : proposal.number,
    amount: award.amountCents === null ? '' : money(lang, award.amountCents / 100, rules.currency),
    place: award.reservePlace ?? 0
  }
  const place = award.outcome === 'awarded' && (award.amountCents === null || rules.awards.amount === null)
  const row = ranking.sheet.find(({ id }) => id === proposal.number)
  const total = row?.value ?? row?.total
  return reply.page('awards/own', {
    number: proposal.number,
    outcome: award.outcome,
    reservePlace: award.reservePlace,
    amount: award.outcome === 'awarded' && award.amountCents !== null ? award.amountCents / 100 : null,
    currency: rules.currency,
    totalPoints: total ? toNumber(total) : null,
    criterionMeans: meansTold(rules.rubric.criteria, row?.criterionMeans),
    title: sentence(lang, `awards.own.${place ? 'place' : award.outcome}`, facts),
    award: award.outcome === 'awarded',
    smallLine: `${inLanguage(call.texts.title, lang)} · ${proposal.number}`,
    lede: sentence(lang, `decision.${place ? 'place' : award.outcome}`, facts),
    because: spoken(lang, said, { rules, countries: programme.countries }),
    marks: marksTable(lang, { rules, ranking, number: proposal.number }),
    comments: comments.get(proposalId) ?? [],
    next: published
      ? null
      : sentence(lang, `decision.next_${award.outcome}`, {
          publication: dateTimeIn(lang, new Date(rules.dates.publicationAt), rules.zone)
        }),
    redress:
      life.redressUntil && call.now <= life.redressUntil
        ? sentence(lang, 'decision.redress', {
            until: dateTimeIn(lang, life.redressUntil, rules.zone),
            contact: programme.organiser.email
          })
        : null,
    results: published ? `/calls/${call.slug}/results` : null,
    proposalHref: `/proposals/${proposalId}`,
    footnotes: footnotesFor(
      said.map(({ value }) => String(value ?? '')),
      programme.countries
    )
  })
}
