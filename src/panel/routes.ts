import type { FastifyInstance } from 'fastify'
import assigning from './assigning/routes.ts'
import deciding from './deciding/routes.ts'
import declaring from './declaring/routes.ts'
import jury from './jury/routes.ts'

export default async function panelRoutes(app: FastifyInstance): Promise<void> {
  await app.register(jury)
  await app.register(declaring)
  await app.register(deciding)
  await app.register(assigning)
}
