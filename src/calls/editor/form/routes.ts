import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sentence } from '../../../i18n/catalogue.ts'
import { Mistaken, Refused } from '../../../refusal.ts'
import { callOf, personOf } from '../../../web/context.ts'
import { read } from '../../../web/forms.ts'
import { api } from '../../api.ts'
import { type Form, fieldsOf } from '../../form.ts'
import { callsOrganisedBy } from '../../queries.ts'
import {
  changedForm,
  fieldIn,
  fieldPageSchema,
  formIn,
  sectionSchema,
  TYPES,
  withField,
  withNewField,
  withNewSection,
  withSection
} from '../formparts.ts'
import { shows } from '../pages.ts'
import { flatOf, one } from '../pieces.ts'
import { readable, save } from '../routes.ts'
import { fieldEditor, fieldInCall, formEditor, sectionEditor, sectionIn } from './pages.ts'

const organiser = { config: { for: 'organiser' } } as const
const showForm = shows(formEditor)
const showSection = shows(sectionEditor)
const showField = shows(fieldEditor)

export default async function formRoutes(app: FastifyInstance): Promise<void> {
  const edit = '/organise/:call/edit/form'
  app.get(edit, { config: { for: 'organiser', api: api.form } }, (request, reply) => showForm(request, reply))
  app.post(edit, { config: { for: 'organiser', again: showForm } }, saveForm)
  app.post(`${edit}/import`, { config: { for: 'organiser', again: showForm, api: api.saveForm } }, importForm)
  app.get(`${edit}/sections/:section`, organiser, (request, reply) => showSection(request, reply))
  app.post(`${edit}/sections/:section`, { config: { for: 'organiser', again: showSection } }, saveSection)
  app.get(`${edit}/fields/:field`, organiser, (request, reply) => showField(request, reply))
  app.post(`${edit}/fields/:field`, { config: { for: 'organiser', again: showField } }, saveField)
  app.get('/organise/:call/form.json', { config: { for: 'organiser', api: api.formFile } }, sendForm)
}

/** Adds a section or a field, moves or removes one: whichever button was pressed. */
async function saveForm(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules } = callOf(request)
  const flat = flatOf(request.body)
  const act = one(flat, 'act')
  const fresh = (key: string) =>
    Object.fromEntries(
      rules.languages
        .filter(language => language === 'en' || language === request.lang)
        .map(language => [language, sentence(language, `calls.form.${key}`)])
    )
  const keep = (form: Form, back = 'form') => save(request, reply, { rules: { ...rules, form } }, back)
  if (act === 'add_section') return keep(withNewSection(rules.form, fresh('new_section'), fresh('new_field')))
  if (act.startsWith('add_field:')) {
    const section = act.slice('add_field:'.length)
    const { type } = read(z.object({ type: z.enum(TYPES) }), { type: one(flat, `type.${section}`) })
    const added = withNewField(rules.form, section, type, fresh('new_field'))
    if (!added) throw new Refused({ code: 'not_found' })
    return keep(added.form, `form/fields/${added.id}`)
  }
  const changed = changedForm(rules.form, act)
  if (!changed) throw new Refused({ code: 'other' })
  return keep(changed)
}

/** A form out of JSON, or another call's form: in place of this one. */
async function importForm(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules } = callOf(request)
  const flat = flatOf(request.body)
  const from = one(flat, 'from')
  if (from) {
    const source = (await callsOrganisedBy(request.server.db, personOf(request).id)).find(({ slug }) => slug === from)
    if (!source) throw new Mistaken([{ field: 'from', code: 'not_a_choice' }])
    return save(request, reply, { rules: { ...rules, form: source.rules.form } }, 'form')
  }
  const read = formIn(one(flat, 'json'))
  if ('at' in read) throw new Mistaken([{ field: 'json', code: 'form_unreadable', at: read.at }])
  return save(request, reply, { rules: { ...rules, form: read.form } }, 'form')
}

async function saveSection(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const { id } = sectionIn(call, request)
  const { rules } = call
  const data = read(sectionSchema(rules.languages), request.body)
  return save(
    request,
    reply,
    { rules: { ...rules, form: withSection(rules.form, id, data, rules.languages) } },
    `form/sections/${id}`
  )
}

async function saveField(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const before = fieldInCall(call, request)
  const { rules } = call
  const data = read(fieldPageSchema(rules.languages), request.body)
  const { field } = readable(fieldIn(before, data, rules.languages))
  if (field.id !== before.id && fieldsOf(rules.form).some(({ id }) => id === field.id))
    throw new Mistaken([{ field: 'id', code: 'twice' }])
  return save(
    request,
    reply,
    { rules: { ...rules, form: withField(rules.form, before.id, field) } },
    `form/fields/${field.id}`
  )
}

async function sendForm(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules, slug } = callOf(request)
  return reply
    .type('application/json; charset=utf-8')
    .header('content-disposition', `attachment; filename="${slug}-form.json"`)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(rules.form, null, 2))
}
