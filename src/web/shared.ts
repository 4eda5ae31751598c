import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { byProgram } from './api/door.ts'
import { sessionCookie } from './sessions.ts'

/** Milliseconds for which a page stands: what is published or closes is seen to do so at most so much later. */
const STANDS = 1000
const MOST = 300

const TEAM = ['organiser', 'chair', 'auditor', 'administrator'] as const

type Page = { parts: string[]; until: number }

/**
 * Pages that look alike to every visitor (`config.shared`) are made once a second, however many ask: a call's page in its
 * last hour, the results in their first. Whoever is signed in gets a page of their own, and no shared page carries a token.
 */
export function sharedPages(app: FastifyInstance): void {
  const pages = new Map<string, Page>()
  app.decorateRequest('sharedAs', null as string | null)
  app.addHook('onRequest', async (request, reply) => {
    request.sharedAs = nameOf(request)
    const page = request.sharedAs === null ? undefined : pages.get(request.sharedAs)
    if (!page || page.until < performance.now()) return
    return asPage(reply).send(page.parts.join(request.nonce))
  })
  // What the team does is seen at once; from another process's team it is seen a second later.
  app.addHook('onResponse', async ({ method, scope }) => {
    if (method !== 'GET' && scope && TEAM.some(audience => scope.is.has(audience))) pages.clear()
  })
  app.decorate('share', (request: FastifyRequest, html: string) => {
    if (request.sharedAs === null) return
    if (pages.size >= MOST) pages.clear()
    pages.set(request.sharedAs, { parts: html.split(request.nonce), until: performance.now() + STANDS })
  })
}

export const asPage = (reply: FastifyReply) =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')

/** What a visitor's page depends on; null where it is not one that others may get too. */
function nameOf(request: FastifyRequest): string | null {
  const { method, url, lang, cookies, server } = request
  if (!request.routeOptions.config.shared || method !== 'GET' || byProgram(request)) return null
  if (cookies[sessionCookie(server.settings)] !== undefined || url.length > 200) return null
  if (Object.keys(request.query as object).some(name => name !== 'lang')) return null
  const { theme } = cookies
  return `${url} ${lang} ${theme === 'light' || theme === 'dark' ? theme : ''}`
}
