import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { z } from 'zod'
import type { CallRules } from '../../calls/rules.ts'
import type { Filter } from './lists.ts'

/** Where every route stands a second time, for programs. */
export const PREFIX = '/api/v1'

/**
 * What a page's route is to a program. The route keeps its handler, its commands, its permission row and its page model;
 * this only says how a program asks and what it is told of the model.
 */
export type Api = {
  /** The operation's name; its sentence in the catalogues is `api.<id>`. */
  id: string
  query?: z.ZodType
  /** What a program sends: nested and typed. Unknown keys are refused. */
  body?: z.ZodType
  /** From that to what the page's own form sends, which is then checked as if it were typed; without it, `asForm`. */
  form?: (body: never, rules: CallRules | null) => Record<string, unknown>
  /** Which of a page's mistakes belongs to which part of the body; without it, the names are the same. */
  pointer?: (field: string) => string
  /** What a program is told of the page model: everything else is for eyes. */
  answer?: z.ZodType
  /** The part of the answer that is a list to be read in pages. */
  list?: string
  /** The field that names an entry of the list, where it is not `id`. */
  entry?: string
  /** What the list can be narrowed by: the names of the query. */
  filters?: Record<string, Filter>
  /** The part of the answer that is its version: it becomes the ETag. */
  version?: string
  /** The field of the form that carries the version it was filled from: `If-Match` fills it, and must be there. */
  ifMatch?: string
  /** Something comes into being: 201. */
  created?: true
  /** Whether `Idempotency-Key` must come: without a word, with every act that has no `If-Match`. */
  key?: 'optional' | 'required'
  /** A file comes instead of JSON: of this type. */
  file?: string
  /** Files go: a multipart body. */
  uploads?: true
  /** The address whose file holds the same list as CSV. */
  csv?: string
  /** What a body may look like, for the documentation. */
  example?: Record<string, unknown>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    api?: Api
    door?: 'api'
  }
  interface FastifyInstance {
    /** Every twin that was registered. */
    twins: Twin[]
  }
}

export type Twin = { method: 'GET' | 'POST'; path: string; api: Api }

export const needsKey = ({ key, ifMatch }: Api): boolean => key === 'required' || (key !== 'optional' && !ifMatch)

export const byProgram = (request: FastifyRequest): boolean => request.routeOptions.config?.door === 'api'

/** Also where no route is: what is asked under `/api` is answered to a program. */
export const underApi = ({ url }: FastifyRequest): boolean => /^\/api\/v1(?:[/?]|$)/.test(url)

/** The page whose twin an address is. */
export const pageOf = (path: string): string => (path.startsWith(PREFIX) ? path.slice(PREFIX.length) || '/' : path)
export const twinOf = (path: string): string => (path === '/' ? PREFIX : `${PREFIX}${path}`)

const isTwinned = (method: string | undefined): method is Twin['method'] => method === 'GET' || method === 'POST'

/** Registers the twin of every route that says what it is to a program. Before the rooms, and before what adds to their routes. */
export function twins(app: FastifyInstance): void {
  app.decorate('twins', [])
  app.addHook('onRoute', function (route: RouteOptions) {
    const { api, door, ...config } = route.config ?? {}
    const method = ([route.method].flat() as string[])[0]
    if (!api || door || !isTwinned(method)) return
    app.twins.push({ method, path: route.url, api })
    this.route({
      method,
      url: twinOf(route.url),
      handler: route.handler,
      config: { ...config, api, door: 'api' },
      ...(route.onRequest && { onRequest: route.onRequest })
    })
  })
}
