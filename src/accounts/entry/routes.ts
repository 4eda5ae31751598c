import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Mistake, Refused } from '../../refusal.ts'
import { beginSession, endSessionCookie, keepEntry, keptEntry } from '../../web/entry.ts'
import { read } from '../../web/forms.ts'
import { ownPath } from '../../web/routes.ts'
import { endSession } from '../commands.ts'
import { codeForm, demonstrationForm, enteredCodeForm, foundingForm, signInForm, signUpForm } from '../forms.ts'
import { enterByLink, personByLink } from '../keeping/commands.ts'
import {
  askAgain,
  askToSignIn,
  askToSignUp,
  codeAsked,
  type Entered,
  enterByCode,
  enterByPassword,
  enterDemonstration,
  foundSite,
  mayFound
} from './commands.ts'
import { DEMONSTRATION, offersDemonstration } from './entering.ts'
import { codePage, foundingPage, goal, linkPage, signInPage, signUpPage } from './pages.ts'

const MINUTE = 60_000
/** Per visitor's address. A library's readers share one, so these are wide; what guards an account is `brakes`. */
const rateLimit = { max: 60, timeWindow: 5 * MINUTE }

const everyone = { config: { for: 'everyone' } } as const
const entering = { config: { for: 'everyone', again: signInAgain, rateLimit } } as const

export default async function entryRoutes(app: FastifyInstance): Promise<void> {
  const brakes = brakesOf(app)
  app.get('/sign-in', everyone, showSignIn)
  app.post('/sign-in', entering, (request, reply) => signIn(request, reply, brakes))
  app.post('/sign-in/code', entering, (request, reply) => sendCode(request, reply, brakes))
  app.get('/sign-in/code', everyone, showCode)
  app.post('/sign-in/code/entry', { config: { for: 'everyone', again: codeAgain, rateLimit } }, enterCode)
  app.post('/sign-in/code/another', { config: { for: 'everyone', rateLimit } }, (request, reply) =>
    sendAnother(request, reply, brakes)
  )
  app.post('/sign-in/demonstration', { config: { for: 'everyone', rateLimit } }, signInToDemonstration)
  app.get('/sign-up', everyone, showSignUp)
  app.post('/sign-up', { config: { for: 'everyone', again: signUpPage, rateLimit } }, (request, reply) =>
    signUp(request, reply, brakes)
  )
  app.get('/founding', { config: { for: 'everyone', rateLimit } }, showFounding)
  app.post('/founding', { config: { for: 'everyone', again: foundingAgain, rateLimit } }, found)
  app.post('/sign-out', everyone, signOut)
}

type Again = { mistakes: Mistake[] }
type Brake = (request: FastifyRequest, reply: FastifyReply, email: string) => Promise<void>
type Brakes = { passwords: Brake; codes: Brake }

/**
 * Per account, whether it exists or not: guesses from one address run dry soon, from all addresses together later. Neither
 * shuts the owner out: after too many passwords there are codes, and a session that is open stays open.
 */
function brakesOf(app: FastifyInstance): Brakes {
  const limit = (name: string, max: number, timeWindow: number) => {
    const keyGenerator = (request: FastifyRequest) => `${name} ${request.brakeKey}`
    return app.createRateLimit({ max, timeWindow, keyGenerator })
  }
  const brake =
    (code: string, near: ReturnType<typeof limit>, far: ReturnType<typeof limit>): Brake =>
    async (request, reply, email) => {
      // The address itself does not go into the table of counts.
      const account = createHash('sha256').update(email).digest('base64url')
      for (const [check, key] of [
        [near, `${account} ${request.ip}`],
        [far, account]
      ] as const) {
        request.brakeKey = key
        const counted = await check(request)
        if (counted.isAllowed || !counted.isExceeded) continue
        request.log.warn({ code }, 'brake')
        void reply.header('retry-after', String(counted.ttlInSeconds))
        throw new Refused({ code, status: 429 })
      }
    }
  app.decorateRequest('brakeKey', '')
  return {
    passwords: brake('many_passwords', limit('password', 10, 15 * MINUTE), limit('passwords', 100, 60 * MINUTE)),
    codes: brake('many_codes', limit('code', 5, 15 * MINUTE), limit('codes', 20, 60 * MINUTE))
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the next brake counts by. */
    brakeKey: string
  }
}

async function showSignIn(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { link } = request.query as { link?: unknown }
  if (typeof link === 'string') {
    const person = await personByLink(request.server.db, link)
    if (!person) throw new Refused({ code: 'link_over', status: 404 })
    return linkPage(request, reply, { link, person })
  }
  return request.person ? reply.redirect(goal(request) || '/desk', 303) : signInPage(request, reply)
}

/** Refused entries stand in the log, without the address. */
async function signInAgain(request: FastifyRequest, reply: FastifyReply, again: Again): Promise<unknown> {
  logRefusal(request, again)
  return signInPage(request, reply, again)
}

const logRefusal = (request: FastifyRequest, { mistakes }: Again) =>
  request.log.info({ ip: request.ip, codes: mistakes.map(({ code }) => code) }, 'not signed in')

async function showSignUp(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return request.person ? reply.redirect(goal(request) || '/desk', 303) : signUpPage(request, reply)
}

