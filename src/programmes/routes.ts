import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { draftCall } from '../calls/commands.ts'
import { callsOrganisedBy } from '../calls/queries.ts'
import { startingRules } from '../calls/starting.ts'
import { decidingTime } from '../db/time.ts'
import { Mistaken } from '../refusal.ts'
import type { Api } from '../web/api/door.ts'
import { personOf } from '../web/context.ts'
import { read } from '../web/forms.ts'
import { api } from './api.ts'
import { editProgramme, makeProgramme, makeStage, switchSinglePerson } from './commands.ts'
import { callForm, newProgrammeForm, programmeFacts, programmeForm, singleForm, stageForm } from './forms.ts'
import { programmeIn, showNewCall, showNewProgramme, showProgramme, showProgrammeFacts } from './pages.ts'
import { stagesOf } from './queries.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const

export default async function programmeRoutes(app: FastifyInstance): Promise<void> {
  const one = '/organise/programmes/:programme'
  app.get('/organise/programmes/new', { config: { for: 'person' } }, (request, reply) =>
    showNewProgramme(request, reply)
  )
  app.post(
    '/organise/programmes',
    { config: { for: 'person', again: showNewProgramme, api: api.make } },
    createProgramme
  )
  app.get(one, organiser(api.show), (request, reply) => showProgramme(request, reply))
  app.get(`${one}/facts`, organiser(api.facts), (request, reply) => showProgrammeFacts(request, reply))
  app.post(`${one}/facts`, { config: { for: 'organiser', again: showProgrammeFacts, api: api.saveFacts } }, saveFacts)
  app.post(`${one}/stages`, { config: { for: 'organiser', again: showProgramme, api: api.addStage } }, createStage)
  app.post(`${one}/single-person`, organiser(api.singlePerson), changeSinglePerson)
  app.get(`${one}/calls`, { config: { for: 'organiser' } }, (request, reply) => showNewCall(request, reply))
  app.post(`${one}/calls`, { config: { for: 'organiser', again: showNewCall, api: api.draftCall } }, createCall)
}

async function createProgramme(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { slug, ...typed } = read(newProgrammeForm, request.body)
  await makeProgramme(request.server.db, { slug, ...programmeFacts(typed, []), by: personOf(request).id })
  return reply.redirect(`/organise/programmes/${slug}?done=programme_made`, 303)
}

async function saveFacts(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const programme = await programmeIn(request)
  const { version, ...typed } = read(programmeForm, request.body)
  const facts = programmeFacts(typed, programme.countries)
  await editProgramme(request.server.db, { programmeId: programme.id, version, ...facts, by: personOf(request).id })
  return reply.redirect(`/organise/programmes/${programme.slug}?done=saved`, 303)
}

async function createStage(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const programme = await programmeIn(request)
  const { slug, kind, ...titles } = read(stageForm, request.body)
  const title = textsOf(titles)
  const position = (await stagesOf(db, programme.id)).length + 1
  await makeStage(db, { programmeId: programme.id, slug, kind, title, position, by: personOf(request).id })
  return reply.redirect(`/organise/programmes/${programme.slug}?done=stage_made`, 303)
}

async function changeSinglePerson(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const programme = await programmeIn(request)
  const { on } = read(singleForm, request.body)
  await switchSinglePerson(request.server.db, { programmeId: programme.id, on: on === 'yes', by: personOf(request).id })
  return reply.redirect(`/organise/programmes/${programme.slug}?done=saved`, 303)
}

/** A new draft: with plain rules to begin from, or with another call's rules. */
async function createCall(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const programme = await programmeIn(request)
  const by = personOf(request).id
  const { slug, stage, from, ...titles } = read(callForm, request.body)
  if (!(await stagesOf(db, programme.id)).some(({ id }) => id === stage))
    throw new Mistaken([{ field: 'stage', code: 'not_a_choice' }])
  const source = from ? (await callsOrganisedBy(db, by)).find(call => call.slug === from) : null
  if (source === undefined) throw new Mistaken([{ field: 'from', code: 'not_a_choice' }])
  const { zone, currency, languages } = programme
  const rules = source?.rules ?? startingRules({ zone, currency, languages, now: await decidingTime(db) })
  const texts = { title: textsOf(titles), lede: source?.texts.lede ?? {}, body: source?.texts.body ?? {} }
  await draftCall(db, { stageId: stage, slug, texts, rules, by })
  return reply.redirect(`/organise/${slug}/edit/texts?done=call_drafted`, 303)
}

function textsOf(typed: Record<string, unknown>): Record<string, string> {
  const pairs = Object.entries(typed).map(([name, text]) => [name.replace('title.', ''), String(text)] as const)
  return Object.fromEntries(pairs.filter(([, text]) => text !== ''))
}
