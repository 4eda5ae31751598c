import { and, eq, inArray, isNotNull, isNull, type SQL } from 'drizzle-orm'
import { organiserOf } from '../../accounts/queries.ts'
import { people } from '../../accounts/tables.ts'
import { becauseOf } from '../../awards/because.ts'
import { footnotesFor, marksTable, spoken } from '../../awards/pages.ts'
import { type Award, awardsOf } from '../../awards/queries.ts'
import { decide } from '../../calls/decisions.ts'
import { type State, whyNotIn } from '../../calls/lifecycle.ts'
import { lockedCall, type StandingCall } from '../../calls/queries.ts'
import type { Db, Tx } from '../../db/connect.ts'
import { remember } from '../../history/commands.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { money } from '../../i18n/formats.ts'
import { inLanguage, spokenTo } from '../../i18n/languages.ts'
import { type Programme, programmeOfCall } from '../../programmes/queries.ts'
import { type Submitted, submittedTo } from '../../proposals/queries.ts'
import { computedAgain, isInterested, runWith } from '../../ranking/queries.ts'
import type { Ranking } from '../../ranking/ranking.ts'
import { must, Refused } from '../../refusal.ts'
import { feedbackFor } from '../../reviews/queries.ts'
import { dateTimeIn } from '../../web/render.ts'
import { type Block, plainName, releaseLetters, resumeLetters, stopLetters, writeLetter } from '../commands.ts'
import { STOPPED_BY_HAND, stoppedDecisions } from '../queries.ts'
import { letters } from '../tables.ts'

type By = { by: string }

/** Writes one letter for every applicant, in their language. They wait in the outbox until somebody has read and released them. */
export async function prepareDecisionLetters(db: Db, { callId, by }: { callId: string } & By): Promise<number> {
  return db.transaction(async tx => {
    const call = await theirs(tx, callId, by)
    must(whyNotIn(call.state, ['decided']))
    const decided = await awardsOf(tx, callId)
    const run = decided[0] && (await runWith(tx, decided[0].rankingId))
    const programme = await programmeOfCall(tx, call)
    if (!run || !programme) throw new Refused({ code: 'not_signed' })
    const ranking = computedAgain(run)
    const submitted = new Map(
      (
        await submittedTo(
          tx,
          callId,
          decided.map(({ proposalId }) => proposalId)
        )
      ).map(proposal => [proposal.id, proposal])
    )
    const comments = await feedbackFor(tx, callId)
    const readers = new Map(
      (
        await tx
          .select()
          .from(people)
          .where(
            inArray(
              people.id,
              [...submitted.values()].map(({ applicantId }) => applicantId)
            )
          )
      ).map(person => [person.id, person])
    )
    let written = 0
    for (const award of decided) {
      const proposal = submitted.get(award.proposalId)
      const person = proposal && readers.get(proposal.applicantId)
      if (!proposal || !person) continue
      const language = spokenTo(person.language)
      const blocks = blocksOf(language, {
        call,
        programme,
        ranking,
        award,
        proposal,
        name: plainName(person.name),
        comments: comments.get(award.proposalId) ?? []
      })
      const title = titleOf(proposal)
      const id = await writeLetter(tx, {
        event: `decision:${award.proposalId}`,
        kind: 'decision',
        callId,
        proposalId: award.proposalId,
        personId: person.id,
        email: person.email,
        language,
        subject: sentence(language, `decision.subject`, { title }),
        smallLine: inLanguage(call.texts.title, language),
        blocks,
        release: false
      })
      if (id) written += 1
    }
    if (written > 0)
      await remember(tx, {
        callId,
        what: 'letters.prepared',
        about: callId,
        byPerson: by,
        at: call.now,
        facts: { letters: written }
      })
    return written
  })
}

/** Lets all prepared decision letters go. Pressed twice, nobody gets a second one. */
export async function releaseDecisionLetters(db: Db, { callId, by }: { callId: string } & By): Promise<number> {
  return db.transaction(async tx => {
    const call = await theirs(tx, callId, by)
    if (call.life.decided.letters_released) return 0
    must(whyNotIn(call.state, ['decided']))
    const waiting = await tx
      .select({ id: letters.id, proposalId: letters.proposalId })
      .from(letters)
      .where(
        and(
          eq(letters.callId, callId),
          eq(letters.kind, 'decision'),
          isNull(letters.releasedAt),
          isNull(letters.stoppedAt)
        )
      )
    const decided = await awardsOf(tx, callId)
    const without = decided.filter(({ proposalId }) => !waiting.some(letter => letter.proposalId === proposalId))
    if (without.length > 0) throw new Refused({ code: 'letters_missing', count: without.length })
    const released = await releaseLetters(
      tx,
      waiting.map(({ id }) => id)
    )
    await decide(tx, { callId, decision: 'letters_released', by, at: call.now, facts: { letters: released } })
    await remember(tx, {
      callId,
      what: 'letters.released',
      about: callId,
      byPerson: by,
      at: call.now,
      facts: { letters: released }
    })
    return released
  })
}

