import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { offersDemonstration } from '../accounts/entry/entering.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { must, Refused } from '../refusal.ts'
import { byProgram, pageOf } from './api/door.ts'
import { type Audience, type Permission, permissions } from './permissions.ts'
import { type Params, type Scope, scopeOf } from './scope.ts'

/** `METHOD /path` as the table writes it; the second door has the row of its page. */
export const routeKey = (method: string, url: string) => `${method === 'HEAD' ? 'GET' : method} ${pageOf(url)}`

/**
 * Whether somebody may use a route: whom it is for, who they are here, what state the call is in.
 * `hidden`: answer as if nothing were there. The test that walks the table asks this same function.
 */
export function verdict(
  permission: Permission,
  scope: Pick<Scope, 'is' | 'interested' | 'state'>,
  signedIn: boolean,
  demonstration = false
): 'yes' | 'hidden' | 'wrong_state' | 'sign_in' {
  if (permission.inDemonstration && demonstration) return 'yes'
  const audiences: Audience[] = [permission.for, ...(permission.also ?? [])]
  const is = (audience: Audience) =>
    audience === 'everyone' || (audience === 'person' ? signedIn : scope.is.has(audience))
  if (!audiences.some(is)) return signedIn ? 'hidden' : 'sign_in'
  const published = scope.state === 'final' || scope.state === 'archived'
  if (permission.shutsOutInterested && scope.interested && !published) return 'hidden'
  if (permission.in && scope.state !== null && whyNotIn(scope.state, permission.in)) return 'wrong_state'
  return 'yes'
}

/** Refuses to start with a route that names no audience, or another one than the table's. */
export function guard(app: FastifyInstance): void {
  app.decorateRequest('scope', null as unknown as Scope)
  app.addHook('onRoute', checkRow)
  app.addHook('preValidation', askGuard)
}

function checkRow(route: RouteOptions): void {
  for (const method of [route.method].flat()) {
    const key = routeKey(method, route.url)
    const row = permissions[key]
    if (!route.config?.for) throw new Error(`${key} names no audience: give its route a config with "for"`)
    if (!row) throw new Error(`${key} has no row in the permission table`)
    if (row.for !== route.config.for)
      throw new Error(`${key} is for "${route.config.for}" in its room and for "${row.for}" in the permission table`)
  }
}

/** Whoever has no part in anything. */
const NOBODY = { is: new Set<Audience>(), interested: false, state: null }

async function askGuard(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { url } = request.routeOptions
  if (!url) return
  const permission = permissions[routeKey(request.method, url)]
  if (!permission) throw new Refused({ code: 'not_found' })
  const demonstration = offersDemonstration(request.server.settings, request)
  const scope = await scopeOf(request.server.db, request.params as Params, request.person)
  if (!scope) {
    if (verdict(permission, NOBODY, request.person !== null, demonstration) === 'sign_in')
      return toSignIn(request, reply)
    throw new Refused({ code: 'not_found' })
  }
  request.scope = scope
  switch (verdict(permission, scope, request.person !== null, demonstration)) {
    case 'yes':
      return
    case 'sign_in':
      return toSignIn(request, reply)
    case 'wrong_state':
      return must(whyNotIn(scope.state ?? 'draft', permission.in ?? []))
    default:
      request.log.info({ route: routeKey(request.method, url) }, 'hidden from this person')
      throw new Refused({ code: 'not_found' })
  }
}

/** Whether it is there or not, a visitor is asked to sign in first: the answer tells nothing. */
function toSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (byProgram(request)) throw new Refused({ code: 'token_needed', status: 401 })
  const back = request.method === 'GET' ? request.url : '/'
  return reply.redirect(`/sign-in?to=${encodeURIComponent(back)}`, 303)
}
