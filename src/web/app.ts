import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyBaseLogger, type FastifyHttpOptions, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { marking } from '../db/asking.ts'
import type { Db } from '../db/connect.ts'
import type { Settings } from '../settings.ts'
import { settleUnread } from '../storage/receive.ts'
import type { Store } from '../storage/store.ts'
import { twins } from './api/door.ts'
import { programs } from './api/registering.ts'
import { registerAssets } from './assets.ts'
import { registerErrors } from './errors.ts'
import { frame, readers } from './frame.ts'
import { guard } from './guard.ts'
import { PostgresLimits } from './limits.ts'
import { registerModules } from './modules.ts'
import { crossSite } from './origin.ts'
import { trusted } from './proxies.ts'
import { registerPages } from './render.ts'
import { rooms } from './rooms.ts'
import { sessions } from './sessions.ts'
import { sharedPages } from './shared.ts'

/** `secret` signs cookies and keys the hashes of one-time codes. */
export type Parts = { db: Db; store: Store; settings: Settings; secret: string; logger: Logger | false }

const MB = 2 ** 20

/** The site, not yet listening. */
export async function buildApp({ db, store, settings, secret, logger }: Parts): Promise<FastifyInstance> {
  const options: FastifyHttpOptions<Server> = {
    ...(logger ? { loggerInstance: logger as FastifyBaseLogger } : { logger: false }),
    // The library's own lines would carry addresses with one-time tokens in them; see `logAnswers`.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID().slice(0, 8),
    bodyLimit: MB,
    requestTimeout: 5 * 60_000,
    // Node itself refuses heads above 16 kB; below that a long address is one that names nothing.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 20_000 },
    // Node looks for slow requests every 30 s unless told otherwise: a time limit would be much longer than it says.
    http: { connectionsCheckingInterval: 5000, headersTimeout: 20_000 },
    rewriteUrl: readable,
    forceCloseConnections: 'idle',
    trustProxy: trusted(settings.trustedProxies)
  }
  const app: FastifyInstance = Fastify(options)
  app.decorate('db', marking(db))
  app.decorate('store', store)
  app.decorate('settings', settings)
  app.decorate('secret', secret)

  logAnswers(app)
  registerErrors(app)
  // Before the headers that name it: the plugin that writes them sees only Node's own request.
  const nonces = new WeakMap<IncomingMessage, string>()
  app.decorateRequest('nonce', '')
  app.addHook('onRequest', async request => {
    request.nonce = randomBytes(16).toString('base64url')
    nonces.set(request.raw, request.nonce)
  })
  settleUnread(app)
  await app.register(cookie, { secret })
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'strict-dynamic'", (request: unknown) => `'nonce-${nonces.get(request as IncomingMessage)}'`],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'frame-src': ["'self'"],
        'frame-ancestors': ["'self'"],
        'base-uri': ["'none'"],
        'object-src': ["'none'"]
      } as never
    },
    strictTransportSecurity: settings.baseUrl.startsWith('https:'),
    // Frames in a sandbox, such as a letter's, have no origin to cluster by, and browsers complain.
    originAgentCluster: false,
    referrerPolicy: { policy: 'same-origin' }
  })
  readers(app)
  sharedPages(app)
  sessions(app)
  await app.register(csrf, {
    sessionPlugin: '@fastify/cookie',
    cookieKey: settings.hostCookies ? '__Host-csrf' : 'csrf',
    cookieOpts: { signed: true, path: '/', httpOnly: true, sameSite: 'lax', secure: settings.hostCookies },
    getToken: request => tokenIn(request)
  })
  // Before what adds to routes: a twin gets its own.
  twins(app)
  await app.register(formbody, { bodyLimit: MB })
  await app.register(multipart, {
    limits: { fieldNameSize: 100, fields: 20, fieldSize: 64 * 1024, files: 10, headerPairs: 50, parts: 30 },
    throwFileSizeLimit: false
  })
  await app.register(rateLimit, { global: false, store: PostgresLimits.over(db) as never, skipOnError: true })
  registerPages(app)
  frame(app)
  guard(app)
  crossSite(app)
  programs(app)
  await registerAssets(app)
  await registerModules(app)
  await rooms(app)
  return app
}

/** An address whose percent signs make no sense names nothing: it gets the page that says so, not the library's own words. */
function readable({ url = '/' }: { url?: string | undefined }): string {
  try {
    decodeURI(url.split('?')[0] ?? url)
    return url
  } catch {
    return url.replaceAll('%', '%25')
  }
}

/** By route, not by address: an address may carry a token or a name. */
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const facts = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime)
    }
    if (reply.statusCode >= 500) request.log.warn(facts, 'answered')
    else request.log.debug(facts, 'answered')
  })
}

/** The form's hidden field; for uploads, whose bodies are not read before the handler, the query or a header. */
function tokenIn({
  body,
  query,
  headers
}: {
  body: unknown
  query: unknown
  headers: Record<string, unknown>
}): string | undefined {
  const of = (source: unknown) =>
    typeof source === 'object' && source !== null ? (source as Record<string, unknown>)._csrf : undefined
  const token = of(body) ?? headers['x-csrf-token'] ?? of(query)
  return typeof token === 'string' ? token : undefined
}
