import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import {
  prepareDecisionLetters,
  releaseDecisionLetters,
  resumeDecisionLetters,
  stopDecisionLetters
} from './commands.ts'
import { stopForm } from './forms.ts'
import { sendLetterAlone, showLetter, showLetters, showRelease, showResumption, showStop } from './pages.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function decisionLetterRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/letters', organiser(api.decisions), showLetters)
  app.post('/organise/:call/letters', organiser(api.prepare), createLetters)
  app.get('/organise/:call/letters/release', { config: { for: 'organiser' } }, showRelease)
  app.post('/organise/:call/letters/release', organiser(api.release), createRelease)
  app.get('/organise/:call/letters/stop', { config: { for: 'organiser' } }, (request, reply) =>
    showStop(request, reply)
  )
  app.post('/organise/:call/letters/stop', { config: { for: 'organiser', again: showStop, api: api.stop } }, createStop)
  app.get('/organise/:call/letters/resumption', { config: { for: 'organiser' } }, showResumption)
  app.post('/organise/:call/letters/resumption', organiser(api.resume), createResumption)
  app.get('/organise/:call/letters/:letter', organiser(api.decision), showLetter)
  app.get('/organise/:call/letters/:letter/page', { config: { for: 'organiser' } }, sendLetterAlone)
}

async function createLetters(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await prepareDecisionLetters(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/letters?done=letters_prepared`, 303)
}

async function createRelease(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await releaseDecisionLetters(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/letters?done=letters_released`, 303)
}

async function createStop(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { reason } = read(stopForm, request.body)
  await stopDecisionLetters(request.server.db, { callId: call.id, reason, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/letters?done=letters_stopped`, 303)
}

async function createResumption(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await resumeDecisionLetters(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/letters?done=letters_released`, 303)
}
