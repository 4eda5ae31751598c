import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../../i18n/catalogue.ts'
import { Refused } from '../../../refusal.ts'
import type { Api } from '../../../web/api/door.ts'
import { callOf } from '../../../web/context.ts'
import { read } from '../../../web/forms.ts'
import { api } from '../../api.ts'
import { fieldsOf } from '../../form.ts'
import { changedCriteria, criterionSchema, levelKeys, rubricSchema, withCriterion, withRubric } from '../judging.ts'
import { shows } from '../pages.ts'
import { flatOf, one } from '../pieces.ts'
import { readable, save } from '../routes.ts'
import { criterionEditor, criterionIn, rubricEditor } from './pages.ts'

const organiser = (api: Api) => ({ config: { for: 'organiser', api } }) as const
const showRubric = shows(rubricEditor)
const showCriterion = shows(criterionEditor)

export default async function rubricRoutes(app: FastifyInstance): Promise<void> {
  app.get('/organise/:call/edit/rubric', organiser(api.rubric), (request, reply) => showRubric(request, reply))
  app.post(
    '/organise/:call/edit/rubric',
    { config: { for: 'organiser', again: showRubric, api: api.saveRubric } },
    saveRubric
  )
  app.get('/organise/:call/edit/rubric/:criterion', organiser(api.criterion), (request, reply) =>
    showCriterion(request, reply)
  )
  app.post(
    '/organise/:call/edit/rubric/:criterion',
    { config: { for: 'organiser', again: showCriterion, api: api.saveCriterion } },
    saveCriterion
  )
}

/** Saves the table of weights, and does what the pressed button says besides: add, move, remove. */
async function saveRubric(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { rules } = callOf(request)
  const ids = rules.rubric.criteria.map(({ id }) => id)
  const { rules: typed } = readable(withRubric(rules, read(rubricSchema(ids), request.body)))
  const act = one(flatOf(request.body), 'act')
  const name = Object.fromEntries(
    rules.languages
      .filter(language => language === 'en' || language === request.lang)
      .map(language => [language, sentence(language, 'calls.rubric.new')])
  )
  const changed = act ? changedCriteria(typed, act, name) : typed
  if (!changed) throw new Refused({ code: 'other' })
  return save(request, reply, { rules: changed }, 'rubric')
}

async function saveCriterion(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const criterion = criterionIn(call, request)
  const { rules } = call
  const levels = levelKeys(criterion, rules)
  const fields = fieldsOf(rules.form).map(({ id }) => id)
  const data = read(criterionSchema(rules.languages, levels, fields), request.body)
  return save(
    request,
    reply,
    { rules: withCriterion(rules, criterion.id, data, rules.languages, levels) },
    `rubric/${criterion.id}`
  )
}
