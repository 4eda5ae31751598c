import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { solveInWorker } from '../../jobs/solver.ts'
import { Mistaken, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import { assignmentsOf } from '../queries.ts'
import { assignAutomatically, assignByHand, endAssignment, lockAssignment, releaseAssignments } from './commands.ts'
import { endForm, lockForm, readerForm } from './forms.ts'
import { showAssignment, showReaders } from './pages.ts'
import { lastRunOf } from './queries.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const
const again = (api: Api) => ({ config: { for: 'organiser', again: showReaders, api } }) as const

export default async function assigningRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/assignment', organiser(api.assignment), showAssignment)
  app.post('/organise/:call/assignment', organiser(api.assign), createAssignment)
  app.post('/organise/:call/assignment/release', organiser(api.release), createRelease)
  app.get('/organise/:call/assignment/:proposal', organiser(api.readers), (request, reply) =>
    showReaders(request, reply)
  )
  app.post('/organise/:call/assignment/:proposal/readers', again(api.addReader), createReader)
  app.post('/organise/:call/assignment/:proposal/locks', again(api.lock), changeLock)
  app.post('/organise/:call/assignment/:proposal/ends', again(api.endReader), createEnd)
}

async function createAssignment(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  // Runs are numbered: the same data asked for again may answer with another, equally good assignment.
  const { count } = await lastRunOf(db, call.id)
  await assignAutomatically(db, solveInWorker, { callId: call.id, seed: count + 1, by: personOf(request).id })
  const { result } = await lastRunOf(db, call.id)
  const done = result?.status === 'infeasible' ? '' : '?done=panel.assigned'
  return reply.redirect(`/organise/${call.slug}/assignment${done}`, 303)
}

async function createRelease(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await releaseAssignments(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/assignment?done=panel.released`, 303)
}

const here = (request: FastifyRequest, done: string) =>
  `/organise/${callOf(request).slug}/assignment/${request.scope.proposalId}?done=panel.${done}`

async function createReader(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { juror, locked } = read(readerForm, request.body)
  const { proposalId } = request.scope
  if (!proposalId) throw new Refused({ code: 'not_found' })
  await assignByHand(request.server.db, {
    callId: callOf(request).id,
    pairs: [{ proposalId, jurorId: juror, locked }],
    source: 'hand',
    by: personOf(request).id
  })
  return reply.redirect(here(request, 'reader_added'), 303)
}

async function changeLock(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { assignment, locked } = read(lockForm, request.body)
  await lockAssignment(request.server.db, {
    assignmentId: assignment,
    locked: locked === 'yes',
    by: personOf(request).id
  })
  return reply.redirect(here(request, locked === 'yes' ? 'locked' : 'unlocked'), 303)
}

async function createEnd(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const { assignment, reason } = read(endForm, request.body)
  const [held] = (await assignmentsOf(db, callOf(request).id)).filter(({ id }) => id === assignment)
  if (held?.releasedAt && reason === '') throw new Mistaken([{ field: `reason-${held.id}`, code: 'reason_missing' }])
  await endAssignment(db, { assignmentId: assignment, reason, by: personOf(request).id })
  return reply.redirect(here(request, 'reader_ended'), 303)
}
