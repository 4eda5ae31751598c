import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { endDeclarations } from '../../calls/commands.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import { decideConflict, recuse } from '../commands.ts'
import { decisionForm, exclusionForm } from './forms.ts'
import { showDeciding } from './pages.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', again: showDeciding, api } }) as const

export default async function decidingRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/declarations', organiser(api.deciding), (request, reply) => showDeciding(request, reply))
  app.post('/organise/:call/declarations/decisions', organiser(api.decide), createDecision)
  app.post('/organise/:call/declarations/exclusions', organiser(api.exclude), createExclusion)
  app.post('/organise/:call/declarations/end', organiser(api.endDeclaring), createEnd)
}

async function createDecision(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { declaration, decision, reason } = read(decisionForm, request.body)
  await decideConflict(request.server.db, {
    declarationId: declaration,
    decision,
    reason,
    by: personOf(request).id
  })
  return reply.redirect(`/organise/${callOf(request).slug}/declarations?done=panel.decided`, 303)
}

async function createExclusion(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { jurorId, proposalId, why } = read(exclusionForm, request.body)
  await recuse(request.server.db, { jurorId, proposalId, reason: why, by: personOf(request).id })
  return reply.redirect(`/organise/${callOf(request).slug}/declarations?done=panel.excluded`, 303)
}

async function createEnd(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await endDeclarations(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/assignment?done=panel.declarations_ended`, 303)
}
