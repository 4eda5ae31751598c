import { and, asc, eq, isNotNull } from 'drizzle-orm'
import { type DecisionLine, decisionFrom } from '../awards/decision.ts'
import { awards } from '../awards/tables.ts'
import { callAt } from '../calls/queries.ts'
import { digestOf } from '../calls/rules.ts'
import { calls, confirmations } from '../calls/tables.ts'
import type { Db } from '../db/connect.ts'
import { historyEntries } from '../history/tables.ts'
import { proposals } from '../proposals/tables.ts'
import type { Content } from '../publication/content.ts'
import { publications } from '../publication/tables.ts'
import { inputHash, rankInput } from '../ranking/input.ts'
import { computedAgain, inputOf, type Run } from '../ranking/queries.ts'
import { rankings } from '../ranking/tables.ts'
import type { Examined, Finding } from './checks.ts'

const well = (says: string): Finding => ({ is: 'well', says })
const wrong = (says: string): Finding => ({ is: 'wrong', says })

const same = (one: unknown, other: unknown) => digestOf(plain(one)) === digestOf(plain(other))
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

type Frozen = { run: Run; slug: string }

const frozenRuns = (db: Db): Promise<Frozen[]> =>
  db
    .select({ run: rankings, slug: calls.slug })
    .from(rankings)
    .innerJoin(calls, eq(rankings.callId, calls.id))
    .orderBy(asc(calls.slug), asc(rankings.position))

/** What is shown is what recomputes: every frozen run from its stored input, and the input from its hash and history. */
export async function rankingsRecompute({ db }: Examined): Promise<Finding[]> {
  const frozen = await frozenRuns(db)
  const found: Finding[] = []
  for (const { run, slug } of frozen) {
    const which = `Ranking ${run.position} of the call ${slug}`
    const [told] = await db
      .select({ facts: historyEntries.facts })
      .from(historyEntries)
      .where(and(eq(historyEntries.about, run.id), eq(historyEntries.chain, run.callId)))
      .orderBy(asc(historyEntries.position))
      .limit(1)
    if (inputHash(rankInput(run.input)) !== run.inputHash)
      found.push(wrong(`${which} was not made from the scores that are kept with it: their hash is another.`))
    else if (told?.facts.inputHash !== run.inputHash)
      found.push(wrong(`${which} has other scores than history remembers.`))
    if (!same(computedAgain(run).result, run.result))
      found.push(wrong(`${which} is not what its own scores give when they are computed again.`))
  }
  if (found.length > 0 || frozen.length === 0) return found
  const count = frozen.length
  return [well(`${count} ${count === 1 ? 'ranking gives' : 'rankings give'} the same result when computed again.`)]
}

/** What two people signed is what the ranking gives, what the reviews still say, and what is written down for each proposal. */
export async function decisionsStand({ db }: Examined): Promise<Finding[]> {
  const found: Finding[] = []
  const signed = await givenFor(db, 'sign_off')
  for (const { asked, slug } of signed) {
    const payload = asked.payload as { rankingId: string; inputHash: string; decision: DecisionLine[] }
    if (digestOf(asked.payload) !== asked.digest || (await remembered(db, asked, 'decision.signed')) !== asked.digest) {
      found.push(wrong(`The decision of the call ${slug} is not the one that two people signed.`))
      continue
    }
    const [run] = await db.select().from(rankings).where(eq(rankings.id, payload.rankingId))
    if (!run || run.inputHash !== payload.inputHash || !same(decisionFrom(computedAgain(run)), payload.decision))
      found.push(wrong(`The signed decision of the call ${slug} is not what its ranking gives.`))
    const call = await callAt(db, asked.callId)
    if (call && run && inputHash((await inputOf(db, call)).input) !== run.inputHash)
      found.push(wrong(`The reviews of the call ${slug} no longer say what its signed ranking was made from.`))
    found.push(...(await unlikeSigned(db, asked.callId, payload.decision)).map(number => unlike(slug, number)))
  }
  return found.length > 0 || signed.length === 0
    ? found
    : [well('Every proposal got what two people signed, and the reviews still say so.')]
}

