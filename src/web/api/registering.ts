import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asking } from '../../db/asking.ts'
import type { Tx } from '../../db/connect.ts'
import { doneAt, toldOf } from './answers.ts'
import { asksForTable, readAsked } from './bodies.ts'
import { byProgram } from './door.ts'
import { type Keyed, markActed, settleKey, takeKey } from './keys.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The token a program came with. */
    token: { id: string; scope: 'read' | 'act' } | null
    keyed: Keyed | null
  }
}

/** What happens in the second door alone: how a program's request is read, and how its answer is told. */
export function programs(app: FastifyInstance): void {
  app.decorateRequest('keyed', null)
  app.addHook('preHandler', readAndTakeKey)
  app.addHook('preHandler', (request, _, done) => {
    if (!byProgram(request)) return done()
    const { keyed, token } = request
    const mark = keyed && ((tx: Tx) => markActed(tx, keyed))
    asking.run({ token: token?.id ?? null, mark }, done)
  })
  app.addHook('preSerialization', async (request, reply, payload) => {
    const { api } = request.routeOptions.config
    if (!byProgram(request) || !api || reply.statusCode >= 400) return payload
    return toldOf(payload, request, reply, api)
  })
  app.addHook('onSend', tell)
}

async function readAndTakeKey(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { api } = request.routeOptions.config
  if (!byProgram(request) || !api) return
  if (request.method !== 'POST') {
    readAsked(request, api)
    if (asksForTable(request, api)) return reply.redirect(`${request.url.split('?')[0]}${api.csv}`, 303)
    return
  }
  const typed = request.body
  readAsked(request, api)
  const form = request.body
  request.body = typed
  const keyed = await takeKey(request, reply, api)
  if (keyed === 'replayed') return reply
  request.keyed = keyed
  request.body = form
}

/** A page leads on; a program is told where to. */
async function tell(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (!byProgram(request)) return payload
  reply.removeHeader('set-cookie')
  const { api } = request.routeOptions.config
  const location = reply.getHeader('location')
  let told = payload
  if (api && reply.statusCode === 303 && typeof location === 'string') {
    const done = doneAt(location, api)
    void reply.header('location', done.location).type('application/json; charset=utf-8')
    if (request.method === 'POST') void reply.code(api.created ? 201 : 200)
    told = JSON.stringify(done)
  }
  const { keyed } = request
  if (keyed && !reply.hasHeader('idempotency-replayed')) {
    request.keyed = null
    const headers = Object.fromEntries(
      ['content-type', 'location', 'etag'].flatMap(name => {
        const value = reply.getHeader(name)
        return value === undefined ? [] : [[name, String(value)]]
      })
    )
    const body = typeof told === 'string' ? told : ''
    await settleKey(request.server.db, keyed, { status: reply.statusCode, headers, body }).catch(error =>
      request.log.warn({ name: error.name }, 'an answer could not be kept')
    )
  }
  return told
}
