import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { personOf } from '../../web/context.ts'
import { beginSession } from '../../web/entry.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import { acceptanceForm, refusalForm, teamForm } from '../forms.ts'
import { acceptInvitation, declineInvitation, inviteToTeam, type LeaveSeat, type TakeSeat } from './commands.ts'
import { declinedPage, invitationPage, teamPage } from './pages.ts'
import { leadsTo } from './queries.ts'

const rateLimit = { max: 60, timeWindow: 5 * 60_000 }
const invited = (api: Api) => ({ config: { for: 'everyone', again: invitationPage, rateLimit, api } }) as const

/** What the panel's room does when a juror answers. */
export type Seats = { takeSeat: TakeSeat; leaveSeat: LeaveSeat }

export default async function invitationRoutes(app: FastifyInstance, seats: Seats): Promise<void> {
  app.get('/invitations/declined', { config: { for: 'everyone' } }, declinedPage)
  app.get('/invitations/:token', invited(api.invitation), (request, reply) => invitationPage(request, reply))
  app.post('/invitations/:token/acceptance', invited(api.accept), (request, reply) => accept(request, reply, seats))
  app.post('/invitations/:token/refusal', invited(api.refuse), (request, reply) => decline(request, reply, seats))
  app.get(
    '/organise/programmes/:programme/team',
    { config: { for: 'organiser', again: teamPage, api: api.team } },
    (request, reply) => teamPage(request, reply)
  )
  app.post(
    '/organise/programmes/:programme/team',
    { config: { for: 'organiser', again: teamPage, rateLimit, api: api.inviteToTeam } },
    invite
  )
}

const tokenOf = (request: FastifyRequest) => (request.params as { token: string }).token

async function accept(request: FastifyRequest, reply: FastifyReply, { takeSeat }: Seats): Promise<unknown> {
  const { name, shared } = read(acceptanceForm, request.body)
  const { db } = request.server
  const { invitation, token } = await acceptInvitation(db, {
    token: tokenOf(request),
    name,
    by: request.person?.id ?? null,
    takeSeat,
    shared,
    address: request.ip
  })
  if (token) beginSession(reply, { token, shared, language: invitation.language })
  return reply.redirect(`${await leadsTo(db, invitation)}?done=invitation_accepted`, 303)
}

async function decline(request: FastifyRequest, reply: FastifyReply, { leaveSeat }: Seats): Promise<unknown> {
  const { word } = read(refusalForm, request.body)
  await declineInvitation(request.server.db, { token: tokenOf(request), word, leaveSeat })
  return reply.redirect('/invitations/declined', 303)
}

async function invite(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const asked = read(teamForm, request.body)
  const { programmeId } = request.scope
  if (!programmeId) throw new Refused({ code: 'not_found' })
  await inviteToTeam(request.server.db, { ...asked, programmeId, by: personOf(request).id })
  const { programme } = request.params as { programme: string }
  return reply.redirect(`/organise/programmes/${programme}/team?done=team_invited`, 303)
}
