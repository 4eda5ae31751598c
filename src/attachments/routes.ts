import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf } from '../calls/form.ts'
import { statesFrom } from '../calls/lifecycle.ts'
import { inLanguage } from '../i18n/languages.ts'
import { api } from '../proposals/api.ts'
import { neutralName } from '../proposals/reading/pages.ts'
import { Refused } from '../refusal.ts'
import { callOf, personOf } from '../web/context.ts'
import { KINDS } from './kinds.ts'
import { contentDisposition, endingOf } from './names.ts'
import { type Attachment, ownAttachment, type SubmittedFile, submittedAttachment } from './queries.ts'

export default async function attachmentRoutes(app: FastifyInstance): Promise<void> {
  app.get('/attachments/:attachment', { config: { for: 'applicant', api: api.attachment } }, sendAttachment)
}

const AFTER_CLOSING = statesFrom('closed')
const PUBLISHED = statesFrom('final')

/** The bytes as they were sent. `?download`: never shown in the page, always saved. */
async function sendAttachment(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { attachment, name } = await fileFor(request)
  const kind = Object.values(KINDS).find(({ mime }) => mime === attachment.mime)
  const wantsFile = 'download' in (request.query as Record<string, unknown>)
  const how = kind?.inline && !wantsFile ? 'inline' : 'attachment'
  const bytes = await request.server.store.open(attachment.storageKey)
  return reply
    .type(attachment.mime)
    .header('content-length', attachment.bytes)
    .header('content-disposition', contentDisposition(how, name))
    .header('content-security-policy', policyFor(attachment.mime))
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, no-store')
    .send(bytes)
}

/** What somebody sent runs nothing here. Browsers show no PDF in a sandbox, and run none of it outside their own viewer. */
function policyFor(mime: string): string {
  return mime === KINDS.pdf.mime
    ? "script-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    : "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
}

/** Whether this reader may have it, and by which name: to jurors a name says what a file is, not who sent it. */
async function fileFor(request: FastifyRequest): Promise<{ attachment: Attachment; name: string }> {
  const { db } = request.server
  const { attachment: id = '' } = request.params as { attachment?: string }
  const { is, interested } = request.scope
  const call = callOf(request)
  const own = is.has('applicant') ? await ownAttachment(db, personOf(request).id, id) : null
  if (own) return { attachment: own, name: own.name }
  const submitted = AFTER_CLOSING.includes(call.state) ? await submittedAttachment(db, call.id, id) : null
  if (!submitted) throw new Refused({ code: 'not_found' })
  const organises = is.has('organiser') || is.has('auditor')
  if (organises && (!interested || PUBLISHED.includes(call.state)))
    return { attachment: submitted.attachment, name: `${submitted.number} ${submitted.attachment.name}` }
  if (is.has('juror')) return { attachment: submitted.attachment, name: jurorsName(submitted, request) }
  throw new Refused({ code: 'not_found' })
}

function jurorsName({ attachment, number, place }: SubmittedFile, request: FastifyRequest): string {
  const field = fieldsOf(callOf(request).rules.form).find(({ id }) => id === attachment.field)
  const label = inLanguage(field?.label, request.lang) || attachment.field
  return neutralName(`${number} ${label}`, place, endingOf(attachment.name))
}
