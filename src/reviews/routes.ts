import type { FastifyInstance } from 'fastify'
import meeting from './meeting/routes.ts'
import { createClosing, showProgress } from './progress/pages.ts'
import { showQueue } from './queue/pages.ts'
import sheet from './sheet/routes.ts'

const organiser = { config: { for: 'organiser' } } as const

export default async function reviewRoutes(app: FastifyInstance): Promise<void> {
  app.get('/jury/:call', { config: { for: 'juror' } }, showQueue)
  await app.register(sheet)
  app.get('/organise/:call/progress', organiser, showProgress)
  app.post('/organise/:call/progress/closing', organiser, createClosing)
  await app.register(meeting)
}
