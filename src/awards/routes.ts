import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { confirmationIn } from '../calls/queries.ts'
import { runsOf } from '../ranking/queries.ts'
import { Refused } from '../refusal.ts'
import { readsAsTeam } from '../reviews/pages.ts'
import type { Api } from '../web/api/door.ts'
import { callOf, personOf } from '../web/context.ts'
import { api } from './api.ts'
import { askSignOff, signOff } from './commands.ts'
import { showOwnResult } from './own/pages.ts'
import { showSignOff } from './signing/pages.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function awardRoutes(app: FastifyInstance): Promise<void> {
  app.post('/organise/:call/sign-off', organiser(api.ask), createSignOff)
  app.get('/organise/:call/sign-off/:confirmation', organiser(api.signing), showSignOff)
  app.post('/organise/:call/sign-off/:confirmation', organiser(api.sign), createSignature)
  app.get('/proposals/:proposal/result', { config: { for: 'applicant', api: api.own } }, showOwnResult)
}

async function createSignOff(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const [run] = await runsOf(db, call.id)
  if (!run) throw new Refused({ code: 'not_ranked' })
  const id = await askSignOff(db, { rankingId: run.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/sign-off/${id}?done=asked`, 303)
}

async function createSignature(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const asked = await confirmationIn(db, call.id, (request.params as { confirmation: string }).confirmation)
  if (asked?.action !== 'sign_off') throw new Refused({ code: 'not_found' })
  await signOff(db, { confirmationId: asked.id, by: personOf(request).id })
  const next = readsAsTeam(request.scope) ? 'ranking' : `sign-off/${asked.id}`
  return reply.redirect(`/organise/${call.slug}/${next}?done=signed_off`, 303)
}