const unlike = (slug: string, number: string) =>
  wrong(`Proposal ${number} in ${slug} has another outcome than two people signed.`)

/** Numbers of the proposals whose written outcome is not the signed one. */
async function unlikeSigned(db: Db, callId: string, decision: DecisionLine[]): Promise<string[]> {
  const written = await db
    .select({
      number: proposals.number,
      outcome: awards.outcome,
      rank: awards.rank,
      reservePlace: awards.reservePlace,
      amountCents: awards.amountCents
    })
    .from(awards)
    .innerJoin(proposals, eq(awards.proposalId, proposals.id))
    .where(eq(awards.callId, callId))
  const lines = new Map(decision.map(({ because: _, ...line }) => [line.number, line]))
  const rows = new Map(written.map(row => [row.number ?? '', row]))
  return [...new Set([...lines.keys(), ...rows.keys()])]
    .filter(number => !same(lines.get(number) ?? null, rows.get(number) ?? null))
    .sort()
}

/** The published list is the signed one, and the page is what two people saw before they agreed. */
export async function publicationsStand({ db }: Examined): Promise<Finding[]> {
  const found: Finding[] = []
  const agreed = await givenFor(db, 'publication')
  const rows = await db
    .select({ publication: publications, slug: calls.slug })
    .from(publications)
    .innerJoin(calls, eq(publications.callId, calls.id))
  for (const { publication, slug } of rows) {
    const content = publication.content as unknown as Content
    const [told] = await db
      .select({ facts: historyEntries.facts })
      .from(historyEntries)
      .where(and(eq(historyEntries.about, publication.id), eq(historyEntries.what, 'results.published')))
    const asked = agreed.find(({ asked }) => asked.digest === told?.facts.digest)?.asked
    const seen = asked && digestOf(asked.payload) === asked.digest ? (asked.payload as { content: Content }) : null
    if (!seen || !same(seen.content, content))
      found.push(wrong(`The results page of the call ${slug} is not what two people agreed to publish.`))
    const decided = await db
      .select({ number: proposals.number, outcome: awards.outcome, amountCents: awards.amountCents })
      .from(awards)
      .innerJoin(proposals, eq(awards.proposalId, proposals.id))
      .where(eq(awards.callId, publication.callId))
    for (const outcome of ['awarded', 'reserve'] as const) {
      const amountOf = new Map(content[outcome].map(({ number, amountCents }) => [number, amountCents]))
      const numbers = decided.filter(one => one.outcome === outcome)
      const differ = [...new Set([...amountOf.keys(), ...numbers.map(({ number }) => number ?? '')])].filter(number => {
        const [one] = numbers.filter(row => row.number === number)
        const shown = amountOf.get(number)
        return !one || !amountOf.has(number) || (shown !== undefined && shown !== one.amountCents)
      })
      found.push(
        ...differ
          .sort()
          .map(number => wrong(`The results page of the call ${slug} and what was signed differ in ${number}.`))
      )
    }
  }
  return found.length > 0 || rows.length === 0 ? found : [well('Every results page shows what was signed.')]
}

/** What a second person said yes to. */
async function givenFor(db: Db, action: 'sign_off' | 'publication') {
  return db
    .select({ asked: confirmations, slug: calls.slug })
    .from(confirmations)
    .innerJoin(calls, eq(confirmations.callId, calls.id))
    .where(and(eq(confirmations.action, action), isNotNull(confirmations.givenAt)))
    .orderBy(asc(calls.slug), asc(confirmations.givenAt))
}

/** The digest of what was agreed to, as history remembers it. */
async function remembered(db: Db, { callId }: typeof confirmations.$inferSelect, what: string): Promise<unknown> {
  const rows = await db
    .select({ facts: historyEntries.facts })
    .from(historyEntries)
    .where(and(eq(historyEntries.chain, callId), eq(historyEntries.what, what)))
    .orderBy(asc(historyEntries.position))
  return rows.at(-1)?.facts.digest
}
