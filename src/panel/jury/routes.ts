import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { recordsIn } from '../../calls/editor/people/routes.ts'
import { type Mistake, Mistaken, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import { changeSeat, endSeat, inviteAgain, inviteJuror, inviteJurors } from '../commands.ts'
import { jurorsIn } from '../listing.ts'
import { type Juror, jurorsOf } from '../queries.ts'
import { invitedForm, ownForm, seatForm } from './forms.ts'
import { showJury, showProfile, showSeat } from './pages.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const
const MOST_BYTES = 2 ** 20

export default async function juryRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/jury', organiser(api.jury), (request, reply) => showJury(request, reply))
  app.post('/organise/:call/jury', { config: { for: 'organiser', again: showJury, api: api.invite } }, createInvitation)
  app.post(
    '/organise/:call/jury/list',
    { bodyLimit: MOST_BYTES + 4096, config: { for: 'organiser', streams: true, again: showJury, api: api.inviteList } },
    createInvitations
  )
  app.get('/organise/:call/jury/:juror', organiser(api.seat), (request, reply) => showSeat(request, reply))
  app.post(
    '/organise/:call/jury/:juror',
    { config: { for: 'organiser', again: showSeat, api: api.changeSeat } },
    changeProfile
  )
  app.post('/organise/:call/jury/:juror/invitation', organiser(api.inviteAgain), repeatInvitation)
  app.post('/organise/:call/jury/:juror/end', organiser(api.endSeat), createEnd)
  app.get('/jury/:call/profile', { config: { for: 'juror', api: api.profile } }, (request, reply) =>
    showProfile(request, reply)
  )
  app.post(
    '/jury/:call/profile',
    { config: { for: 'juror', again: showProfile, api: api.changeProfile } },
    changeOwnProfile
  )
}

async function createInvitation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const juror = read(invitedForm, request.body)
  const { token } = await inviteJuror(request.server.db, { callId: call.id, juror, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/jury?done=panel.${token ? 'invited' : 'invited_before'}`, 303)
}

/** A list of jurors as CSV: everybody in it is invited, or a report of every line that cannot be read. */
async function createInvitations(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const upload = await request.file({ limits: { fileSize: MOST_BYTES, files: 1 } })
  const bytes = upload ? await upload.toBuffer() : Buffer.alloc(0)
  const mistake = (code: string, facts: Record<string, unknown> = {}): Mistake => ({ field: 'jurors', code, ...facts })
  if (upload?.file.truncated) throw new Mistaken([mistake('list_too_large')])
  if (bytes.length === 0) throw new Mistaken([mistake('list_empty')])
  const records = recordsIn(bytes)
  if (!records) throw new Mistaken([mistake('list_unreadable')])
  const listing = jurorsIn(records, { maxLoad: call.rules.jury.maxLoad })
  if ('columns' in listing) throw new Mistaken([mistake('list_columns', { columns: listing.columns.join(', ') })])
  if ('troubles' in listing)
    throw new Mistaken(
      listing.troubles.slice(0, 50).map(({ line, code, value }) => mistake(`list_${code}`, { line, value }))
    )
  if (listing.jurors.length === 0) throw new Mistaken([mistake('list_empty')])
  await inviteJurors(request.server.db, { callId: call.id, jurors: listing.jurors, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/jury?done=panel.list_invited`, 303)
}

async function changeProfile(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const juror = await seatIn(request)
  const { version, ...typed } = read(seatForm, request.body)
  const profile = { ...typed, reads: withOthers(typed.reads, juror.reads, call.rules.languages) }
  await changeSeat(request.server.db, { jurorId: juror.id, profile, version, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/jury/${juror.id}?done=panel.profile_saved`, 303)
}

async function changeOwnProfile(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const juror = (await jurorsOf(request.server.db, call.id)).find(({ id }) => id === request.scope.jurorId)
  if (!juror) throw new Refused({ code: 'not_found' })
  const { version, ...typed } = read(ownForm, request.body)
  const profile = { ...typed, reads: withOthers(typed.reads, juror.reads, call.rules.languages) }
  await changeSeat(request.server.db, { jurorId: juror.id, profile, version, by: personOf(request).id })
  return reply.redirect(`/jury/${call.slug}/profile?done=panel.profile_saved`, 303)
}

/** Languages that the page did not offer, because nobody may answer in them here, stay known. */
const withOthers = (ticked: string[], before: string[], offered: readonly string[]) => [
  ...ticked,
  ...before.filter(code => !offered.includes(code) && !ticked.includes(code))
]

async function repeatInvitation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const juror = await seatIn(request)
  await inviteAgain(request.server.db, { jurorId: juror.id, by: personOf(request).id })
  return reply.redirect(`/organise/${callOf(request).slug}/jury/${juror.id}?done=panel.invited`, 303)
}

async function createEnd(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { juror } = request.params as { juror: string }
  await endSeat(request.server.db, { jurorId: juror, by: personOf(request).id })
  return reply.redirect(`/organise/${callOf(request).slug}/jury?done=panel.seat_ended`, 303)
}

async function seatIn(request: FastifyRequest): Promise<Juror> {
  const { juror } = request.params as { juror: string }
  const seat = (await jurorsOf(request.server.db, callOf(request).id)).find(({ id }) => id === juror)
  if (!seat) throw new Refused({ code: 'not_found' })
  return seat
}
