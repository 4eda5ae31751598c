import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Mistake, Mistaken } from '../../refusal.ts'
import { callOf, personOf } from '../../web/context.ts'
import { read, typed } from '../../web/forms.ts'
import { api } from '../api.ts'
import { editCall } from '../commands.ts'
import type { CallRules } from '../rules.ts'
import type { CallTexts } from '../tables.ts'
import {
  applicantsSchema,
  datesIn,
  datesSchema,
  jurySchema,
  publicationSchema,
  textsSchema,
  withJury,
  withTexts
} from './basics.ts'
import formRoutes from './form/routes.ts'
import {
  applicantsEditor,
  datesEditor,
  juryEditor,
  programmeOf,
  publicationEditor,
  shows,
  textsEditor
} from './pages.ts'
import peopleRoutes from './people/routes.ts'
import { awardsSchema, withAwards } from './prizes.ts'
import { awardsEditor } from './rubric/pages.ts'
import rubricRoutes from './rubric/routes.ts'

export default async function editorRoutes(app: FastifyInstance): Promise<void> {
  const sections = [
    { section: 'texts', page: textsEditor, save: saveTexts, doors: [api.texts, api.saveTexts] },
    { section: 'dates', page: datesEditor, save: saveDates, doors: [api.dates, api.saveDates] },
    {
      section: 'applicants',
      page: applicantsEditor,
      save: saveApplicants,
      doors: [api.applicants, api.saveApplicants]
    },
    { section: 'jury', page: juryEditor, save: saveJury, doors: [api.jury, api.saveJury] },
    { section: 'awards', page: awardsEditor, save: saveAwards, doors: [api.awards, api.saveAwards] },
    {
      section: 'publication',
      page: publicationEditor,
      save: savePublication,
      doors: [api.publication, api.savePublication]
    }
  ] as const
  for (const { section, page, save, doors } of sections) {
    const show = shows(page)
    const [told, taken] = doors
    app.get(`/organise/:call/edit/${section}`, { config: { for: 'organiser', api: told } }, (request, reply) =>
      show(request, reply)
    )
    app.post(`/organise/:call/edit/${section}`, { config: { for: 'organiser', again: show, api: taken } }, save)
  }
  await app.register(formRoutes)
  await app.register(rubricRoutes)
  await app.register(peopleRoutes)
}

/** The version that a page was filled from. */
export const versionIn = (request: FastifyRequest): number =>
  read(z.object({ version: z.coerce.number().int() }), request.body).version

/** Saves what a page changed, if nobody saved meanwhile, and leads back to it. */
export async function save(
  request: FastifyRequest,
  reply: FastifyReply,
  change: { texts?: CallTexts; rules?: CallRules },
  back: string
): Promise<unknown> {
  const call = callOf(request)
  await editCall(request.server.db, {
    callId: call.id,
    version: versionIn(request),
    ...change,
    by: personOf(request).id
  })
  return reply.redirect(`/organise/${call.slug}/edit/${back}?done=saved`, 303)
}

/** A value that was read, or its mistakes thrown. */
export function readable<Value extends object>(value: Value | { mistakes: Mistake[] }): Value {
  if ('mistakes' in value) throw new Mistaken(value.mistakes)
  return value
}

async function saveTexts(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules, texts, seal } = callOf(request)
  const programme = await programmeOf(request)
  const offered = [...new Set([...programme.languages, ...rules.languages])] as [string, ...string[]]
  // After opening the languages are sealed, and the page does not ask.
  const body = seal === null ? request.body : { ...(request.body as object), languages: rules.languages }
  const data = read(textsSchema(offered), body)
  const sent = typed(request)
  const shown = offered.filter(language => `title.${language}` in sent)
  return save(
    request,
    reply,
    {
      texts: withTexts(texts, data, shown),
      ...(seal === null ? { rules: { ...rules, languages: data.languages } } : {})
    },
    'texts'
  )
}

async function saveDates(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules } = callOf(request)
  const data = read(datesSchema, request.body)
  const { dates } = readable(datesIn(data, data.zone, data.zone === rules.zone ? rules.dates : NONE))
  const { zone, graceMinutes } = data
  return save(request, reply, { rules: { ...rules, zone, graceMinutes, dates } }, 'dates')
}

/** With another zone the same wall clock is another instant: nothing stays as it was written. */
const NONE = {} as CallRules['dates']

async function saveApplicants(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const applicants = read(applicantsSchema, request.body)
  return save(request, reply, { rules: { ...callOf(request).rules, applicants } }, 'applicants')
}

async function saveJury(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return save(request, reply, { rules: withJury(callOf(request).rules, read(jurySchema, request.body)) }, 'jury')
}

async function saveAwards(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules } = callOf(request)
  const data = read(awardsSchema(rules.languages), request.body)
  return save(request, reply, readable(withAwards(rules, data, rules.languages)), 'awards')
}

async function savePublication(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { jurors, ...shown } = read(publicationSchema, request.body)
  const publication = jurors === 'pseudonyms' ? { ...shown, jurors } : shown
  return save(request, reply, { rules: { ...callOf(request).rules, publication } }, 'publication')
}