/** Stops what has not left yet of the letters that were let go. Answers how many it caught; those that left have left. */
export async function stopDecisionLetters(
  db: Db,
  { callId, reason, by }: { callId: string; reason: string } & By
): Promise<number> {
  return db.transaction(async tx => {
    const call = await theirs(tx, callId, by)
    must(whyNotIn(call.state, STOPPABLE))
    const going = await underWay(tx, callId, isNull(letters.stoppedAt))
    if (going.length === 0) {
      // Pressed twice, it is as stopped as it was.
      if ((await stoppedDecisions(tx, callId)).size > 0) return 0
      throw new Refused({ code: 'letters_left' })
    }
    const stopped = await stopLetters(tx, going, STOPPED_BY_HAND)
    await remember(tx, {
      callId,
      what: 'letters.stopped',
      about: callId,
      byPerson: by,
      at: call.now,
      facts: { letters: stopped },
      values: { reason }
    })
    return stopped
  })
}

/** Lets the stopped letters go after all. */
export async function resumeDecisionLetters(db: Db, { callId, by }: { callId: string } & By): Promise<number> {
  return db.transaction(async tx => {
    const call = await theirs(tx, callId, by)
    must(whyNotIn(call.state, STOPPABLE))
    const waiting = await underWay(tx, callId, eq(letters.trouble, STOPPED_BY_HAND))
    const resumed = await resumeLetters(tx, waiting, STOPPED_BY_HAND)
    if (resumed > 0)
      await remember(tx, {
        callId,
        what: 'letters.resumed',
        about: callId,
        byPerson: by,
        at: call.now,
        facts: { letters: resumed }
      })
    return resumed
  })
}

export const STOPPABLE: State[] = ['decided', 'redress']

/** Decision letters that were let go and have not left. */
async function underWay(tx: Tx, callId: string, where: SQL): Promise<string[]> {
  const rows = await tx
    .select({ id: letters.id })
    .from(letters)
    .where(
      and(
        eq(letters.callId, callId),
        eq(letters.kind, 'decision'),
        isNotNull(letters.releasedAt),
        isNull(letters.sentAt),
        where
      )
    )
    .for('update')
  return rows.map(({ id }) => id)
}

async function theirs(tx: Tx, callId: string, by: string): Promise<StandingCall> {
  const call = await lockedCall(tx, callId)
  if (!call || !(await organiserOf(tx, by, call)) || (await isInterested(tx, callId, by)))
    throw new Refused({ code: 'not_found' })
  return call
}

type Told = {
  call: StandingCall
  programme: Programme
  ranking: Ranking
  award: Award
  proposal: Submitted
  name: string
  comments: { text: string; language: string }[]
}

function blocksOf(language: string, { call, programme, ranking, award, proposal, name, comments }: Told): Block[] {
  const say = (key: string, facts: Record<string, unknown> = {}) => sentence(language, `decision.${key}`, facts)
  const { rules } = call
  const { countries } = programme
  const said = becauseOf(ranking, proposal.number, { naming: false })
  const because = spoken(language, said, { rules, countries }).join(' ')
  const footnotes = footnotesFor(
    said.map(({ value }) => String(value ?? '')),
    countries
  )
  const amount = award.amountCents === null ? '' : money(language, award.amountCents / 100, rules.currency)
  const lettersDue = call.life.redressUntil
  return [
    { kind: 'paragraph', text: say('dear', { name }) },
    {
      kind: 'paragraph',
      text: say(award.amountCents === null && award.outcome === 'awarded' ? 'place' : award.outcome, {
        title: titleOf(proposal),
        amount,
        place: award.reservePlace ?? 0
      })
    },
    { kind: 'paragraph', text: because },
    { kind: 'heading', text: say('marks') },
    { kind: 'table', ...marksTable(language, { rules, ranking, number: proposal.number }) },
    ...(comments.length > 0 ? [{ kind: 'heading', text: say('comments') } as const] : []),
    ...comments.map(({ text, language }) => ({ kind: 'quote', text, lang: language }) as const),
    {
      kind: 'paragraph',
      text: say(`next_${award.outcome}`, {
        publication: dateTimeIn(language, new Date(rules.dates.publicationAt), rules.zone)
      })
    },
    { kind: 'button', href: `/proposals/${proposal.id}/result`, label: say('button') },
    ...(lettersDue
      ? [
          {
            kind: 'paragraph',
            small: true,
            text: say('redress', {
              until: dateTimeIn(language, lettersDue, rules.zone),
              contact: programme.organiser.email
            })
          } as const
        ]
      : []),
    ...footnotes.map(footnote => ({ kind: 'paragraph', small: true, text: `* ${footnote}` }) as const)
  ]
}

const titleOf = ({ version, number }: Submitted) =>
  typeof version.answers.title === 'string' && version.answers.title ? plainName(version.answers.title) : number
