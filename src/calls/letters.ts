import { and, eq, isNull } from 'drizzle-orm'
import { people } from '../accounts/tables.ts'
import type { Tx } from '../db/connect.ts'
import { sentence } from '../i18n/catalogue.ts'
import { inLanguage } from '../i18n/languages.ts'
import { writeLetter } from '../notifications/commands.ts'
import { proposals } from '../proposals/tables.ts'
import { dateTimeIn } from '../web/render.ts'
import type { StandingCall } from './queries.ts'

type Extension = { extensionId: string; personId: string | null; until: Date; reason: string }

/** Tells of a later deadline: the one it was given to, or everybody who has begun a proposal. */
export async function tellOfExtension(
  tx: Tx,
  call: StandingCall,
  { extensionId, personId, until, reason }: Extension
): Promise<void> {
  const told = personId
    ? await tx.select().from(people).where(eq(people.id, personId))
    : await tx
        .select({ id: people.id, email: people.email, language: people.language })
        .from(people)
        .innerJoin(proposals, eq(proposals.applicantId, people.id))
        .where(and(eq(proposals.callId, call.id), isNull(proposals.withdrawnAt)))
  for (const { id, email, language } of told) {
    const title = inLanguage(call.texts.title, language)
    const whom = personId ? 'one' : 'all'
    await writeLetter(tx, {
      event: `extension:${extensionId}:${id}`,
      kind: 'extension',
      callId: call.id,
      personId: id,
      email,
      language,
      subject: sentence(language, 'calls.letter.extension_subject', { title }),
      blocks: [
        {
          kind: 'paragraph',
          text: sentence(language, `calls.letter.extension_${whom}`, {
            title,
            until: dateTimeIn(language, until, call.rules.zone)
          })
        },
        { kind: 'paragraph', text: sentence(language, 'calls.letter.extension_reason', { reason }) },
        {
          kind: 'button',
          href: `/calls/${call.slug}`,
          label: sentence(language, 'calls.letter.extension_button')
        }
      ],
      release: true
    })
  }
}
