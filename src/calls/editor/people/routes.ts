import { parse } from 'csv-parse/sync'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Mistake, Mistaken } from '../../../refusal.ts'
import { callOf, personOf } from '../../../web/context.ts'
import { api } from '../../api.ts'
import { listPeople } from '../../commands.ts'
import { applicantsEditor, shows } from '../pages.ts'
import { peopleIn } from '../people.ts'

const showApplicants = shows({ ...applicantsEditor, keepsSaved: true })

export default async function peopleRoutes(app: FastifyInstance): Promise<void> {
  app.post(
    '/organise/:call/people',
    {
      bodyLimit: MOST_BYTES + 4096,
      config: { for: 'organiser', streams: true, again: showApplicants, api: api.people }
    },
    uploadPeople
  )
}

const MOST_BYTES = 5 * 2 ** 20

/** A list of people as CSV: everybody in it, or a report of every line that cannot be read. */
async function uploadPeople(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  const upload = await request.file({ limits: { fileSize: MOST_BYTES, files: 1 } })
  const bytes = upload ? await upload.toBuffer() : Buffer.alloc(0)
  if (upload?.file.truncated) throw new Mistaken([{ field: 'people', code: 'list_too_large' }])
  const mistake = (code: string, facts: Record<string, unknown> = {}): Mistake => ({ field: 'people', code, ...facts })
  if (bytes.length === 0) throw new Mistaken([mistake('list_empty')])
  const records = recordsIn(bytes)
  if (!records) throw new Mistaken([mistake('list_unreadable')])
  const listing = peopleIn(records)
  if ('columns' in listing) throw new Mistaken([mistake('list_columns', { columns: listing.columns.join(', ') })])
  if ('troubles' in listing)
    throw new Mistaken(
      listing.troubles.slice(0, 50).map(({ line, code, value }) => mistake(`list_${code}`, { line, value }))
    )
  if (listing.people.length === 0) throw new Mistaken([mistake('list_empty')])
  await listPeople(request.server.db, { callId: call.id, people: listing.people, by: personOf(request).id })
  return reply.redirect(`/organise/${call.slug}/edit/applicants?done=listed`, 303)
}

/** Comma or semicolon, with or without a mark: as spreadsheets write them. `null` where it is no UTF-8 table. */
export function recordsIn(bytes: Buffer): string[][] | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const first = text.slice(0, text.indexOf('\n') + 1 || undefined)
    const delimiter =
      (first.match(/;/g)?.length ?? 0) > (first.match(/,/g)?.length ?? 0) ? ';' : first.includes('\t') ? '\t' : ','
    return parse(text, { bom: true, delimiter, relax_column_count: true, skip_empty_lines: true })
  } catch {
    return null
  }
}
