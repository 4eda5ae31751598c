import { inArray } from 'drizzle-orm'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import type { Mistake } from '../../refusal.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { ownPath } from '../../web/routes.ts'
import { people } from '../tables.ts'
import { DEMONSTRATION, offersDemonstration } from './entering.ts'

type Again = { mistakes: Mistake[] }
const none: Again = { mistakes: [] }

const SIGN_IN = { email: 'accounts.email', password: 'accounts.password' }
const NEW_ACCOUNT = { name: 'accounts.name', email: 'accounts.email', password: 'accounts.new_password' }

/** Where to go afterwards: from the form, else from the address. */
export function goal(request: FastifyRequest): string {
  const { to } = { ...(request.query as object), ...typed(request) } as { to?: unknown }
  return typeof to === 'string' && to !== '' ? ownPath(to) : ''
}

const withGoal = (path: string, request: FastifyRequest) => {
  const to = goal(request)
  return to ? `${path}?to=${encodeURIComponent(to)}` : path
}

/** What stands in the fields: what was typed, else what the address brought along. */
function filled(request: FastifyRequest): { name: string; email: string; shared: boolean } {
  const { name = '', email, shared } = typed(request)
  const { email: brought } = request.query as { email?: unknown }
  return { name, email: email ?? (typeof brought === 'string' ? brought : ''), shared: shared === 'on' }
}

export async function signInPage(request: FastifyRequest, reply: FastifyReply, { mistakes } = none): Promise<unknown> {
  return reply.page('accounts/sign-in', {
    title: sentence(request.lang, 'accounts.sign_in.title'),
    ...mistakesFor(request, mistakes, SIGN_IN),
    filled: filled(request),
    to: goal(request),
    signUp: withGoal('/sign-up', request),
    demonstrationAccounts: await demonstrationAccounts(request)
  })
}

async function demonstrationAccounts(request: FastifyRequest) {
  const { server, lang } = request
  if (!offersDemonstration(server.settings, request)) return []
  const there = await server.db
    .select({ email: people.email, name: people.name })
    .from(people)
    .where(
      inArray(
        people.email,
        DEMONSTRATION.map(({ email }) => email)
      )
    )
  return DEMONSTRATION.flatMap(({ email, is }) => {
    const name = there.find(person => person.email === email)?.name
    return name ? [{ email, text: sentence(lang, `accounts.demonstration.${is}`, { name }) }] : []
  })
}

/** A link from the console was opened: nobody is signed in before the button is pressed, so no mail program uses it up. */
export function linkPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { link, person }: { link: string; person: Pick<typeof people.$inferSelect, 'name' | 'email'> }
): Promise<unknown> {
  const title = sentence(request.lang, 'accounts.sign_in.title')
  return reply.page('accounts/link', { title, link, name: person.name, email: person.email })
}

export async function signUpPage(request: FastifyRequest, reply: FastifyReply, { mistakes } = none): Promise<unknown> {
  return reply.page('accounts/sign-up', {
    title: sentence(request.lang, 'accounts.sign_up.title'),
    ...mistakesFor(request, mistakes, NEW_ACCOUNT),
    filled: filled(request),
    to: goal(request),
    signIn: withGoal('/sign-in', request)
  })
}

export async function codePage(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes, email }: Again & { email: string }
): Promise<unknown> {
  return reply.page('accounts/code', {
    title: sentence(request.lang, 'accounts.code.title'),
    ...mistakesFor(request, mistakes),
    email
  })
}

export async function foundingPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes, token }: Again & { token: string }
): Promise<unknown> {
  return reply.page('accounts/founding', {
    title: sentence(request.lang, 'accounts.founding.title'),
    ...mistakesFor(request, mistakes, NEW_ACCOUNT),
    filled: filled(request),
    token
  })
}
