import { eq } from 'drizzle-orm'
import { people } from '../accounts/tables.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Tx } from '../db/connect.ts'
import { sentence } from '../i18n/catalogue.ts'
import { clockTime, longDate } from '../i18n/formats.ts'
import { inLanguage, spokenTo } from '../i18n/languages.ts'
import { plainName, writeLetter } from '../notifications/commands.ts'
import { zoneName } from '../web/render.ts'
import type { Version } from './queries.ts'

/** The receipt by mail: number, time to the second, digest. One a version, however often submit was pressed. */
export async function writeReceipt(
  tx: Tx,
  { call, number, version, personId }: { call: StandingCall; number: string; version: Version; personId: string }
): Promise<void> {
  const [person] = await tx.select().from(people).where(eq(people.id, personId))
  if (!person) return
  const language = spokenTo(person.language)
  const { zone } = call.rules
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(language, `proposals.letter.${key}`, facts)
  const title = typeof version.answers.title === 'string' ? plainName(version.answers.title) : ''
  await writeLetter(tx, {
    event: `receipt:${version.id}`,
    kind: 'receipt',
    callId: call.id,
    proposalId: version.proposalId,
    personId,
    email: person.email,
    language,
    subject: say('receipt_subject', { number }),
    smallLine: inLanguage(call.texts.title, language),
    blocks: [
      { kind: 'heading', text: say('receipt_heading') },
      { kind: 'paragraph', text: say('receipt_what', { name: plainName(person.name), title }) },
      {
        kind: 'table',
        head: [say('receipt_field'), ''],
        rows: [
          [say('receipt_number'), number],
          [say('receipt_version'), String(version.position)],
          [say('receipt_date'), longDate(language, version.submittedAt, zone)],
          [
            say('receipt_time'),
            `${clockTime(language, version.submittedAt, zone, true)} (${zoneName(language, zone)})`
          ],
          [say('receipt_files'), String(version.files.length)]
        ]
      },
      { kind: 'paragraph', text: say('receipt_digest'), small: true },
      { kind: 'code', text: version.digest },
      { kind: 'paragraph', text: say('receipt_next') },
      { kind: 'button', href: `/proposals/${version.proposalId}`, label: say('receipt_button') }
    ],
    release: true
  })
}
