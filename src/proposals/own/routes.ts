import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { awardsOf } from '../../awards/queries.ts'
import { whyNotIn } from '../../calls/lifecycle.ts'
import { stoppedDecisions } from '../../notifications/queries.ts'
import { type Mistake, must, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { personOf } from '../../web/context.ts'
import { wantsJson } from '../../web/errors.ts'
import { mistakesFor, prose, read, typed } from '../../web/forms.ts'
import { api } from '../api.ts'
import { submitProposal, withdrawProposal } from '../commands.ts'
import { applicantNav } from '../editor/pages.ts'
import { applicationIn, noteBeginning } from '../editor/routes.ts'
import { type Application, ownProposalsOf, submittedTo, type Version, versionsOf } from '../queries.ts'
import { checkPage, ownProposalsPage, receiptPage, statusPage, textPage, WITHDRAWING, withdrawalPage } from './pages.ts'

const applicant = (api: Api) => ({ config: { for: 'applicant', api } }) as const

export default async function ownProposalRoutes(app: FastifyInstance): Promise<void> {
  app.decorateRequest('beganAt', null)
  app.setErrorHandler(answerIncomplete)
  app.get('/proposals', { config: { for: 'person', api: api.own } }, showOwnProposals)
  app.get('/proposals/:proposal', applicant(api.status), showStatus)
  app.get('/proposals/:proposal/text', applicant(api.text), showText)
  app.get('/proposals/:proposal/check', applicant(api.check), showCheck)
  app.post('/proposals/:proposal/submission', { ...applicant(api.submit), onRequest: noteBeginning }, createSubmission)
  app.get('/proposals/:proposal/receipt', applicant(api.receipt), showReceipt)
  app.get('/proposals/:proposal/withdrawal', { config: { for: 'applicant' } }, (request, reply) =>
    showWithdrawal(request, reply)
  )
  app.post(
    '/proposals/:proposal/withdrawal',
    { config: { for: 'applicant', again: showWithdrawal, api: api.withdraw } },
    createWithdrawal
  )
}

const navFor = (request: FastifyRequest, { call }: Application) => ({
  nav: applicantNav(request.lang, call, 'proposals')
})

async function showOwnProposals(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const rows = await ownProposalsOf(request.server.db, personOf(request).id)
  return reply.page('proposals/mine', ownProposalsPage(rows, request.lang))
}

async function showStatus(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const application = await applicationIn(request)
  const { db } = request.server
  const { call, proposal } = application
  const [[submitted], versions, awards, stopped] = await Promise.all([
    submittedTo(db, call.id, [proposal.id]),
    versionsOf(db, proposal.id),
    call.life.decided.letters_released ? awardsOf(db, call.id) : [],
    stoppedDecisions(db, call.id)
  ])
  const told = awards.some(award => award.proposalId === proposal.id) && !stopped.has(proposal.id)
  return reply.page(
    'proposals/status',
    statusPage(application, submitted ?? null, versions, told, request.lang),
    navFor(request, application)
  )
}

/** `?version=2`: that one; without it, the one that stands. */
async function versionIn(request: FastifyRequest, { proposal, standing }: Application): Promise<Version | null> {
  const asked = (request.query as Record<string, unknown>).version
  if (asked === undefined) return standing
  const all = await versionsOf(request.server.db, proposal.id)
  return all.find(({ position }) => String(position) === asked) ?? null
}

async function showText(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const application = await applicationIn(request)
  const version = await versionIn(request, application)
  return reply.page('proposals/text', textPage(application, version, request.lang), navFor(request, application))
}

async function showCheck(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const application = await applicationIn(request)
  if (!application.writable) return reply.redirect(`/proposals/${application.proposal.id}`, 303)
  return reply.page(
    'proposals/check',
    checkPage(application, personOf(request), request.lang),
    navFor(request, application)
  )
}

async function createSubmission(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { proposal: proposalId = '' } = request.params as { proposal?: string }
  await submitProposal(request.server.db, {
    proposalId,
    by: personOf(request).id,
    ...(request.beganAt ? { arrivedAt: request.beganAt } : {})
  })
  return reply.redirect(`/proposals/${proposalId}/receipt`, 303)
}

async function showReceipt(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const application = await applicationIn(request)
  const version = await versionIn(request, application)
  if (!version) return reply.redirect(`/proposals/${application.proposal.id}`, 303)
  return reply.page(
    'proposals/receipt',
    receiptPage(application, version, personOf(request).email, request.lang),
    navFor(request, application)
  )
}

async function showWithdrawal(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: { mistakes: Mistake[] } = { mistakes: [] }
): Promise<unknown> {
  const application = await applicationIn(request)
  const { call, proposal } = application
  if (proposal.withdrawnAt) return reply.redirect(`/proposals/${proposal.id}`, 303)
  must(whyNotIn(call.state, WITHDRAWING))
  const { errorOf } = mistakesFor(request, mistakes)
  return reply.page(
    'pages/confirmation',
    withdrawalPage(application, request.lang, typed(request).reason ?? '', errorOf.reason ?? null),
    navFor(request, application)
  )
}

async function createWithdrawal(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { proposal: proposalId = '' } = request.params as { proposal?: string }
  const { reason } = read(z.object({ reason: prose(2000).default('') }), request.body)
  await withdrawProposal(request.server.db, { proposalId, reason, by: personOf(request).id })
  return reply.redirect(`/proposals/${proposalId}`, 303)
}

/** Submitting what is not complete leads to the page that says what is missing. */
async function answerIncomplete(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (!(error instanceof Refused) || error.refusal.code !== 'incomplete' || wantsJson(request)) throw error
  void reply.code(422)
  return showCheck(request, reply)
}
