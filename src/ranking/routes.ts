import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refused } from '../refusal.ts'
import type { Api } from '../web/api/door.ts'
import { callOf, personOf } from '../web/context.ts'
import { read } from '../web/forms.ts'
import { api } from './api.ts'
import { enterDraw, freezeRanking } from './commands.ts'
import { rankingCsv } from './csv.ts'
import { drawForm, freezeForm } from './forms.ts'
import { showRanking } from './pages.ts'
import { newestRun, rankingOfRun, shownTo } from './queries.ts'
import type { Ranking } from './ranking.ts'
import { showRankedProposal } from './scores/pages.ts'
import { sheetFor } from './sheet/files.ts'

const reader = (api: Api) => ({ config: { for: 'organiser', api } }) as const
const writer = (api: Api) => ({ config: { for: 'organiser', again: showRanking, api } }) as const

export default async function rankingRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/ranking', reader(api.ranking), (request, reply) => showRanking(request, reply))
  app.post('/organise/:call/ranking', writer(api.freeze), createRanking)
  app.post('/organise/:call/ranking/draw', writer(api.draw), createDraw)
  app.get('/organise/:call/ranking.csv', reader(api.csv), sendCsv)
  app.get('/organise/:call/ranking-sheet.csv', reader(api.sheet), sendSheet)
  app.get('/organise/:call/ranking/:proposal', reader(api.proposal), showRankedProposal)
}

async function createRanking(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { reason } = read(freezeForm, request.body)
  await freezeRanking(request.server.db, { callId: call.id, reason, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/ranking?done=ranking_frozen`, 303)
}

async function createDraw(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { publicValue } = read(drawForm, request.body)
  await enterDraw(request.server.db, { callId: call.id, publicValue, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/ranking?done=drawn`, 303)
}

async function newestRanking(request: FastifyRequest): Promise<Ranking> {
  const { db } = request.server
  const call = callOf(request)
  const run = await newestRun(db, call.id)
  if (!run) throw new Refused({ code: 'not_ranked' })
  const { ranking } = await shownTo(db, personOf(request).id, { call, ranking: await rankingOfRun(db, run) })
  return ranking
}

/** The same bytes as on the command line: commas, line feeds, no mark. */
async function sendCsv(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return sendFile(request, reply, { name: 'ranking', text: rankingCsv(await newestRanking(request)) })
}

async function sendSheet(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const text = sheetFor(await newestRanking(request), request.lang, callOf(request).rules)
  return sendFile(request, reply, { name: `ranking-${request.lang}`, text })
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { name, text }: { name: string; text: string }) {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${callOf(request).slug}-${name}.csv"`)
    .header('cache-control', 'no-store')
    .send(text)
}
