import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { calls } from '../calls/tables.ts'
import type { Tx } from '../db/connect.ts'
import { clock } from '../db/tables.ts'
import { decidingTime } from '../db/time.ts'
import { sentence } from '../i18n/catalogue.ts'
import { DEFAULT_LANGUAGE, inLanguage, isLanguage } from '../i18n/languages.ts'
import { programmeShown } from '../programmes/queries.ts'
import { letterHtml } from './files.ts'
import { type Block, letterText, oneLine } from './letter.ts'
import { letters } from './tables.ts'

export type { Block, Piece } from './letter.ts'
export { plainName } from './letter.ts'

export type Letter = {
  /** What it is about, once for all time: `receipt:<version id>`. A second letter with the same event is not written. */
  event: string
  /** For lists and counts: `receipt`, `invitation`, `decision` … */
  kind: string
  callId?: string
  proposalId?: string
  personId?: string
  email: string
  language: string
  subject: string
  /** Above the heading: number, date. */
  smallLine?: string
  blocks: Block[]
  /** Why it came, in a sentence; without one, that the address is used in the programme. */
  because?: string
  /** False: it waits in the outbox until somebody has read and released it. */
  release: boolean
}

/**
 * Puts a letter into the outbox, and its sending into the jobs, in the caller's transaction: no change without its letter,
 * no letter without its change. Answers its id; `null` when there is one about this event already.
 */
export async function writeLetter(tx: Tx, letter: Letter): Promise<string | null> {
  const { event, kind, email } = letter
  const language = isLanguage(letter.language) ? letter.language : DEFAULT_LANGUAGE
  const moment = await momentOf(tx)
  const told = await toldOf(tx, { ...letter, language }, moment.demonstration)
  const [written] = await tx
    .insert(letters)
    .values({
      ...{ event, kind, email, language },
      callId: letter.callId ?? null,
      proposalId: letter.proposalId ?? null,
      personId: letter.personId ?? null,
      subject: oneLine(letter.subject),
      text: letterText(told),
      html: letterHtml({ ...told, language }),
      madeAt: moment.now
    })
    .onConflictDoNothing({ target: letters.event })
    .returning({ id: letters.id })
  if (!written) return null
  if (letter.release) await release(tx, [written.id], moment)
  return written.id
}

/** Lets letters that have waited go; those that went, or were stopped, stay as they are. Answers how many went now. */
export async function releaseLetters(tx: Tx, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0
  return release(tx, ids, await momentOf(tx))
}

/** Takes letters back that have not left yet, each with the reason. Answers how many it still caught. */
export async function stopLetters(tx: Tx, ids: string[], why: string): Promise<number> {
  if (ids.length === 0) return 0
  const caught = await tx
    .update(letters)
    .set({ stoppedAt: await decidingTime(tx), trouble: why })
    .where(and(inArray(letters.id, ids), isNull(letters.sentAt), isNull(letters.stoppedAt)))
    .returning({ id: letters.id })
  return caught.length
}

/** Lets letters go on that were stopped for this reason. Answers how many. */
export async function resumeLetters(tx: Tx, ids: string[], why: string): Promise<number> {
  if (ids.length === 0) return 0
  const going = await tx
    .update(letters)
    .set({ stoppedAt: null, trouble: '' })
    .where(
      and(inArray(letters.id, ids), isNotNull(letters.releasedAt), isNull(letters.sentAt), eq(letters.trouble, why))
    )
    .returning({ id: letters.id })
  await enqueue(tx, going)
  return going.length
}

type Moment = { now: Date; held: boolean; demonstration: boolean }

async function momentOf(tx: Tx): Promise<Moment> {
  const [row] = await tx.select().from(clock)
  const held = row?.heldAt != null
  return { now: await decidingTime(tx), held, demonstration: held || (row?.offsetMs ?? 0) !== 0 }
}

async function release(tx: Tx, ids: string[], { now, held }: Moment): Promise<number> {
  // While the clock is held the past is being replayed: its letters are shown and never sent.
  const replayed = held ? { stoppedAt: now, trouble: 'replayed' } : {}
  const gone = await tx
    .update(letters)
    .set({ releasedAt: now, ...replayed })
    .where(and(inArray(letters.id, ids), isNull(letters.releasedAt), isNull(letters.stoppedAt)))
    .returning({ id: letters.id })
  if (!held) await enqueue(tx, gone)
  return gone.length
}

/** Into the jobs, once for each letter, in the caller's transaction. */
async function enqueue(tx: Tx, going: { id: string }[]): Promise<void> {
  if (going.length === 0) return
  const list = sql.join(
    going.map(({ id }) => sql`${id}`),
    sql`, `
  )
  await tx.execute(sql`
    select graphile_worker.add_job('send-letter', json_build_object('letterId', id), job_key := 'letter:' || id)
    from unnest(array[${list}]::text[]) as id`)
}

async function toldOf(tx: Tx, letter: Letter, demonstration: boolean) {
  const { language } = letter
  const programme = await programmeShown(tx, await programmeOf(tx, letter.callId))
  const because = letter.because ?? sentence(language, 'notifications.because')
  const sender = programme
    ? sentence(language, 'notifications.sender', { name: programme.organiser.name, city: programme.organiser.city })
    : ''
  const fiction = demonstration ? sentence(language, 'web.demonstration') : ''
  return {
    brand: sentence(language, 'web.laurel'),
    programme: inLanguage(programme?.name, language),
    smallLine: letter.smallLine ?? '',
    title: letter.subject,
    blocks: letter.blocks,
    orOpen: sentence(language, 'notifications.or_open'),
    footer: [[sender, because, fiction].filter(Boolean).join(' ')]
  }
}

async function programmeOf(tx: Tx, callId: string | undefined): Promise<string | null> {
  if (!callId) return null
  const [call] = await tx.select({ programmeId: calls.programmeId }).from(calls).where(eq(calls.id, callId))
  return call?.programmeId ?? null
}
