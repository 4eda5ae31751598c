import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { confirmationIn } from '../calls/queries.ts'
import { instantOf } from '../calls/zones.ts'
import { programmeOfCall } from '../programmes/queries.ts'
import { Mistaken, Refused } from '../refusal.ts'
import { readsAsTeam } from '../reviews/pages.ts'
import type { Api } from '../web/api/door.ts'
import { callOf, personOf } from '../web/context.ts'
import { read } from '../web/forms.ts'
import { api } from './api.ts'
import { askPublication, confirmPublication } from './commands.ts'
import { resultsCsv, resultsJson } from './files.ts'
import { publicationForm } from './forms.ts'
import { showConfirmation, showPublication } from './organised/pages.ts'
import { publishedFor, showResults } from './pages.ts'

const everyone = (api: Api) => ({ config: { for: 'everyone', api } }) as const
const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function publicationRoutes(app: FastifyInstance): Promise<void> {
  app.get('/calls/:call/results', { config: { for: 'everyone', shared: true, api: api.results } }, showResults)
  app.get('/calls/:call/results.csv', everyone(api.resultsCsv), sendCsv)
  app.get('/calls/:call/results.json', everyone(api.resultsJson), sendJson)
  app.get('/organise/:call/publication', organiser(api.planned), (request, reply) => showPublication(request, reply))
  app.post(
    '/organise/:call/publication',
    { config: { for: 'organiser', again: showPublication, api: api.ask } },
    createPublicationRequest
  )
  app.get('/organise/:call/publication/:confirmation', organiser(api.confirmation), showConfirmation)
  app.post('/organise/:call/publication/:confirmation', organiser(api.confirm), createPublication)
}

async function createPublicationRequest(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { day, time } = read(publicationForm, request.body)
  const visible = instantOf({ day, time }, call.rules.zone)
  if ('trouble' in visible) throw new Mistaken([{ field: 'day', code: visible.trouble }])
  const id = await askPublication(request.server.db, {
    callId: call.id,
    visibleAt: visible.at,
    by: personOf(request).id
  })
  return reply.redirect(`/organise/${call.slug}/publication/${id}?done=asked`, 303)
}

async function createPublication(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const asked = await confirmationIn(db, call.id, (request.params as { confirmation: string }).confirmation)
  if (asked?.action !== 'publication') throw new Refused({ code: 'not_found' })
  await confirmPublication(db, { confirmationId: asked.id, by: personOf(request).id })
  const next = readsAsTeam(request.scope) ? 'publication' : `publication/${asked.id}`
  return reply.redirect(`/organise/${call.slug}/${next}?done=publication_set`, 303)
}

async function sendCsv(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { content } = await publishedFor(request)
  const programme = await programmeOfCall(request.server.db, call)
  const text = resultsCsv(content, request.lang, { rules: call.rules, countries: programme?.countries ?? [] })
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${call.slug}-results-${request.lang}.csv"`)
    .header('cache-control', 'no-store')
    .send(text)
}

async function sendJson(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  return reply
    .type('application/json; charset=utf-8')
    .header('content-disposition', `attachment; filename="${call.slug}-results.json"`)
    .header('cache-control', 'no-store')
    .send(resultsJson(await publishedFor(request)))
}
