import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Mistaken, Refused } from '../../refusal.ts'
import type { Api } from '../../web/api/door.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read } from '../../web/forms.ts'
import { api } from '../api.ts'
import {
  askOpening,
  askRuleChange,
  confirmOpening,
  confirmRuleChange,
  extendDeadline,
  withdrawRequest
} from '../commands.ts'
import { datesIn, flatOfDates } from '../editor/basics.ts'
import { flatOf } from '../editor/pieces.ts'
import { applicantsOf, confirmationIn } from '../queries.ts'
import { instantOf } from '../zones.ts'
import { extensionForm, reasonForm } from './forms.ts'
import { movable, showChanges, showCheck, showConfirmation, showExtensions, showPreview } from './pages.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function openingRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/check', organiser(api.check), showCheck)
  app.get('/organise/:call/preview', organiser(api.preview), showPreview)
  app.post('/organise/:call/opening', organiser(api.askOpening), createOpening)
  app.get('/organise/:call/confirmations/:confirmation', organiser(api.confirmation), showConfirmation)
  app.post('/organise/:call/confirmations/:confirmation', organiser(api.confirm), createConfirmation)
  app.post('/organise/:call/confirmations/:confirmation/withdrawal', organiser(api.withdraw), createWithdrawal)
  app.get('/organise/:call/extensions', organiser(api.extensions), (request, reply) => showExtensions(request, reply))
  app.post(
    '/organise/:call/extensions',
    { config: { for: 'organiser', again: showExtensions, api: api.extend } },
    createExtension
  )
  app.get('/organise/:call/changes', organiser(api.changes), (request, reply) => showChanges(request, reply))
  app.post(
    '/organise/:call/changes',
    { config: { for: 'organiser', again: showChanges, api: api.askChange } },
    createChange
  )
}

async function createOpening(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const id = await askOpening(request.server.db, { callId: call.id, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/confirmations/${id}?done=asked`, 303)
}

async function createConfirmation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const { confirmation } = request.params as { confirmation: string }
  const asked = await confirmationIn(db, call.id, confirmation)
  if (!asked) throw new Refused({ code: 'not_found' })
  const confirm = { opening: confirmOpening, rule_change: confirmRuleChange }[asked.action as string]
  if (!confirm) throw new Refused({ code: 'not_found' })
  await confirm(db, { confirmationId: confirmation, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/confirmations/${confirmation}?done=confirmed`, 303)
}

async function createWithdrawal(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { confirmation } = request.params as { confirmation: string }
  await withdrawRequest(request.server.db, { callId: call.id, confirmationId: confirmation, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}?done=withdrawn`, 303)
}

async function createExtension(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const typed = read(extensionForm, request.body)
  const until = instantOf({ day: typed['until.day'], time: typed['until.time'] }, call.rules.zone)
  if ('trouble' in until) throw new Mistaken([{ field: 'until.day', code: until.trouble }])
  const { person, reason } = typed
  if (person && !(await applicantsOf(db, call.id)).some(({ personId }) => personId === person))
    throw new Mistaken([{ field: 'person', code: 'not_a_choice' }])
  await extendDeadline(db, {
    callId: call.id,
    ...(person ? { personId: person } : {}),
    until: until.at,
    reason,
    by: personOf(request).id
  })
  return reply.redirect(`/organise/${call.slug}/extensions?done=extended`, 303)
}

async function createChange(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { reason } = read(reasonForm, request.body)
  const typed = flatOf(request.body)
  // Only what is still to come was on the page; all else stays as it is.
  const data = { ...flatOfDates(call.rules) } as Record<string, string>
  for (const { key } of movable(call))
    for (const part of ['day', 'time']) data[`${key}.${part}`] = String(typed[`${key}.${part}`] ?? '').trim()
  const dates = datesIn(data, call.rules.zone, call.rules.dates)
  if ('mistakes' in dates) throw new Mistaken(dates.mistakes)
  const rules = { ...call.rules, dates: dates.dates }
  const id = await askRuleChange(request.server.db, { callId: call.id, rules, reason, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/confirmations/${id}?done=asked`, 303)
}
