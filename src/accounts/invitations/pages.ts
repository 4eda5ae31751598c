import type { FastifyReply, FastifyRequest } from 'fastify'
import { decidingTime } from '../../db/time.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { programmeShown, teamOf } from '../../programmes/queries.ts'
import { type Mistake, must, Refused } from '../../refusal.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { languageChoices } from '../pages.ts'
import { invitationBy, invitationTold, personWith } from '../queries.ts'
import { whyNotAnswer } from './answering.ts'
import { askedToTeam, leadsTo } from './queries.ts'

type Again = { mistakes: Mistake[] }

/** Who invites to what, and the two answers. */
export async function invitationPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: Again = { mistakes: [] }
): Promise<unknown> {
  const { db } = request.server
  const { token } = request.params as { token: string }
  const invitation = await invitationBy(db, token)
  if (!invitation) throw new Refused({ code: 'not_found' })
  const account = await personWith(db, invitation.email)
  if (invitation.usedAt && account && account.id === request.person?.id)
    return reply.redirect(await leadsTo(db, invitation), 303)
  must(whyNotAnswer(invitation, await decidingTime(db)))
  const told = await invitationTold(db, invitation)
  const facts = {
    by: told.by,
    programme: inLanguage(told.programme, request.lang),
    call: inLanguage(told.call, request.lang),
    email: invitation.email
  }
  const say = (key: string) => sentence(request.lang, `accounts.invitation.${key}`, facts)
  const filled = typed(request)
  return reply.page('accounts/invitation', {
    purpose: invitation.purpose,
    email: invitation.email,
    title: say(`${invitation.purpose}.title`),
    lede: say(`${invitation.purpose}.lede`),
    ...mistakesFor(request, mistakes),
    token,
    duties: ['1', '2', '3'].map(number => say(`${invitation.purpose}.duty_${number}`)),
    forAddress: say('for_address'),
    endsAt: invitation.endsAt,
    asNew: account === null,
    asOther: request.person !== null && request.person.id !== account?.id,
    asSelf: account !== null && account.id === request.person?.id,
    filled: { name: filled.name ?? invitation.name, word: filled.word ?? '', shared: filled.shared === 'on' },
    signIn: `/sign-in?email=${encodeURIComponent(invitation.email)}&to=${encodeURIComponent(`/invitations/${token}`)}`
  })
}

export async function declinedPage(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const say = (key: string) => sentence(request.lang, `accounts.declined.${key}`)
  return reply.page('pages/message', {
    title: say('title'),
    smallLine: '',
    lede: say('lede'),
    paragraphs: [],
    actions: [{ text: sentence(request.lang, 'web.go_to_start'), kind: 'main', href: '/' }]
  })
}

/** Who organises and audits a programme, and whom they have asked. */
export async function teamPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: Again = { mistakes: [] }
): Promise<unknown> {
  const { db } = request.server
  const programme = await programmeShown(db, request.scope.programmeId)
  if (!programme) throw new Refused({ code: 'not_found' })
  const [members, asked] = await Promise.all([teamOf(db, programme.id), askedToTeam(db, programme.id)])
  const now = await decidingTime(db)
  const filled = mistakes.length > 0 ? typed(request) : {}
  const word = (role: string) => sentence(request.lang, `accounts.role.${role}`)
  const state = ({ declinedAt, endsAt }: (typeof asked)[number]) =>
    declinedAt ? 'declined' : now >= endsAt ? 'over' : 'waiting'
  return reply.page('accounts/team', {
    people: members.map(({ name, email, role, confirmedAt }) => ({ name, email, role, confirmedAt })),
    invited: asked.map(({ name, email, purpose, endsAt, declinedAt }) => ({
      name,
      email,
      role: purpose,
      endsAt,
      declinedAt
    })),
    title: sentence(request.lang, 'accounts.team.title'),
    smallLine: inLanguage(programme.name, request.lang),
    ...mistakesFor(request, mistakes),
    action: `/organise/programmes/${programme.slug}/team`,
    members: members.map(({ name, email, role, confirmedAt }) => ({
      name,
      email,
      role: word(role),
      confirmed: confirmedAt !== null
    })),
    asked: asked
      // One that was replaced by a newer one to the same address has nothing to say.
      .filter(
        one => state(one) !== 'over' || !asked.some(other => other.email === one.email && other.madeAt > one.madeAt)
      )
      .map(one => ({
        name: one.name,
        email: one.email,
        role: word(one.purpose),
        state: state(one) === 'waiting' ? 'now' : 'warn',
        text: sentence(request.lang, `accounts.team.${state(one)}`),
        word: one.word
      })),
    filled: { name: filled.name ?? '', email: filled.email ?? '' },
    roles: ['organiser', 'auditor'].map(value => ({
      value,
      text: word(value),
      hint: sentence(request.lang, `accounts.role.${value}_hint`),
      checked: value === (filled.role ?? 'organiser')
    })),
    tongues: languageChoices(filled.language ?? request.lang)
  })
}
