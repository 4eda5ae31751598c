import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { flatOf } from '../../calls/editor/pieces.ts'
import { Mistaken, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import { declare, tieTo } from '../commands.ts'
import { declarationsIn, recusalForm, tiesForm } from './forms.ts'
import { showDeclarations, showRecusal } from './pages.ts'
import { declaredFor } from './queries.ts'

const juror = (api: Api) => ({ config: { for: 'juror', api } }) as const

export default async function declaringRoutes(app: FastifyInstance): Promise<void> {
  app.get('/jury/:call/declarations', juror(api.declarations), (request, reply) => showDeclarations(request, reply))
  app.post(
    '/jury/:call/declarations',
    { config: { for: 'juror', again: showDeclarations, api: api.declare } },
    createDeclarations
  )
  app.post('/jury/:call/ties', { config: { for: 'juror', again: showDeclarations, api: api.ties } }, changeTies)
  app.get('/jury/:call/proposals/:proposal/recusal', { config: { for: 'juror' } }, (request, reply) =>
    showRecusal(request, reply)
  )
  // The proposal is in the form: it leaves the juror's hands, and a second click must find its way all the same.
  app.post('/jury/:call/recusals', { config: { for: 'juror', again: showRecusal, api: api.recuse } }, createRecusal)
}

const seat = (request: FastifyRequest): string => {
  const { jurorId } = request.scope
  if (!jurorId) throw new Refused({ code: 'not_found' })
  return jurorId
}

async function createDeclarations(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const jurorId = seat(request)
  const { seats, proposals, standing } = await declaredFor(db, call)
  const juror = seats.find(({ id }) => id === jurorId)
  if (!juror) throw new Refused({ code: 'not_found' })
  const open = proposals
    .filter(proposal => ['silent', 'none', 'cleared'].includes(standing(juror, proposal)))
    // Once people read, only what nothing was said of is still asked.
    .filter(proposal => !call.life.decided.assignments_released || standing(juror, proposal) === 'silent')
    .map(({ id }) => id)
  const flat = flatOf(request.body)
  // A conflict that this form no longer takes must not vanish in silence: there is the recusal for it.
  const late = proposals.filter(proposal => {
    const word = standing(juror, proposal)
    return (
      !open.includes(proposal.id) &&
      (word === 'none' || word === 'cleared') &&
      flat[`said.${proposal.id}`] === 'conflict'
    )
  })
  if (late.length > 0) throw new Mistaken(late.map(({ id }) => ({ field: `kind.${id}`, code: 'conflict_by_recusal' })))
  const declarations = declarationsIn(flat, open, call.rules.jury.conflictKinds)
  await declare(db, { jurorId, declarations, by: personOf(request).id })
  return reply.redirect(`/jury/${call.slug}/declarations?done=panel.declared`, 303)
}

async function changeTies(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { ties } = read(tiesForm, request.body)
  await tieTo(request.server.db, { jurorId: seat(request), ties, by: personOf(request).id })
  return reply.redirect(`/jury/${call.slug}/declarations?done=panel.ties_saved`, 303)
}

async function createRecusal(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { proposal, kind, word } = read(recusalForm, request.body)
  await declare(request.server.db, {
    jurorId: seat(request),
    declarations: [{ proposalId: proposal, kind, word }],
    by: personOf(request).id
  })
  return reply.redirect(`/jury/${call.slug}/declarations?done=panel.recused`, 303)
}
