import type { FastifyInstance } from 'fastify'
import { touchSession } from '../accounts/commands.ts'
import type { Person, Session } from '../accounts/queries.ts'
import { sessionOf } from '../accounts/queries.ts'
import type { Settings } from '../settings.ts'
import { byProgram } from './api/door.ts'
import { bearer } from './api/tokens.ts'

/** `__Host-` where the address is safe for it; elsewhere a plain name. */
export const sessionCookie = (settings: Settings) => (settings.hostCookies ? '__Host-session' : 'session')

/** Whoever holds the cookie's token is signed in: looked up in the database, never in memory. */
export function sessions(app: FastifyInstance): void {
  app.decorateRequest('session', null as Session | null)
  app.decorateRequest('person', null as Person | null)
  app.decorateRequest('token', null)
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === '/assets/*' || request.routeOptions.url?.startsWith('/health')) return
    if (byProgram(request)) return bearer(request, reply)
    const token = request.cookies[sessionCookie(app.settings)]
    if (!token) return
    const now = new Date()
    const session = await sessionOf(app.db, token, now)
    if (!session) return
    request.session = session
    request.person = session.person
    await touchSession(app.db, session, now)
  })
}