async function signIn(request: FastifyRequest, reply: FastifyReply, brakes: Brakes): Promise<unknown> {
  const { link } = (request.body ?? {}) as { link?: unknown }
  if (typeof link === 'string') {
    const entered = await enterByLink(request.server.db, { link, shared: false, address: request.ip })
    return enter(request, reply, entered, { shared: false, to: '/account' })
  }
  const { email, password, shared, to } = read(signInForm, request.body)
  await brakes.passwords(request, reply, email)
  const entered = await enterByPassword(request.server.db, { email, password, shared, address: request.ip })
  return enter(request, reply, entered, { shared, to })
}

async function sendCode(request: FastifyRequest, reply: FastifyReply, brakes: Brakes): Promise<unknown> {
  const { email, shared, to } = read(codeForm, request.body)
  await brakes.codes(request, reply, email)
  const { db, secret } = request.server
  const code = await askToSignIn(db, secret, { email, language: request.lang })
  keepEntry(reply, { code, shared, to })
  return reply.redirect('/sign-in/code', 303)
}

async function signUp(request: FastifyRequest, reply: FastifyReply, brakes: Brakes): Promise<unknown> {
  const { name, email, password, shared, to } = read(signUpForm, request.body)
  await brakes.codes(request, reply, email)
  const { db, secret } = request.server
  const code = await askToSignUp(db, secret, { name, email, password, language: request.lang })
  keepEntry(reply, { code, shared, to })
  return reply.redirect('/sign-in/code', 303)
}

async function showCode(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return showCodeWith(request, reply, { mistakes: [] })
}

async function codeAgain(request: FastifyRequest, reply: FastifyReply, again: Again): Promise<unknown> {
  logRefusal(request, again)
  return showCodeWith(request, reply, again)
}

async function showCodeWith(request: FastifyRequest, reply: FastifyReply, again: Again): Promise<unknown> {
  const entry = keptEntry(request)
  const asked = entry && (await codeAsked(request.server.db, entry.code))
  return asked ? codePage(request, reply, { ...again, email: asked.email }) : reply.redirect('/sign-in', 303)
}

async function enterCode(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const entry = keptEntry(request)
  if (!entry) throw new Refused({ code: 'code_gone' })
  const { code: typed } = read(enteredCodeForm, request.body)
  const { db, secret } = request.server
  const { code: codeId, shared } = entry
  const entered = await enterByCode(db, secret, { codeId, typed, shared, address: request.ip })
  return enter(request, reply, entered, entry)
}

async function sendAnother(request: FastifyRequest, reply: FastifyReply, brakes: Brakes): Promise<unknown> {
  const entry = keptEntry(request)
  const { db, secret } = request.server
  const asked = entry && (await codeAsked(db, entry.code))
  if (!entry || !asked) throw new Refused({ code: 'code_gone' })
  await brakes.codes(request, reply, asked.email)
  const code = await askAgain(db, secret, { codeId: entry.code })
  keepEntry(reply, { ...entry, code })
  return reply.redirect('/sign-in/code?done=code_sent', 303)
}

async function signInToDemonstration(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { email } = read(demonstrationForm, request.body)
  const offered =
    offersDemonstration(request.server.settings, request) && DEMONSTRATION.some(account => account.email === email)
  if (!offered) throw new Refused({ code: 'not_found' })
  const entered = await enterDemonstration(request.server.db, { email, shared: false, address: request.ip })
  return enter(request, reply, entered, { shared: false, to: goal(request) })
}

const tokenIn = (request: FastifyRequest) => {
  const { token } = { ...(request.query as object), ...(request.body as object) } as { token?: unknown }
  return typeof token === 'string' ? token : ''
}

async function showFounding(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const token = tokenIn(request)
  if (!(await mayFound(request.server.db, token))) throw new Refused({ code: 'founding_over', status: 404 })
  return foundingPage(request, reply, { mistakes: [], token })
}

async function foundingAgain(request: FastifyRequest, reply: FastifyReply, again: Again): Promise<unknown> {
  return foundingPage(request, reply, { ...again, token: tokenIn(request) })
}

async function found(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const account = read(foundingForm, request.body)
  const entered = await foundSite(request.server.db, {
    ...account,
    language: request.lang,
    shared: false,
    address: request.ip
  })
  return enter(request, reply, entered, { shared: false, to: '/organise/programmes/new' })
}

/** A new session in place of whatever the browser had, and on to where the person wanted to go. */
async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, personId, language }: Entered,
  { shared, to }: { shared: boolean; to: string }
): Promise<unknown> {
  if (request.session) await endSession(request.server.db, request.session)
  beginSession(reply, { token, shared, language })
  request.log.info({ personId, ip: request.ip, shared }, 'signed in')
  return reply.redirect(to ? ownPath(to) : '/desk', 303)
}

async function signOut(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { session } = request
  if (session) await endSession(request.server.db, session)
  endSessionCookie(reply)
  // What a shared computer keeps of the pages goes too.
  if (session?.shared) void reply.header('clear-site-data', '"cache", "cookies", "storage"')
  return reply.redirect(session?.shared ? '/' : '/?done=signed_out', 303)
}
