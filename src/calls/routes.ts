import type { FastifyInstance } from 'fastify'
import type { Api } from '../web/api/door.ts'
import { api } from './api.ts'
import editor from './editor/routes.ts'
import opened from './opened/routes.ts'
import { showOverview } from './overview/pages.ts'
import { homePage, sendRules, showCall, showRules } from './site/pages.ts'

const everyone = (api: Api) => ({ config: { for: 'everyone', api } }) as const
const shared = (api: Api) => ({ config: { for: 'everyone', shared: true, api } }) as const

export default async function callRoutes(app: FastifyInstance): Promise<void> {
  app.get('/', shared(api.home), homePage)
  app.get('/calls/:call', shared(api.show), showCall)
  app.get('/calls/:call/rules', shared(api.rules), showRules)
  app.get('/calls/:call/rules.json', everyone(api.rulesFile), sendRules)
  app.get('/organise/:call', { config: { for: 'organiser', api: api.overview } }, showOverview)
  await app.register(editor)
  await app.register(opened)
}
