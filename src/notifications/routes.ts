import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { offersDemonstration } from '../accounts/entry/entering.ts'
import { Refused } from '../refusal.ts'
import type { Api } from '../web/api/door.ts'
import { api } from './api.ts'
import { letterAlone, letterPage, outboxPage, type Reader } from './pages.ts'
import { type KeptLetter, letterWith, newestLetters } from './queries.ts'

const administrator = (api: Api) => ({ config: { for: 'administrator', api } }) as const

export default async function notificationRoutes(app: FastifyInstance): Promise<void> {
  app.get('/outbox', administrator(api.outbox), outbox)
  app.get('/outbox/:letter', administrator(api.letter), letter)
  app.get('/outbox/:letter/page', { config: { for: 'administrator' } }, letterFrame)
}

async function outbox(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply.page('notifications/outbox', outboxPage(await newestLetters(request.server.db), readerOf(request)))
}

async function letter(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { baseUrl } = request.server.settings
  return reply.page('notifications/kept', letterPage(await letterIn(request), readerOf(request), baseUrl))
}

/** Alone in its frame: its own styles, no scripts, no forms, no site around it. */
async function letterFrame(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const page = letterAlone(await letterIn(request), readerOf(request), request.server.settings.baseUrl)
  if (page === null) throw new Refused({ code: 'not_found' })
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
    )
    .send(page)
}

async function letterIn(request: FastifyRequest): Promise<KeptLetter> {
  const kept = await letterWith(request.server.db, (request.params as { letter: string }).letter)
  if (!kept) throw new Refused({ code: 'not_found' })
  return kept
}

const readerOf = (request: FastifyRequest): Reader => ({
  language: request.lang,
  demonstration: offersDemonstration(request.server.settings, request),
  sends: request.server.settings.smtpUrl !== undefined
})
