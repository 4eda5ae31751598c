import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { kindsFrom } from '../../attachments/kinds.ts'
import { fieldsOf } from '../../calls/form.ts'
import { decidingTime } from '../../db/time.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { type Mistake, Mistaken, Refused } from '../../refusal.ts'
import { discard, type ReceivedForm, type Rules, receiveForm } from '../../storage/receive.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakeSentence, wantsJson } from '../../web/errors.ts'
import type { Answers } from '../answers.ts'
import { api } from '../api.ts'
import { addAttachment, beginProposal, countByField, removeAttachment, saveDraft } from '../commands.ts'
import { problemsIn } from '../completeness.ts'
import { type Application, applicationOf } from '../queries.ts'
import { answersFrom, type Sent, versionIn } from './forms.ts'
import { applicantNav, editorPage, savedAnswer, stalePage } from './pages.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The deciding time when the head of the request was read: what began to arrive in time counts. */
    beganAt: Date | null
  }
}

const MB = 2 ** 20
/** The whole form may come along with a file: what was typed beside it is saved too. */
const MOST_FIELDS = 2000

export default async function editorRoutes(app: FastifyInstance): Promise<void> {
  app.decorateRequest('beganAt', null)
  app.setErrorHandler(answerStale)
  app.post('/calls/:call/proposals', { config: { for: 'person', api: api.begin } }, createProposal)
  app.get('/proposals/:proposal/edit', { config: { for: 'applicant', api: api.draft } }, (request, reply) =>
    showEditor(request, reply)
  )
  app.post('/proposals/:proposal/draft', { config: { for: 'applicant', api: api.save } }, saveProposal)
  app.post(
    '/proposals/:proposal/attachments/:field',
    { config: { for: 'applicant', streams: true, again: showEditor, api: api.attach }, onRequest: noteBeginning },
    createAttachment
  )
}

/** Before the body is read: a transfer that began before the deadline may finish within the grace of the rules. */
export async function noteBeginning(request: FastifyRequest): Promise<void> {
  request.beganAt = await decidingTime(request.server.db)
}

async function createProposal(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const proposalId = await beginProposal(request.server.db, { callId: callOf(request).id, by: personOf(request).id })
  return reply.redirect(`/proposals/${proposalId}/edit`, 303)
}

/** The reader's own proposal; somebody else's looks like one that never was. */
export async function applicationIn(request: FastifyRequest): Promise<Application> {
  const { proposal = '' } = request.params as { proposal?: string }
  const found = await applicationOf(request.server.db, personOf(request).id, proposal, callOf(request))
  if (!found) throw new Refused({ code: 'not_found' })
  return found
}

async function showEditor(
  request: FastifyRequest,
  reply: FastifyReply,
  { mistakes }: { mistakes: Mistake[] } = { mistakes: [] }
): Promise<unknown> {
  const application = await applicationIn(request)
  const { id } = application.proposal
  if (!application.writable) return reply.redirect(`/proposals/${id}`, 303)
  const query = request.query as Record<string, unknown>
  const asked = {
    checking: query.check === '1',
    refused: [
      ...mistakes.map(({ name, ...mistake }) => ({
        field: mistake.field,
        name: typeof name === 'string' ? name : '',
        text: mistakeSentence(request.lang, mistake)
      })),
      ...(typeof query.unsent === 'string'
        ? [{ field: query.unsent, name: '', text: sentence(request.lang, 'proposals.file.unsent') }]
        : [])
    ],
    lines: linesIn(query.lines)
  }
  return reply.page('proposals/editor', editorPage(application, request.lang, asked), {
    nav: applicantNav(request.lang, application.call, 'proposals'),
    scripts: ['/assets/words.js', '/assets/editor.js']
  })
}

/** `lines=budget.9`: show nine lines of the budget. */
function linesIn(asked: unknown): Record<string, number> {
  const [, field = '', count = ''] = /^([a-z][a-z0-9_]*)\.(\d{1,3})$/.exec(String(asked ?? '')) ?? []
  return field ? { [field]: Number(count) } : {}
}

async function saveProposal(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const { id: by } = personOf(request)
  const { proposal: proposalId = '' } = request.params as { proposal?: string }
  const sent = (request.body ?? {}) as Sent
  await save(request, proposalId, sent)
  const remove = (request.query as Record<string, unknown>).remove
  if (typeof remove === 'string') {
    const { files } = await applicationIn(request)
    const file = files.find(({ id }) => id === remove)
    if (file) await removeAttachment(db, { attachmentId: file.id, by })
    return reply.redirect(`/proposals/${proposalId}/edit#${file?.field ?? 'main'}`, 303)
  }
  const application = await applicationIn(request)
  if (wantsJson(request)) return reply.send(savedAnswer(application, request.lang))
  return reply.redirect(afterSave(application, sent), 303)
}

