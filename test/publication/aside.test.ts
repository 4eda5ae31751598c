import { and, eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { awardsHappenings } from '../../src/cli/example/awards.ts'
import { conflicts, proposalFiles } from '../../src/cli/example/data.ts'
import { releaseClock } from '../../src/db/time.ts'
import { letters } from '../../src/notifications/tables.ts'
import { assignments, declarations, jurors } from '../../src/panel/tables.ts'
import { aStore, momentNamed, theExample } from '../support/example.ts'
import { type Answer, aSite } from '../support/site.ts'

const PANEL = new Date('2026-10-29T13:00:00+02:00')
const CALL = '/organise/awards-2026'
/** It wins, it stands in a price of a limit, and its country's other proposals are told that the award is taken. */
const KEPT = 'P30'

const plain = (text: string) => text.replaceAll('&#x27;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&')

const placeOf = ({ location }: { location: string }) => location.replace(/\?.*/, '')

t.test('an organiser who judged and declared a conflict hears nothing of that proposal', async t => {
  const site = await aSite(t)
  const { db } = site
  const played = theExample(
    db,
    await aStore(t),
    awardsHappenings().filter(({ at }) => at <= PANEL)
  )
  await played.playTo(momentNamed('judging'))
  const { people, proposals, jurors: seats, programmeId, callId } = played.cast
  const person = (code: string) => people.get(code) ?? ''
  const proposalId = proposals.get(KEPT) ?? ''
  const file = proposalFiles().find(({ id }) => id === KEPT)
  const words = [KEPT, proposalId, file?.title ?? '', file?.title_en ?? '', person(file?.participant ?? '')]
  t.ok(words.every(word => word.length > 2))
  const without = (t: Test, { status, text }: Answer, what: string) => {
    t.equal(status, 200, what)
    for (const word of words) t.notOk(plain(text).includes(word), `${what}: ${word}`)
  }

  // Somebody whom no rule keeps from it, so that what they declared is all that does.
  const [seat] = await db
    .select()
    .from(jurors)
    .where(eq(jurors.id, seats.get('J06') ?? ''))
  const aside = seat?.personId ?? ''
  await db.transaction(tx =>
    giveRole(tx, { personId: aside, programmeId, role: 'organiser', confirmed: true, by: person('ORG-1') })
  )
  const [first, second, both] = [await site.as(person('ORG-1')), await site.as(person('ORG-2')), await site.as(aside)]
  const figure = ({ text }: Answer) => Number(/of (\d+) reviews? submitted/.exec(text)?.[1] ?? Number.NaN)

  await t.test('while jurors read, its reviews are in none of the counts', async t => {
    const given = await db
      .select()
      .from(assignments)
      .where(and(eq(assignments.callId, callId), eq(assignments.proposalId, proposalId)))
    t.ok(given.length > 0)
    const overview = () => both.get(CALL).then(({ text }) => [...text.matchAll(/(\d+) of (\d+)/g)].map(([all]) => all))
    const [all, told] = [await both.get(`${CALL}/progress`), await overview()]
    await db.insert(declarations).values({
      jurorId: seat?.id ?? '',
      proposalId,
      kind: 'family',
      word: 'My cousin',
      declaredAt: new Date('2026-10-02T10:00:00+03:00'),
      decision: 'recused'
    })
    const some = await both.get(`${CALL}/progress`)
    t.equal(figure(all) - figure(some), given.length)
    without(t, some, 'progress')
    t.match(some.text, 'from which you stand aside')
    t.notSame(await overview(), told)
  })

  await played.playTo(PANEL)

  await t.test('before the ranking it is in no list and no count', async t => {
    const page = await both.get(`${CALL}/ranking`)
    // The sealed rules keep jurors from the proposals of their own country too, and they declared another conflict before.
    const others = proposalFiles().filter(({ country }) => country === seat?.country).length
    const declared = conflicts().filter(({ juror, decision }) => juror === 'J06' && decision === 'recused').length
    t.match(page.text, `${35 - others - declared - 1} proposals to rank`)
    t.match((await first.get(`${CALL}/ranking`)).text, '35 proposals to rank')
    without(t, page, 'before')
    without(t, await both.get(`${CALL}/panel`), 'panel')
  })

  await t.test('the ranking leaves out its row, its tables and the prices that name it', async t => {
    t.equal((await first.post(`${CALL}/ranking`, { reason: '' })).status, 303)
    t.match((await first.get(`${CALL}/ranking`)).text, KEPT, 'it could have leaked')
    without(t, await both.get(`${CALL}/ranking`), 'ranking')
    without(t, await both.get(`${CALL}/ranking.csv`), 'csv')
    without(t, await both.get(`${CALL}/ranking-sheet.csv`), 'sheet')
    for (const [number, id] of proposals)
      if (number === KEPT) t.equal((await both.get(`${CALL}/ranking/${id}`)).status, 404)
      else if (number < 'P06') without(t, await both.get(`${CALL}/ranking/${id}`), number)
  })

  await t.test('the sign-off shows the rest, and is for somebody else', async t => {
    const path = placeOf(await first.post(`${CALL}/sign-off`))
    t.ok(plain((await second.get(path)).text).includes(file?.title_en ?? ''), 'it could have leaked')
    const page = await both.get(path)
    without(t, page, 'sign-off')
    t.notMatch(page.text, '18,750', 'nor a sum that tells of it')
    t.equal((await both.post(path)).status, 409)
    t.equal((await second.post(path)).status, 303)
  })

  await t.test('its letter is neither in the list nor at its address', async t => {
    t.equal((await first.post(`${CALL}/letters`)).status, 303)
    t.ok((await first.get(`${CALL}/letters`)).text.includes(KEPT))
    without(t, await both.get(`${CALL}/letters`), 'letters')
    const [letter] = await db
      .select()
      .from(letters)
      .where(and(eq(letters.proposalId, proposalId), eq(letters.kind, 'decision')))
    for (const place of ['', '/page']) {
      t.equal((await first.get(`${CALL}/letters/${letter?.id}${place}`)).status, 200)
      t.equal((await both.get(`${CALL}/letters/${letter?.id}${place}`)).status, 404)
    }
    t.equal((await first.post(`${CALL}/letters/release`)).status, 303)
  })

  await t.test('nor is it in what will be published, until it is public', async t => {
    await releaseClock(db, new Date('2026-11-20T10:00:00+02:00'))
    without(t, await both.get(`${CALL}/publication`), 'publication')
    const path = placeOf(await first.post(`${CALL}/publication`, { day: '2026-11-27', time: '19:00' }))
    t.ok(plain((await second.get(path)).text).includes(file?.title_en ?? ''))
    without(t, await both.get(path), 'confirmation')
    t.equal((await both.post(path)).status, 409)
    t.equal((await second.post(path)).status, 303)
    without(t, await both.get(`${CALL}/publication`), 'publication set')
    await releaseClock(db, new Date('2026-11-27T19:00:00+02:00'))
    t.match((await both.get(`${CALL}/ranking`)).text, KEPT)
  })
})
