import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type OpenApi, openApi } from './openapi.ts'
import { documentationPage } from './pages.ts'

const everyone = { config: { for: 'everyone' } } as const
const CLIENT = new URL('./client.ts', import.meta.url)

export default async function apiRoutes(app: FastifyInstance): Promise<void> {
  app.get('/api', { ...everyone, onSend: packed }, showDocumentation)
  app.get('/api/openapi.json', everyone, sendDocument)
  app.get('/api/client.ts', everyone, sendClient)
}

const made = new WeakMap<FastifyInstance['twins'], Map<string, OpenApi>>()

/** Built when first asked for, once in each language. */
function documentIn({ server, lang }: FastifyRequest): OpenApi {
  const known = made.get(server.twins) ?? new Map<string, OpenApi>()
  made.set(server.twins, known)
  const found = known.get(lang) ?? openApi(server.twins, { lang, url: server.settings.baseUrl })
  known.set(lang, found)
  return found
}

const gzipped = promisify(gzip)

/**
 * Much text, which packs to a tenth. Only for visitors: of whoever is signed in the length of a packed page could tell
 * something to those who choose a part of its address. A form's token looks different each time.
 */
async function packed(request: FastifyRequest, reply: FastifyReply, page: unknown): Promise<unknown> {
  void reply.header('vary', 'accept-encoding')
  const visitor = request.person === null
  if (typeof page !== 'string' || !visitor || !/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')))
    return page
  void reply.header('content-encoding', 'gzip').removeHeader('content-length')
  return gzipped(page)
}

async function sendDocument(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply
    .header('vary', 'Accept-Language, Cookie')
    .header('cache-control', 'no-cache')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(documentIn(request), null, 1))
}

async function showDocumentation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply.page('web/api', documentationPage(documentIn(request), request.lang))
}

async function sendClient(_: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply
    .type('text/plain; charset=utf-8')
    .header('content-disposition', 'attachment; filename="laurel-client.ts"')
    .header('cache-control', 'no-cache')
    .send(await readFile(CLIENT, 'utf8'))
}
