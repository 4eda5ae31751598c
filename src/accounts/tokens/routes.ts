import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Refused } from '../../refusal.ts'
import { personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { makeToken, revokeToken } from './commands.ts'
import { tokenForm } from './forms.ts'
import { tokenPage, tokensPage } from './pages.ts'

const person = { config: { for: 'person', again: tokensPage, rateLimit: { max: 30, timeWindow: 5 * 60_000 } } } as const

export default async function tokenRoutes(app: FastifyInstance): Promise<void> {
  app.get('/account/tokens', { config: { for: 'person' } }, (request, reply) => tokensPage(request, reply))
  app.post('/account/tokens', person, createToken)
  app.post('/account/tokens/:token/revocation', person, createRevocation)
}

/** No redirect: the page that tells the token is the answer, and no address leads to it again. */
async function createToken(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { name, scope, days } = read(tokenForm, request.body)
  const token = await makeToken(request.server.db, { name, scope, days, by: personOf(request).id })
  return tokenPage(request, reply, { token, name, scope })
}

async function createRevocation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { token } = request.params as { token?: string }
  const tokenId = z.uuid().safeParse(token).data
  if (!tokenId) throw new Refused({ code: 'not_found' })
  await revokeToken(request.server.db, { tokenId, by: personOf(request).id })
  return reply.redirect('/account/tokens?done=token_revoked', 303)
}
