import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { holdClock, releaseClock } from '../../src/db/time.ts'
import { type Letter, releaseLetters, stopLetters, writeLetter } from '../../src/notifications/commands.ts'
import { plainName, withAddresses } from '../../src/notifications/letter.ts'
import { letters } from '../../src/notifications/tables.ts'
import { freshDatabase } from '../support/database.ts'

const aLetter = (changes: Partial<Letter> = {}): Letter => ({
  event: 'receipt:1',
  kind: 'receipt',
  email: 'ada@example.org',
  language: 'en',
  subject: 'We have your proposal',
  smallLine: 'Proposal P15',
  blocks: [
    { kind: 'paragraph', text: ['Dear Ada, your proposal ', { strong: 'Books & <boats>' }, ' is in.'] },
    { kind: 'button', href: '/proposals/1', label: 'See your proposal' },
    { kind: 'heading', text: 'Your marks' },
    { kind: 'table', head: ['Criterion', 'Mean'], rows: [['Need', '4.13']], total: ['Total', '76.50'] },
    { kind: 'quote', text: 'Много добре.', lang: 'bg' },
    { kind: 'code', text: '1234 5678' }
  ],
  release: true,
  ...changes
})

const jobs = async (db: Awaited<ReturnType<typeof freshDatabase>>['db']) =>
  (
    await db.execute<{ task: string; key: string; payload: unknown }>(
      sql`select j.task_identifier as task, j.key as key from graphile_worker.jobs j order by key`
    )
  ).map(({ task, key }) => ({ task, key }))

t.test('a letter and its sending are one with the change they tell of', async t => {
  const { db } = await freshDatabase(t)
  const id = await db.transaction(tx => writeLetter(tx, aLetter()))
  const [kept] = await db.select().from(letters)
  t.match(kept, { id, email: 'ada@example.org', releasedAt: Date, sentAt: null, tries: 0 })
  t.strictSame(await jobs(db), [{ task: 'send-letter', key: `letter:${id}` }])

  await t.rejects(
    db.transaction(async tx => {
      await writeLetter(tx, aLetter({ event: 'receipt:2' }))
      throw new Error('something else went wrong')
    }),
    'the change did not happen'
  )
  t.equal((await db.select().from(letters)).length, 1, 'and so no letter says it did')
  t.equal((await jobs(db)).length, 1)
})

t.test('a second letter about the same thing is not written', async t => {
  const { db } = await freshDatabase(t)
  await Promise.all([1, 2, 3].map(() => db.transaction(tx => writeLetter(tx, aLetter()))))
  t.equal((await db.select().from(letters)).length, 1)
  t.equal((await jobs(db)).length, 1)
})

t.test('a prepared letter waits until it is released, and a stopped one never goes', async t => {
  const { db } = await freshDatabase(t)
  const prepared = await db.transaction(tx => writeLetter(tx, aLetter({ release: false })))
  const stopped = await db.transaction(tx => writeLetter(tx, aLetter({ event: 'receipt:2', release: false })))
  if (!prepared || !stopped) throw new Error('no letter')
  t.strictSame(await jobs(db), [])

  await db.transaction(tx => stopLetters(tx, [stopped], 'withdrawn'))
  t.equal(await db.transaction(tx => releaseLetters(tx, [prepared, stopped])), 1)
  t.equal(await db.transaction(tx => releaseLetters(tx, [prepared, stopped])), 0, 'once')
  t.strictSame(await jobs(db), [{ task: 'send-letter', key: `letter:${prepared}` }])
})

t.test('letters of a replayed past are kept and never sent', async t => {
  const { db } = await freshDatabase(t)
  await holdClock(db, new Date('2026-05-01T10:00:00Z'))
  await db.transaction(tx => writeLetter(tx, aLetter()))
  await releaseClock(db)
  const [kept] = await db.select().from(letters).where(eq(letters.event, 'receipt:1'))
  t.match(kept, { madeAt: new Date('2026-05-01T10:00:00Z'), stoppedAt: Date, trouble: 'replayed' })
  t.match(kept?.html, /Fictional demonstration/)
  t.strictSame(await jobs(db), [])
})

t.test('text and page say the same, escaped where it is needed', async t => {
  const { db } = await freshDatabase(t)
  await db.transaction(tx => writeLetter(tx, aLetter()))
  const [kept] = await db.select().from(letters)
  if (!kept) throw new Error('no letter')
  const html = withAddresses(kept.html, 'https://awards.example.org')
  t.match(html, '<b>Books &amp; &lt;boats&gt;</b>')
  t.match(html, 'href="https://awards.example.org/proposals/1"')
  t.match(html, '<blockquote lang="bg"')
  t.notMatch(html, /<script|<link|<img|laurel:/)
  t.equal(
    withAddresses(kept.text, 'https://awards.example.org'),
    `Laurel

Proposal P15
We have your proposal

Dear Ada, your proposal Books & <boats> is in.

See your proposal
Or open this address: https://awards.example.org/proposals/1

Your marks
----------

Criterion   Mean
Need        4.13
Total      76.50

> Много добре.

    1234 5678

--
You receive this letter because your address is used on this site.
`
  )
})

t.test('a subject is one line, and a name carries no link', async t => {
  const { db } = await freshDatabase(t)
  await db.transaction(tx => writeLetter(tx, aLetter({ subject: 'Hello\r\nBcc: everyone@example.org' })))
  const [kept] = await db.select().from(letters)
  t.equal(kept?.subject, 'Hello Bcc: everyone@example.org')

  const names: [string, string][] = [
    ['Ада Лъвова', 'Ада Лъвова'],
    ['A. B. Petrov-Đurić', 'A. B. Petrov-Đurić'],
    ["Ana O'Neil, Jr.", "Ana O'Neil, Jr."],
    ['Win https://evil.example/x', 'Win https evil example/x'],
    ['www.evil.example', 'www evil example'],
    ['mail me@evil.example', 'mail me evil example'],
    ['Ada\r\nBcc: x', 'Ada Bcc: x'],
    ['<b>Ada</b>', 'b Ada /b']
  ]
  for (const [typed, spoken] of names) t.equal(plainName(typed), spoken)
})
