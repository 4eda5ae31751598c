import { and, eq, isNull, sql } from 'drizzle-orm'
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import type { Db } from '../db/connect.ts'
import { decidingTime } from '../db/time.ts'
import type { Settings } from '../settings.ts'
import { oneLine, withAddresses } from './letter.ts'
import { letters } from './tables.ts'

export type Envelope = {
  id: string
  from: string
  to: string
  subject: string
  text: string
  html: string
  language: string
}

/** The way out of the house. */
export type Mailer = { send(letter: Envelope): Promise<void>; close(): void }

/** `null` where no SMTP is set: letters are kept, and shown in the outbox. */
export function mailerOf(settings: Pick<Settings, 'smtpUrl'>): Mailer | null {
  if (!settings.smtpUrl) return null
  const { hostname, searchParams } = new URL(settings.smtpUrl)
  const inTheHouse = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  const transport = createTransport({
    url: settings.smtpUrl,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    // Letters carry codes: in the clear only to this very machine, or where the address says so (?ignoreTLS=true).
    requireTLS: !inTheHouse && !searchParams.has('ignoreTLS'),
    disableFileAccess: true,
    disableUrlAccess: true
  } as Parameters<typeof createTransport>[0])
  return {
    async send({ id, from, to, subject, text, html, language }) {
      await transport.sendMail({
        from,
        // An object, so that nothing in it is read as a second address.
        to: { name: '', address: to },
        subject,
        text,
        html,
        // The same for every try: whoever receives a letter twice after all can tell.
        messageId: `<${id}@${domainOf(from)}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language }
      })
    },
    close: () => transport.close()
  }
}

const domainOf = (from: string) => /@([^\s<>@]+)>?$/.exec(from.trim())?.[1] ?? 'localhost'

const payload = z.object({ letterId: z.uuid() })

/**
 * Sends one letter, once: look, act, mark. A failure that may pass is thrown, so that the runner tries again; one that will
 * not (the mailbox does not exist) stops the letter and stays beside it.
 */
export function sendLetter({ db, mailer, settings }: { db: Db; mailer: Mailer | null; settings: Settings }) {
  return async (given: unknown): Promise<void> => {
    const { letterId } = payload.parse(given)
    const [letter] = await db.select().from(letters).where(eq(letters.id, letterId))
    if (!letter?.releasedAt || letter.sentAt || letter.stoppedAt || !mailer) return
    try {
      await mailer.send({
        ...{ id: letter.id, to: letter.email, subject: letter.subject, language: letter.language },
        from: settings.mailFrom,
        text: withAddresses(letter.text, settings.baseUrl),
        html: withAddresses(letter.html, settings.baseUrl)
      })
    } catch (error) {
      await noteTrouble(db, letterId, error)
      if (isFinal(error)) return
      throw new Error(troubleIn(error))
    }
    await db
      .update(letters)
      .set({ sentAt: await decidingTime(db), tries: sql`${letters.tries} + 1`, trouble: '' })
      .where(and(eq(letters.id, letterId), isNull(letters.sentAt)))
  }
}

async function noteTrouble(db: Db, letterId: string, error: unknown): Promise<void> {
  await db
    .update(letters)
    .set({
      tries: sql`${letters.tries} + 1`,
      trouble: troubleIn(error),
      ...(isFinal(error) && { stoppedAt: await decidingTime(db) })
    })
    // A letter that somebody stopped while it was tried keeps their word, or it could not be let go again.
    .where(and(eq(letters.id, letterId), isNull(letters.stoppedAt)))
}

/** The other server's own words and number, or what the network said. */
function troubleIn(error: unknown): string {
  const { code, response, message } = error as { code?: string; response?: string; message?: string }
  return oneLine([code, response ?? message].filter(Boolean).join(': ')).slice(0, 300)
}

/** 5xx to the recipient or the text; 4xx and the network pass. Trouble with our own sign-in (EAUTH) is ours to mend. */
function isFinal(error: unknown): boolean {
  const { code, responseCode } = error as { code?: string; responseCode?: number }
  return code !== 'EAUTH' && responseCode !== undefined && responseCode >= 500
}
