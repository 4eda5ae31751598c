import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Person, Session } from '../accounts/queries.ts'
import type { Db } from '../db/connect.ts'
import type { Language } from '../i18n/languages.ts'
import type { Mistake } from '../refusal.ts'
import type { Settings } from '../settings.ts'
import type { Store } from '../storage/store.ts'
import type { Audience } from './permissions.ts'
import type { Scope } from './scope.ts'

/** Shows a page again after a mistake: with what was typed and a sentence beside each field. */
export type ShowAgain = (
  request: FastifyRequest,
  reply: FastifyReply,
  again: { mistakes: Mistake[] }
) => Promise<unknown>

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
    store: Store
    settings: Settings
    secret: string
    /** Keeps a page for the next visitors, where the route says that it looks alike to all of them. */
    share(request: FastifyRequest, html: string): void
    /** A part of a page as HTML: `part('ranking/table', model, 'bg')`. */
    part(template: string, model: Record<string, unknown>, lang: string): string
  }
  interface FastifyContextConfig {
    for?: Audience
    /** The page looks alike to everyone who is not signed in. */
    shared?: true
    /** Changes nothing but a choice in the reader's own browser: where it comes from is asked, no token. */
    harmless?: true
    /** How to show the form again, filled in, when a command answers with mistakes. */
    again?: ShowAgain
    /** Bodies that are not read before the handler: uploads. Their token comes in the query or a header. */
    streams?: true
  }
  interface FastifyRequest {
    session: Session | null
    person: Person | null
    lang: Language
    scope: Scope
    nonce: string
    /** The name under which a visitor's page is kept for others, on pages that are shared. */
    sharedAs: string | null
  }
  interface FastifyReply {
    page(template: string, model: Record<string, unknown>, options?: PageOptions): Promise<unknown>
  }
}

export type PageOptions = {
  status?: number
  /** Paths of modules under /assets. */
  scripts?: string[]
  /** Whether they import our own sources and the packages these stand on. */
  modules?: boolean
  nav?: { href: string; label: string; current?: boolean }[]
  notice?: { kind: 'neutral' | 'done' | 'look' | 'warn' | 'bad'; text: string } | null
}

/** The person a route for signed-in people is certain to have. */
export function personOf(request: FastifyRequest): Person {
  if (!request.person) throw new Error(`${request.routeOptions.url} is for signed-in people and had none`)
  return request.person
}

/** The call a route with a call in its address is certain to have. */
export function callOf(request: FastifyRequest): NonNullable<Scope['call']> {
  if (!request.scope.call) throw new Error(`${request.routeOptions.url} is about a call and had none`)
  return request.scope.call
}
