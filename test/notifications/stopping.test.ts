import { and, asc, eq } from 'drizzle-orm'
import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { awardsHappenings } from '../../src/cli/example/awards.ts'
import { proposalFiles } from '../../src/cli/example/data.ts'
import { releaseClock } from '../../src/db/time.ts'
import { chainOf, faults } from '../../src/history/queries.ts'
import { type Envelope, sendLetter } from '../../src/notifications/jobs.ts'
import { letters } from '../../src/notifications/tables.ts'
import { aStore, theExample } from '../support/example.ts'
import { aSite } from '../support/site.ts'

const PANEL = new Date('2026-10-29T13:00:00+02:00')
const CALL = '/organise/awards-2026'

t.test('decision letters that have not left can be stopped, and let go again', async t => {
  const site = await aSite(t)
  const { db, settings } = site
  const played = theExample(
    db,
    await aStore(t),
    awardsHappenings().filter(({ at }) => at <= PANEL)
  )
  await played.playTo(PANEL)
  const { people, proposals, programmeId, callId } = played.cast
  const person = (code: string) => people.get(code) ?? ''
  const [first, second] = [await site.as(person('ORG-1')), await site.as(person('ORG-2'))]
  const applicantOf = (proposalId: string) =>
    person(proposalFiles().find(({ id }) => proposals.get(id) === proposalId)?.participant ?? '')
  await first.post(`${CALL}/ranking`, { reason: '' })
  const signing = (await first.post(`${CALL}/sign-off`)).location.replace(/\?.*/, '')
  t.equal((await second.post(signing)).status, 303)
  t.equal((await first.post(`${CALL}/letters`)).status, 303)
  t.notMatch((await first.get(`${CALL}/letters`)).text, 'Stop what has not left', 'nothing was let go yet')
  t.equal((await first.post(`${CALL}/letters/stop`, { reason: 'Too early' })).status, 409)
  t.equal((await first.post(`${CALL}/letters/release`)).status, 303)

  // The post takes the first of them, and the others wait for their turn.
  const left: Envelope[] = []
  const mailer = { send: async (letter: Envelope) => void left.push(letter), close: () => {} }
  const post = sendLetter({ db, mailer, settings })
  const decisions = () =>
    db
      .select()
      .from(letters)
      .where(and(eq(letters.callId, callId), eq(letters.kind, 'decision')))
      .orderBy(asc(letters.id))
  const [gone, caught] = await decisions()
  await post({ letterId: gone?.id ?? '' })
  t.equal(left.length, 1)

  await t.test('a page asks first, with a reason, and only organisers', async t => {
    t.match((await first.get(`${CALL}/letters`)).text, `href="${CALL}/letters/stop"`)
    const page = await first.get(`${CALL}/letters/stop`)
    t.match(page.text, 'Stop 34 decision letters?')
    t.match(page.text, 'One letter has left and cannot be called back.')
    const empty = await first.post(`${CALL}/letters/stop`, { reason: ' ' })
    t.equal(empty.status, 422)
    t.match(empty.text, 'href="#reason"')

    const auditor = await site.person('Audra')
    await db.transaction(tx =>
      giveRole(tx, { personId: auditor.id, programmeId, role: 'auditor', confirmed: true, by: person('ORG-1') })
    )
    const reads = await site.as(auditor)
    t.notMatch((await reads.get(`${CALL}/letters`)).text, 'letters/stop')
    for (const who of [reads, await site.as(applicantOf(gone?.proposalId ?? ''))])
      for (const place of ['stop', 'resumption']) {
        t.equal((await who.get(`${CALL}/letters/${place}`)).status, 404)
        t.equal((await who.post(`${CALL}/letters/${place}`, { reason: 'x' })).status, 404)
      }
  })

  await t.test('stopped, none of the others leaves, and their applicants read no result here', async t => {
    const stops = () => first.post(`${CALL}/letters/stop`, { reason: 'A mean is wrong' })
    t.same([...new Set((await Promise.all([stops(), stops(), stops()])).map(({ status }) => status))], [303])
    const list = await first.get(`${CALL}/letters`)
    t.match(list.text, '34 letters are stopped')
    t.match(list.text, 'One had left before.')
    t.notMatch(list.text, 'Go to the publication')
    for (const { id } of await decisions()) await post({ letterId: id })
    t.equal(left.length, 1)

    const knows = await site.as(applicantOf(gone?.proposalId ?? ''))
    t.equal((await knows.get(`/proposals/${gone?.proposalId}/result`)).status, 200)
    const waits = await site.as(applicantOf(caught?.proposalId ?? ''))
    t.equal((await waits.get(`/proposals/${caught?.proposalId}/result`)).status, 404)
    for (const path of [`/proposals/${caught?.proposalId}`, '/desk'])
      t.notMatch((await waits.get(path)).text, /\/result|decision on/, path)
  })

  await t.test('nothing is published before everybody knows', async t => {
    await releaseClock(db, new Date('2026-11-20T10:00:00+02:00'))
    const asked = await first.post(`${CALL}/publication`, { day: '2026-11-27', time: '19:00' })
    t.equal(asked.status, 409)
    t.match(asked.text, 'Some applicants do not know yet')
  })

  await t.test('let go again, each leaves once', async t => {
    t.match((await second.get(`${CALL}/letters/resumption`)).text, 'Let 34 stopped letters go?')
    t.equal((await second.post(`${CALL}/letters/resumption`)).status, 303)
    t.equal((await second.post(`${CALL}/letters/resumption`)).status, 303, 'twice is once')
    t.equal((await second.get(`${CALL}/letters/resumption`)).status, 409)
    const jobs = await db.execute<{ key: string }>(
      `select key from graphile_worker.jobs where task_identifier = 'send-letter' and key = 'letter:${caught?.id}'`
    )
    t.equal(jobs.length, 1, 'its sending is among the jobs again')
    for (const { id } of await decisions()) await post({ letterId: id })
    t.equal(left.length, 35)
    t.equal(new Set(left.map(({ to }) => to)).size, 35)
    const waits = await site.as(applicantOf(caught?.proposalId ?? ''))
    t.equal((await waits.get(`/proposals/${caught?.proposalId}/result`)).status, 200)
    t.equal((await first.get(`${CALL}/letters/stop`)).status, 409, 'none is left to stop')
    t.equal((await first.post(`${CALL}/publication`, { day: '2026-11-27', time: '19:00' })).status, 303)
    const told = (await chainOf(db, callId)).map(({ what }) => what).filter(what => what.startsWith('letters.'))
    t.same(told, ['letters.prepared', 'letters.released', 'letters.stopped', 'letters.resumed'])
    t.same(await faults(db), [])
  })
})
