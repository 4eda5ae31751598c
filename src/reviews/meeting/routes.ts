import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Mistake, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor, prose, read, typed } from '../../web/forms.ts'
import { api } from '../api.ts'
import { reviseScore } from '../commands.ts'
import { unitsSent } from '../sheet/forms.ts'
import { type Looking, meetingNav, meetingPage, proposalMeetingPage } from './pages.ts'
import { meetingOf } from './queries.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function meetingRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/panel', organiser(api.meeting), showMeeting)
  app.get('/organise/:call/panel/:proposal', organiser(api.meetingProposal), (request, reply) =>
    showProposal(request, reply)
  )
  app.post(
    '/organise/:call/panel/:proposal/changes',
    { config: { for: 'organiser', again: showProposal, api: api.changeScore } },
    createChange
  )
}

const lookingAt = ({ lang, scope }: FastifyRequest): Looking => {
  const organiser = scope.is.has('organiser')
  return {
    lang,
    organises: organiser || scope.is.has('auditor'),
    mayChange: scope.state === 'panel' && (organiser || scope.is.has('chair'))
  }
}

async function showMeeting(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const looking = lookingAt(request)
  const meetings = await meetingOf(request.server.db, personOf(request).id, call)
  return reply.page('reviews/meeting', meetingPage(call, meetings, looking), { nav: meetingNav(call, looking) })
}

async function showProposal(
  request: FastifyRequest,
  reply: FastifyReply,
  again: { mistakes: Mistake[] } = { mistakes: [] }
): Promise<unknown> {
  const call = callOf(request)
  const looking = lookingAt(request)
  const { proposal } = request.params as { proposal: string }
  const meeting = (await meetingOf(request.server.db, personOf(request).id, call)).find(
    one => one.proposal.id === proposal
  )
  if (!meeting) throw new Refused({ code: 'not_found' })
  const told = { ...mistakesFor(request, again.mistakes ?? []), values: typed(request) }
  return reply.page('reviews/meeting-proposal', proposalMeetingPage(call, meeting, looking, told), {
    nav: meetingNav(call, looking)
  })
}

async function createChange(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const by = personOf(request).id
  const { proposal } = request.params as { proposal: string }
  const meeting = (await meetingOf(db, by, call)).find(one => one.proposal.id === proposal)
  if (!meeting) throw new Refused({ code: 'not_found' })
  const { rubric } = call.rules
  const change = read(
    z.object({
      review: z.enum(meeting.reviews.filter(({ counts }) => counts).map(({ reviewId }) => reviewId)),
      criterion: z.enum(rubric.criteria.map(({ id }) => id)),
      units: z
        .string()
        .transform(text => unitsSent(text, rubric.scale.step))
        .pipe(z.number('not_a_choice').int('not_a_choice')),
      reason: prose(4000).pipe(z.string().trim().min(1, 'say_why'))
    }),
    request.body
  )
  const { review: reviewId, criterion, units, reason } = change
  await reviseScore(db, { reviewId, criterion, units, reason, by })
  return reply.redirect(`/organise/${call.slug}/panel/${proposal}?done=score_changed`, 303)
}
