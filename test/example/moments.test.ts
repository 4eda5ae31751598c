import { readFileSync } from 'node:fs'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { callAt } from '../../src/calls/queries.ts'
import { EXAMPLE } from '../../src/cli/example/data.ts'
import { faults } from '../../src/history/queries.ts'
import { letters } from '../../src/notifications/tables.ts'
import { submittedTo } from '../../src/proposals/queries.ts'
import { proposals } from '../../src/proposals/tables.ts'
import type { Content } from '../../src/publication/content.ts'
import { visibleOf } from '../../src/publication/queries.ts'
import { rankingCsv } from '../../src/ranking/csv.ts'
import { recomputed, runsOf } from '../../src/ranking/queries.ts'
import { progressOf } from '../../src/reviews/queries.ts'
import { freshDatabase } from '../support/database.ts'
import { aStore, momentNamed, theExample } from '../support/example.ts'

type Decision = Record<
  'awarded' | 'reserve',
  {
    rank: number
    proposal: string
    title: string
    title_en: string
    library: string
    city: string
    country: string
    amount: number
    total: number
  }[]
>

t.test('the example through nine moments', async t => {
  t.setTimeout(400_000)
  const { db } = await freshDatabase(t)
  const example = theExample(db, await aStore(t))
  const stateAt = async (moment: string) => {
    await example.playTo(momentNamed(moment))
    return (await callAt(db, example.cast.callId))?.state
  }

  t.equal(await stateAt('call-open'), 'open')
  t.strictSame(await db.select().from(proposals), [], 'nobody has a draft')

  t.equal(await stateAt('drafting'), 'open')
  t.equal((await db.select().from(proposals)).length, 35, 'all 35 have begun')
  t.equal((await submittedTo(db, example.cast.callId)).length, 1, 'one has submitted')

  t.equal(await stateAt('last-hour'), 'open')
  t.equal((await submittedTo(db, example.cast.callId)).length, 26, 'nine proposals are not submitted yet')

  t.equal(await stateAt('eligibility'), 'screening')
  t.equal((await submittedTo(db, example.cast.callId)).length, 35)

  t.equal(await stateAt('judging'), 'reviewing')
  const progress = await progressOf(db, example.cast.callId)
  t.strictSame(
    [sum(progress.map(({ submitted }) => submitted)), sum(progress.map(({ assigned }) => assigned))],
    [99, 142],
    '99 of 142 reviews are in'
  )
  t.strictSame(await runsOf(db, example.cast.callId), [])

  t.equal(await stateAt('panel'), 'panel')
  t.strictSame(progressDone(await progressOf(db, example.cast.callId)), [142, 142])

  t.equal(await stateAt('objections'), 'redress')
  t.equal(
    (await db.select().from(letters).where(eq(letters.kind, 'decision'))).filter(({ releasedAt }) => releasedAt).length,
    35,
    'a letter for each'
  )
  t.strictSame(await visibleOf(db, example.cast.callId, momentNamed('objections')), [], 'nothing is public')

  t.equal(await stateAt('announced'), 'final')
  const [run] = await runsOf(db, example.cast.callId)
  t.ok(run)
  if (run) t.equal(rankingCsv(recomputed(run)), expected('ranking.csv'), 'the ranking, byte for byte')
  const [published] = await visibleOf(db, example.cast.callId, momentNamed('announced'))
  const content = published?.content as unknown as Content
  const decision: Decision = JSON.parse(expected('decision.json'))
  for (const list of ['awarded', 'reserve'] as const) {
    t.strictSame(
      content[list].map(({ rank, number, title, institution, city, country, amountCents, total }) => ({
        rank,
        proposal: number,
        title: title?.own,
        title_en: title?.en,
        library: institution?.own,
        city: city?.own,
        country,
        amount: (amountCents ?? 0) / 100,
        total: Number(total)
      })),
      decision[list],
      `${list} as expected/decision.json has them`
    )
  }
  const statistics = JSON.parse(expected('statistics.json'))
  t.strictSame(content.counts.country, statistics.by_country)
  t.strictSame(content.counts.theme, statistics.by_theme)
  t.strictSame(content.figures, {
    proposals: 35,
    countries: 11,
    languages: 9,
    jurors: 12,
    reviews: 142,
    notCounted: 1,
    fewestReaders: 3,
    mostReaders: 5,
    passed: 25,
    awardedCents: 1_875_000
  })
  t.strictSame(await faults(db), [], 'the chain of history holds')

  t.equal(await stateAt('reporting'), 'final')
})

const sum = (figures: number[]) => figures.reduce((a, b) => a + b, 0)
const progressDone = (progress: { submitted: number; assigned: number }[]) => [
  sum(progress.map(({ submitted }) => submitted)),
  sum(progress.map(({ assigned }) => assigned))
]
const expected = (name: string) => readFileSync(new URL(`expected/${name}`, EXAMPLE), 'utf8')
