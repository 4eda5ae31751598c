import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { closeReviewing } from '../calls/moves.ts'
import type { Api } from '../web/api/door.ts'
import { callOf, personOf } from '../web/context.ts'
import { api } from './api.ts'
import meeting from './meeting/routes.ts'
import { showProgress } from './progress/pages.ts'
import { showQueue } from './queue/pages.ts'
import sheet from './sheet/routes.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function reviewRoutes(app: FastifyInstance): Promise<void> {
  app.get('/jury/:call', { config: { for: 'juror', api: api.queue } }, showQueue)
  await app.register(sheet)
  app.get('/organise/:call/progress', organiser(api.progress), showProgress)
  app.post('/organise/:call/progress/closing', organiser(api.close), createClosing)
  await app.register(meeting)
}

async function createClosing(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  await closeReviewing(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/panel?done=reviewing_closed`, 303)
}
