import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isLanguage } from '../i18n/languages.ts'
import { personOf } from '../web/context.ts'
import { read } from '../web/forms.ts'
import { remember } from '../web/frame.ts'
import { api } from './api.ts'
import { changePassword, changeProfile, endOtherSessions, endOwnSession } from './commands.ts'
import { passwordForm, profileForm, sessionForm } from './forms.ts'
import { accountPage } from './pages.ts'

const person = { config: { for: 'person', again: accountPage } } as const
const rateLimit = { max: 20, timeWindow: 5 * 60_000 }

export default async function accountRoutes(app: FastifyInstance): Promise<void> {
  app.get('/account', { config: { for: 'person', api: api.account } }, (request, reply) => accountPage(request, reply))
  app.post('/account/profile', { config: { for: 'person', again: accountPage, api: api.profile } }, editProfile)
  app.post('/account/password', { config: { for: 'person', again: accountPage, rateLimit } }, createPassword)
  app.post('/account/sessions/end', person, endOne)
  app.post('/account/sessions/end-others', person, endOthers)
}

async function editProfile(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { version, ...profile } = read(profileForm, request.body)
  await changeProfile(request.server.db, { profile, version, by: personOf(request).id })
  if (isLanguage(profile.language)) remember(reply, 'lang', profile.language)
  return reply.redirect('/account?done=profile_saved', 303)
}

async function createPassword(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { current, password } = read(passwordForm, request.body)
  await changePassword(request.server.db, { current, next: password, keep: hashOf(request), by: personOf(request).id })
  return reply.redirect('/account?done=password_saved', 303)
}

async function endOne(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { session } = read(sessionForm, request.body)
  await endOwnSession(request.server.db, { session, by: personOf(request).id })
  return reply.redirect('/account?done=session_ended', 303)
}

async function endOthers(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  await endOtherSessions(request.server.db, { keep: hashOf(request), by: personOf(request).id })
  return reply.redirect('/account?done=sessions_ended', 303)
}

const hashOf = (request: FastifyRequest) => request.session?.tokenHash ?? ''
