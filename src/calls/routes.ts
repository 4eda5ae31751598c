import type { FastifyInstance } from 'fastify'
import editor from './editor/routes.ts'
import opened from './opened/routes.ts'
import { showOverview } from './overview/pages.ts'
import { homePage, sendRules, showCall, showRules } from './site/pages.ts'

const everyone = { config: { for: 'everyone' } } as const

export default async function callRoutes(app: FastifyInstance): Promise<void> {
  app.get('/', everyone, homePage)
  app.get('/calls/:call', everyone, showCall)
  app.get('/calls/:call/rules', everyone, showRules)
  app.get('/calls/:call/rules.json', everyone, sendRules)
  app.get('/organise/:call', { config: { for: 'organiser' } }, showOverview)
  await app.register(editor)
  await app.register(opened)
}
