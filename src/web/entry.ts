import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_HOURS } from '../accounts/commands.ts'
import { isLanguage } from '../i18n/languages.ts'
import { remember } from './frame.ts'
import { sessionCookie } from './sessions.ts'

/** What the browser keeps between asking for a code and typing it. */
export type Entry = { code: string; shared: boolean; to: string }

const ENTRY_SECONDS = 30 * 60

const entryName = ({ server }: FastifyRequest) => (server.settings.hostCookies ? '__Host-entry' : 'entry')

const locked = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: request.server.settings.hostCookies }) as const

export function keepEntry(reply: FastifyReply, entry: Entry): void {
  const value = Buffer.from(JSON.stringify(entry)).toString('base64url')
  const { request } = reply
  void reply.setCookie(entryName(request), value, { ...locked(request), signed: true, maxAge: ENTRY_SECONDS })
}

export function keptEntry(request: FastifyRequest): Entry | null {
  const kept = request.cookies[entryName(request)]
  const { valid, value } = kept ? request.unsignCookie(kept) : { valid: false, value: null }
  return valid && value ? JSON.parse(Buffer.from(value, 'base64url').toString('utf8')) : null
}

/** A shared computer's cookie goes when its browser closes; one's own stays. */
export function beginSession(
  reply: FastifyReply,
  { token, shared, language }: { token: string; shared: boolean; language: string }
): void {
  const { request } = reply
  const stays = shared ? {} : { maxAge: SESSION_HOURS.own * 3600 }
  void reply.setCookie(sessionCookie(request.server.settings), token, { ...locked(request), ...stays })
  void reply.clearCookie(entryName(request), locked(request))
  // Pages come in the person's language, unless they have chosen another one here.
  if (!request.cookies.lang && isLanguage(language)) remember(reply, 'lang', language)
}

export function endSessionCookie(reply: FastifyReply): void {
  void reply.clearCookie(sessionCookie(reply.request.server.settings), locked(reply.request))
}
