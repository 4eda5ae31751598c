import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { inLanguage } from '../../i18n/languages.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { wantsJson } from '../../web/errors.ts'
import { mistakesFor, read, typed } from '../../web/forms.ts'
import { api } from '../api.ts'
import { beginReview, mistakeOf, saveReview, submitReview } from '../commands.ts'
import { juryNav } from '../pages.ts'
import { lackingIn } from '../rubric.ts'
import { sheetSent, unitsSent } from './forms.ts'
import { checkPage, type Filled, savedAnswer, sheetPage, stalePage, textPage } from './pages.ts'
import { reviewSitting, type SittingWithReview, sittingOf } from './queries.ts'

const juror = (api: Api) => ({ config: { for: 'juror', api } }) as const

export default async function sheetRoutes(app: FastifyInstance): Promise<void> {
  app.get('/jury/:call/proposals/:proposal', juror(api.proposal), showText)
  app.post('/jury/:call/proposals/:proposal', juror(api.begin), begin)
  app.get('/reviews/:review', juror(api.sheet), showSheet)
  app.post('/reviews/:review', { config: { for: 'juror', again: showSheetAgain, api: api.save } }, save)
  app.get('/reviews/:review/check', juror(api.check), showCheck)
  app.post(
    '/reviews/:review/submission',
    { config: { for: 'juror', again: lookAgain, api: api.submit } },
    createSubmission
  )
}

/** The proposal alone, for whoever looks before beginning; where a review is begun, the review. */
async function showText(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const proposalId = (request.params as { proposal: string }).proposal
  const sitting = await sittingOf(request.server.db, personOf(request).id, { call, proposalId })
  if (!sitting) throw new Refused({ code: 'not_found' })
  const begun = sitting.begun
  if (begun) return reply.redirect(`/reviews/${begun}`, 303)
  return reply.page(
    'reviews/text',
    { ...textPage(sitting, lang), begin: `/jury/${call.slug}/proposals/${proposalId}` },
    { nav: juryNav(lang, call, 'judge') }
  )
}

async function begin(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const proposalId = (request.params as { proposal: string }).proposal
  const reviewId = await beginReview(request.server.db, { proposalId, by: personOf(request).id })
  return reply.redirect(`/reviews/${reviewId}`, 303)
}

/** The sheet as it is saved. `?check=yes`: somebody wanted to submit it and something is lacking. */
async function showSheet(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const sitting = await sittingIn(request)
  const asked = (request.query as { check?: unknown }).check === 'yes' && sitting.call.state === 'reviewing'
  return sheet(request, reply, sitting, sitting.review, asked ? lackingMistakes(sitting) : [], true)
}

/** The sheet as it was typed, with its mistakes; or both texts, where it was filled from a version that is not the newest. */
async function showSheetAgain(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: { mistakes: Mistake[] }
): Promise<unknown> {
  const sitting = await sittingIn(request)
  const filled = filledFrom(typed(request), sitting)
  if (!mistakes.some(({ field }) => field === 'version')) return sheet(request, reply, sitting, filled, mistakes, false)
  const hidden = Object.entries(typed(request)).filter(
    ([name]) => !['_csrf', 'version', 'go', 'take_back'].includes(name)
  )
  return reply.page(
    'reviews/stale',
    { ...stalePage(sitting, request.lang, filled), hidden: hidden.map(([name, value]) => ({ name, value })) },
    { status: 409, nav: juryNav(request.lang, sitting.call, null) }
  )
}

async function sheet(
  request: FastifyRequest,
  reply: FastifyReply,
  sitting: SittingWithReview,
  filled: Filled,
  mistakes: Mistake[],
  saved: boolean
): Promise<unknown> {
  const { lang } = request
  const { errors, errorOf } = mistakesFor(request, mistakes)
  const { criteria } = sitting.call.rules.rubric
  const named = errors.map(({ href, text }) => {
    const criterion = criteria.find(({ id }) => href === `#score_${id}` || href === `#note_${id}`)
    return { href, text, lead: criterion ? `${inLanguage(criterion.name, lang)}:` : null }
  })
  const told = { errors: named, errorOf, saved }
  return reply.page('reviews/review', sheetPage(sitting, lang, filled, told), {
    nav: juryNav(lang, sitting.call, 'judge'),
    scripts: sitting.call.state === 'reviewing' ? ['/assets/scoring.js'] : []
  })
}

const lackingMistakes = ({ review, call }: SittingWithReview) =>
  lackingIn(
    { scores: review.units, comments: review.comments, toApplicant: review.toApplicant },
    call.rules.rubric
  ).map(mistakeOf)

function filledFrom(body: Record<string, string>, { review, call }: SittingWithReview): Filled {
  const { criteria, scale } = call.rules.rubric
  const units: Record<string, number> = {}
  const comments: Record<string, string> = {}
  for (const { id } of criteria) {
    const point = unitsSent(body[`score_${id}`] ?? '', scale.step)
    if (point !== null && Number.isInteger(point)) units[id] = point
    comments[id] = body[`note_${id}`] ?? ''
  }
  return {
    units,
    comments,
    toApplicant: body.to_applicant ?? '',
    toApplicantLanguage: body.to_applicant_language ?? review.toApplicantLanguage,
    toPanel: body.to_panel ?? ''
  }
}

async function save(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const reviewId = reviewIdIn(request)
  const { next, ...words } = sheetSent(request.body, call.rules)
  await saveReview(db, { reviewId, ...words, by: personOf(request).id })
  const sitting = await sittingIn(request)
  if (wantsJson(request)) return reply.send(savedAnswer(sitting, request.lang))
  if (next === 'check') return reply.redirect(`/reviews/${reviewId}/check`, 303)
  const done = sitting.review.submittedAt ? 'review_changed' : 'review_saved'
  return reply.redirect(next === 'list' ? `/jury/${call.slug}?done=${done}` : `/reviews/${reviewId}?done=${done}`, 303)
}

async function showCheck(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const sitting = await sittingIn(request)
  if (lackingMistakes(sitting).length > 0) return reply.redirect(`/reviews/${sitting.review.id}?check=yes`, 303)
  const changed = (request.query as { changed?: unknown }).changed === 'yes'
  return reply.page('reviews/check', checkPage(sitting, request.lang, changed), {
    nav: juryNav(request.lang, sitting.call, 'judge')
  })
}

async function createSubmission(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { version } = read(z.object({ version: z.coerce.number().int().min(1) }), request.body)
  await submitReview(request.server.db, { reviewId: reviewIdIn(request), version, by: personOf(request).id })
  return reply.redirect(`/jury/${callOf(request).slug}?done=review_submitted`, 303)
}

/** What was looked at is not what is saved now: it wants another look. */
async function lookAgain(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply.redirect(`/reviews/${reviewIdIn(request)}/check?changed=yes`, 303)
}

const reviewIdIn = (request: FastifyRequest) => (request.params as { review: string }).review

async function sittingIn(request: FastifyRequest): Promise<SittingWithReview> {
  const sitting = await reviewSitting(request.server.db, personOf(request).id, {
    call: callOf(request),
    reviewId: reviewIdIn(request)
  })
  if (!sitting) throw new Refused({ code: 'not_found' })
  return sitting
}
