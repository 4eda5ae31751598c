import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { endScreening } from '../../calls/moves.ts'
import { organiserNav } from '../../calls/pages.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor, prose, read, typed } from '../../web/forms.ts'
import { api } from '../api.ts'
import { screenProposal } from '../commands.ts'
import { submittedTo } from '../queries.ts'
import { proposalsCsv } from './files.ts'
import { organisedPage, submittedPage, waitingPage } from './pages.ts'
import { begunIn, screeningsOf, withdrawnFrom } from './queries.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function organisedProposalRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/proposals', organiser(api.submitted), showProposals)
  app.get('/organise/:call/proposals.csv', organiser(api.submittedCsv), sendProposals)
  app.get('/organise/:call/proposals/:proposal', organiser(api.read), (request, reply) => showProposal(request, reply))
  app.post(
    '/organise/:call/proposals/:proposal/screening',
    { config: { for: 'organiser', again: showProposal, api: api.screen } },
    createScreening
  )
  app.post('/organise/:call/screenings', organiser(api.screenMany), createScreenings)
  app.post('/organise/:call/screening/end', organiser(api.endScreening), createEnd)
}

const mayScreen = (request: FastifyRequest) => request.scope.is.has('organiser')
const navFor = (request: FastifyRequest) => ({ nav: organiserNav(request.lang, callOf(request), 'proposals') })

async function showProposals(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { db } = request.server
  const [begun, withdrawn] = await Promise.all([begunIn(db, call.id), withdrawnFrom(db, call.id)])
  if (call.state === 'draft' || call.state === 'open')
    return reply.page('proposals/waiting', waitingPage(call, begun, withdrawn, request.lang), navFor(request))
  const counts = {
    drafts: begun.filter(({ submitted }) => !submitted).length,
    withdrawn,
    mayScreen: mayScreen(request)
  }
  const submitted = await submittedTo(db, call.id)
  return reply.page('proposals/submitted', submittedPage(call, submitted, counts, request.lang), navFor(request))
}

async function sendProposals(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const submitted = await submittedTo(request.server.db, call.id)
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${call.slug}-proposals.csv"`)
    .header('cache-control', 'private, no-store')
    .send(proposalsCsv(call, submitted, request.lang))
}

async function showProposal(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: { mistakes: Mistake[] } = { mistakes: [] }
): Promise<unknown> {
  const { db } = request.server
  const { proposal = '' } = request.params as { proposal?: string }
  const call = callOf(request)
  const [[one], said] = await Promise.all([submittedTo(db, call.id, [proposal]), screeningsOf(db, proposal)])
  if (!one) throw new Refused({ code: 'not_found' })
  const { outcome = one.screening ?? '', reason = one.screeningReason } = typed(request)
  const { errorOf } = mistakesFor(request, mistakes)
  const page = organisedPage(call, one, said, { mayScreen: mayScreen(request), outcome, reason, errorOf }, request.lang)
  return reply.page('proposals/organised', page, navFor(request))
}

const screening = z
  .object({ outcome: z.enum(['eligible', 'refused'], { message: 'not_a_choice' }), reason: prose(4000).default('') })
  .refine(({ outcome, reason }) => outcome === 'eligible' || reason.trim() !== '', {
    path: ['reason'],
    message: 'screening_reason'
  })

async function createScreening(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { proposal: proposalId = '' } = request.params as { proposal?: string }
  const { outcome, reason } = read(screening, request.body)
  await screenProposal(request.server.db, { proposalId, outcome, reason, by: personOf(request).id })
  return reply.redirect(`/organise/${callOf(request).slug}/proposals?done=proposals.screened`, 303)
}

/** Lets many through at once, none of them twice. */
async function createScreenings(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const { proposal } = read(
    z.object({ proposal: z.union([z.uuid(), z.array(z.uuid()).max(5000)]).default([]) }),
    request.body
  )
  const asked = [...new Set([proposal].flat())]
  const known = await submittedTo(db, call.id, asked)
  for (const { id } of known.filter(({ screening }) => screening === null))
    await screenProposal(db, { proposalId: id, outcome: 'eligible', reason: '', by: personOf(request).id })
  const done = known.length > 0 ? 'proposals.screened' : 'proposals.none_chosen'
  return reply.redirect(`/organise/${call.slug}/proposals?done=${done}`, 303)
}

async function createEnd(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await endScreening(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/proposals?done=proposals.screening_ended`, 303)
}
