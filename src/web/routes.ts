import { sql } from 'drizzle-orm'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isLanguage } from '../i18n/languages.ts'
import { read } from './forms.ts'
import { remember } from './frame.ts'

const everyone = { config: { for: 'everyone' } } as const

export default async function siteRoutes(app: FastifyInstance): Promise<void> {
  app.get('/health/live', everyone, async () => ({ live: true }))
  app.get('/health/ready', everyone, ready)
  app.post('/settings/language', everyone, chooseLanguage)
  app.post('/settings/theme', everyone, chooseTheme)
}

/** Ready means that the database answers and the store can be written. */
async function ready(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db, store } = request.server
  const [database, files] = await Promise.all([
    db.execute(sql`select 1`).then(
      () => true,
      () => false
    ),
    store.check().then(
      () => true,
      () => false
    )
  ])
  return reply.code(database && files ? 200 : 503).send({ ready: database && files, database, files })
}

async function chooseLanguage(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { language, to } = read(z.object({ language: z.string(), to: z.string().default('/') }), request.body)
  if (isLanguage(language)) remember(reply, 'lang', language)
  return reply.redirect(ownPath(to), 303)
}

async function chooseTheme(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { theme, to } = read(
    z.object({ theme: z.enum(['light', 'dark', 'system']), to: z.string().default('/') }),
    request.body
  )
  remember(reply, 'theme', theme)
  return reply.redirect(ownPath(to), 303)
}

/** Only a path of this site, never another address. */
export function ownPath(to: string): string {
  return /^\/(?![/\\])/.test(to) ? to : '/'
}
