import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused } from '../refusal.ts'
import { byProgram } from './api/door.ts'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/** Whatever changes something must come from our own pages: by its token, and by what the browser says of its origin. */
export function crossSite(app: FastifyInstance): void {
  app.addHook('preHandler', (request, reply, done) => {
    // A program brings a token of its own, which no other site's page can send for it. Where nothing is, nothing changes.
    if (SAFE.includes(request.method) || byProgram(request) || request.is404) return done()
    if (foreign(request)) return done(new Refused({ code: 'forged', status: 403 }))
    if (request.routeOptions.config.harmless) return done()
    app.csrfProtection(request, reply, (error?: Error) =>
      done(error ? new Refused({ code: 'forged', status: 403 }) : undefined)
    )
  })
}

function foreign({ headers, server }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const { origin } = headers
  if (origin === undefined) return false
  // A page may be reached by another name of ours (127.0.0.1, localhost): what it was asked by counts too.
  return origin !== new URL(server.settings.baseUrl).origin && origin.replace(/^https?:\/\//, '') !== headers.host
}
