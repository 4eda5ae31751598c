import { and, inArray, isNull } from 'drizzle-orm'
import type { StandingCall } from '../calls/queries.ts'
import type { Tx } from '../db/connect.ts'
import { sentence } from '../i18n/catalogue.ts'
import { inLanguage, spokenTo } from '../i18n/languages.ts'
import { plainName, writeLetter } from '../notifications/commands.ts'
import { dateTimeIn } from '../web/render.ts'
import { assignments, jurors } from './tables.ts'

/** Tells jurors that proposals wait for them: one letter a juror and release, whatever the number of proposals. */
export async function tellJurors(tx: Tx, call: StandingCall, jurorIds: string[]): Promise<void> {
  const told = [...new Set(jurorIds)]
  if (told.length === 0) return
  const seats = await tx.select().from(jurors).where(inArray(jurors.id, told))
  const held = await tx
    .select({ jurorId: assignments.jurorId })
    .from(assignments)
    .where(and(inArray(assignments.jurorId, told), isNull(assignments.endedAt)))
  for (const { id, personId, email, name, language: wanted } of seats) {
    const language = spokenTo(wanted)
    const title = inLanguage(call.texts.title, language)
    const count = held.filter(({ jurorId }) => jurorId === id).length
    await writeLetter(tx, {
      event: `assigned:${id}:${call.now.toISOString()}`,
      kind: 'assigned',
      callId: call.id,
      ...(personId ? { personId } : {}),
      email,
      language,
      subject: sentence(language, 'panel.letter.assigned_subject', { count, title }),
      smallLine: title,
      blocks: [
        {
          kind: 'paragraph',
          text: sentence(language, 'panel.letter.assigned_what', {
            name: plainName(name),
            count,
            until: dateTimeIn(language, call.life.reviewingUntil, call.rules.zone)
          })
        },
        { kind: 'button', href: `/jury/${call.slug}`, label: sentence(language, 'panel.letter.assigned_button') },
        { kind: 'paragraph', text: sentence(language, 'panel.letter.assigned_conflict'), small: true }
      ],
      release: true
    })
  }
}
