import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import { longDate } from '../../i18n/formats.ts'
import type { Mistake } from '../../refusal.ts'
import { personOf } from '../../web/context.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { DAYS } from './forms.ts'
import { tokensOf } from './queries.ts'

/** How the form calls what may be mistaken in it. */
const NAMES = { name: 'accounts.tokens.name', scope: 'accounts.tokens.scope', days: 'accounts.tokens.ends' }

/** Somebody's tokens: what may act in their name, until when, and a form for one more. */
export async function tokensPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: { mistakes: Mistake[] } = { mistakes: [] }
): Promise<unknown> {
  const person = personOf(request)
  const say = (key: string, facts = {}) => sentence(request.lang, `accounts.tokens.${key}`, facts)
  const filled = mistakes.length > 0 ? typed(request) : {}
  const now = new Date()
  const on = (at: Date) => longDate(request.lang, at, person.zone ?? 'UTC')
  const own = await tokensOf(request.server.db, person.id)
  return reply.page('accounts/tokens', {
    title: say('title'),
    ...mistakesFor(request, mistakes, NAMES),
    tokens: own.map(({ id, name, scope, madeAt, endsAt, lastUsedAt }) => ({
      id,
      name,
      scope: say(`scope_${scope}`),
      times: say('times', { made: on(madeAt), ends: on(endsAt), over: endsAt <= now ? 'yes' : 'no' }),
      used: lastUsedAt ? say('used', { at: on(lastUsedAt) }) : say('never_used'),
      word: endsAt <= now ? { state: 'ahead', text: say('over') } : { state: 'done', text: say('stands') }
    })),
    filled: { name: filled.name ?? '' },
    scopes: ['read', 'act'].map(value => ({
      value,
      text: say(`scope_${value}`),
      hint: say(`scope_${value}_hint`),
      checked: value === (filled.scope ?? 'read')
    })),
    days: DAYS.map(value => ({
      value,
      text: say('days', { count: Number(value) }),
      selected: value === (filled.days ?? '30')
    }))
  })
}

/** The one page that tells a token. */
export async function tokenPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, name, scope }: { token: string; name: string; scope: string }
): Promise<unknown> {
  const say = (key: string, facts = {}) => sentence(request.lang, `accounts.tokens.${key}`, facts)
  return reply.page('accounts/token', {
    title: say('made_title'),
    lede: say('made_lede', { name }),
    token,
    scope: say(`scope_${scope}_hint`),
    header: `Authorization: Bearer ${token}`
  })
}
