import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { api } from '../api.ts'
import { bundleText } from '../files.ts'
import { publishedFor } from '../pages.ts'
import { auditorsBundleFor } from '../queries.ts'
import { bundleJsonSchema, SCHEMA_PATH } from '../schema.ts'
import { showVerification, showVerify } from './pages.ts'

const everyone = { config: { for: 'everyone' } } as const
const file = (api: Api) => ({ config: { for: 'everyone', api } }) as const

/** What a published result can be checked with, by anybody. */
export default async function checkingRoutes(app: FastifyInstance): Promise<void> {
  app.get('/verify', everyone, showVerify)
  app.get(SCHEMA_PATH, everyone, sendSchema)
  app.get('/calls/:call/results/verification', everyone, showVerification)
  app.get('/calls/:call/results/bundle.json', file(api.bundle), sendBundle)
  app.get(
    '/organise/:call/publication/bundle.json',
    { config: { for: 'organiser', api: api.auditorsBundle } },
    sendAuditorsBundle
  )
}

async function sendBundle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { publication } = await publishedFor(request)
  if (!publication.bundle) throw new Refused({ code: 'not_found' })
  return download(reply, { name: `${callOf(request).slug}-bundle.json`, text: bundleText(publication.bundle) })
}

async function sendAuditorsBundle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const bundle = await auditorsBundleFor(request.server.db, personOf(request).id, call)
  if (!bundle) throw new Refused({ code: 'not_found' })
  return download(reply, { name: `${call.slug}-auditors-bundle.json`, text: bundleText(bundle) })
}

async function sendSchema(_: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply
    .type('application/schema+json; charset=utf-8')
    .header('cache-control', 'public, max-age=0, must-revalidate')
    .send(`${JSON.stringify(bundleJsonSchema(), null, 2)}\n`)
}

async function download(reply: FastifyReply, { name, text }: { name: string; text: string }): Promise<unknown> {
  return reply
    .type('application/json; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .send(text)
}
