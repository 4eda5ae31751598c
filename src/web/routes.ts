import { sql } from 'drizzle-orm'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sentence } from '../i18n/catalogue.ts'
import { isLanguage } from '../i18n/languages.ts'
import { programmeShown } from '../programmes/queries.ts'
import { read } from './forms.ts'
import { remember } from './frame.ts'

const everyone = { config: { for: 'everyone' } } as const
const shared = { config: { for: 'everyone', shared: true } } as const
const harmless = { config: { for: 'everyone', harmless: true } } as const

export default async function siteRoutes(app: FastifyInstance): Promise<void> {
  app.get('/health/live', everyone, async () => ({ live: true }))
  app.get('/health/ready', everyone, ready)
  app.get('/your-data', shared, yourData)
  app.get('/accessibility', shared, accessibility)
  app.get('/how-judging-works', shared, judging)
  app.post('/settings/language', harmless, chooseLanguage)
  app.post('/settings/theme', harmless, chooseTheme)
}

const yourData = (request: FastifyRequest, reply: FastifyReply) =>
  informationPage(request, reply, 'your_data', ['kept', 'seen', 'how_long', 'ask', 'cookies'])
const accessibility = (request: FastifyRequest, reply: FastifyReply) =>
  informationPage(request, reply, 'accessibility', ['aim', 'known', 'tell'])
const judging = (request: FastifyRequest, reply: FastifyReply) =>
  informationPage(request, reply, 'judging', ['rules', 'jurors', 'scores', 'sum', 'choice', 'signed', 'check'])

/** A page of plain information that every footer leads to. */
async function informationPage(
  { lang, server }: FastifyRequest,
  reply: FastifyReply,
  page: string,
  parts: string[]
): Promise<unknown> {
  const programme = await programmeShown(server.db, null)
  const contact =
    programme?.organiser.dataProtection || programme?.organiser.email || sentence(lang, 'web.the_organisers')
  const say = (key: string) => sentence(lang, `information.${page}.${key}`, { contact })
  return reply.page('web/information', {
    title: say('title'),
    lede: say('lede'),
    parts: parts.map(part => ({ heading: say(part), words: say(`${part}_text`) }))
  })
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
