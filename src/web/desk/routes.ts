import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { api } from '../../accounts/api.ts'
import { personOf } from '../context.ts'
import { deskPage } from './pages.ts'
import { deskOf } from './queries.ts'

export default async function deskRoutes(app: FastifyInstance): Promise<void> {
  app.get('/desk', { config: { for: 'person', api: api.desk } }, showDesk)
}

async function showDesk(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const person = personOf(request)
  return reply.page('accounts/desk', deskPage(await deskOf(request.server.db, person), person, request.lang))
}
