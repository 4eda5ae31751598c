import type { FastifyInstance } from 'fastify'
import site from './routes.ts'

/** Every room that has routes. */
export async function rooms(app: FastifyInstance): Promise<void> {
  await app.register(site)
}