async function save(request: FastifyRequest, proposalId: string, sent: Sent): Promise<Answers> {
  const answers = answersFrom(callOf(request).rules.form, sent)
  const version = versionIn(sent)
  await saveDraft(request.server.db, {
    proposalId,
    answers,
    by: personOf(request).id,
    ...(version === undefined ? {} : { version })
  })
  return answers
}

/** Where the button leads that was pressed: on to the check, to one line more, or back to where she was. */
function afterSave({ call, proposal, files }: Application, sent: Sent): string {
  const edit = `/proposals/${proposal.id}/edit`
  const { form } = call.rules
  if (sent._then === 'check') {
    const problems = problemsIn(form, proposal.draft, countByField(files))
    return problems.length > 0 ? `${edit}?check=1` : `/proposals/${proposal.id}/check`
  }
  // A plain form names the file that was chosen in it, and does not send it.
  const unsent = fieldsOf(form).find(
    ({ id, type }) => type === 'file' && typeof sent[id] === 'string' && sent[id] !== ''
  )
  if (unsent) return `${edit}?unsent=${unsent.id}#${unsent.id}`
  const field = fieldsOf(form).find(({ id }) => id === sent._more || id === sent._again)
  if (!field) return `${edit}?done=proposals.saved`
  if (field.id === sent._again) return `${edit}#${field.id}`
  const rows = new Set(
    Object.keys(sent)
      .filter(name => name.startsWith(`${field.id}.`))
      .map(name => name.slice(field.id.length + 1).split('.')[0])
  )
  return `${edit}?lines=${field.id}.${rows.size + 1}#${field.id}`
}

/**
 * Takes in the files of a form: of this field, and of others where somebody has chosen some. What was typed comes along
 * and is saved first, so that a refused file loses nothing.
 */
async function createAttachment(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db, store } = request.server
  const { proposal: proposalId = '', field = '' } = request.params as { proposal?: string; field?: string }
  const { fields, files } = await receiveForm(request, store, name => rulesFor(request, name), {
    mostFields: MOST_FIELDS
  })
  request.body = fields
  const { mistakes, failure } = await addAll(request, proposalId, files)
  const { deadline } = await applicationIn(request)
  if ('_version' in fields && (await decidingTime(db)) <= deadline) await save(request, proposalId, fields)
  if (failure) throw failure
  if (files.length === 0) mistakes.push({ field, code: 'file_none' })
  if (mistakes.length > 0) throw new Mistaken(mistakes)
  if (wantsJson(request)) return reply.send({ received: files.length })
  return reply.redirect(`/proposals/${proposalId}/edit#${field}`, 303)
}

/** A row that was written owns its bytes; those of a file that was not taken go again. */
async function addAll(request: FastifyRequest, proposalId: string, files: ReceivedForm['files']) {
  const { db, store } = request.server
  const mistakes: Mistake[] = []
  let failure: Error | null = null
  for (const file of files) {
    if (!file.ok) {
      mistakes.push({ field: file.field, ...file.refusal, name: file.name })
      continue
    }
    const { field, key, name, mime, bytes, sha256 } = file
    const why: Error | null = failure
      ? failure
      : await addAttachment(db, {
          proposalId,
          field,
          file: { key, name, mime, bytes, sha256 },
          beganAt: request.beganAt ?? callOf(request).now,
          by: personOf(request).id
        }).then(
          () => null,
          (error: Error) => error
        )
    if (!why) continue
    await discard(store, [file])
    if (why instanceof Mistaken) mistakes.push(...why.mistakes.map(mistake => ({ ...mistake, name })))
    else failure = why
  }
  return { mistakes, failure }
}

function rulesFor(request: FastifyRequest, name: string): Rules | null {
  const field = fieldsOf(callOf(request).rules.form).find(({ id }) => id === name)
  return field?.type === 'file' ? { accept: kindsFrom(field.accept), maxBytes: field.maxMb * MB } : null
}

/** Two tabs, two texts: both are shown, and nothing is overwritten. Everything else is answered as everywhere. */
async function answerStale(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (!(error instanceof Refused) || error.refusal.code !== 'stale_draft' || wantsJson(request)) throw error
  const application = await applicationIn(request)
  return reply.page('proposals/stale', stalePage(application, error.refusal.yours as Answers, request.lang), {
    status: 409,
    nav: applicantNav(request.lang, application.call, 'proposals'),
    scripts: ['/assets/words.js']
  })
}
