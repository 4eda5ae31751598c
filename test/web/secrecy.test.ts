import { and, eq, sql } from 'drizzle-orm'
import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { awards } from '../../src/awards/tables.ts'
import { calls, confirmations } from '../../src/calls/tables.ts'
import { examined } from '../../src/cli/doctor.ts'
import { awardsHappenings } from '../../src/cli/example/awards.ts'
import { proposalFiles } from '../../src/cli/example/data.ts'
import { holdClock, releaseClock } from '../../src/db/time.ts'
import { chainOf, faults } from '../../src/history/queries.ts'
import { letters } from '../../src/notifications/tables.ts'
import { declarations, jurors } from '../../src/panel/tables.ts'
import { proposals as proposalsTable } from '../../src/proposals/tables.ts'
import { publications } from '../../src/publication/tables.ts'
import { rankings } from '../../src/ranking/tables.ts'
import { aStore, momentNamed, theExample } from '../support/example.ts'
import { type Agent, type Answer, aSite } from '../support/site.ts'

const PANEL = new Date('2026-10-29T13:00:00+02:00')
const CALL = '/organise/awards-2026'
const WINNERS = ['P30', 'P07', 'P13', 'P01', 'P15']
const NOWHERE = '00000000-0000-4000-8000-000000000000'

/** What somebody could compare two answers by, without what differs on every page. */
const seen = ({ status, text, headers, location }: Answer, path: string) => ({
  status,
  location: location.replaceAll(encodeURIComponent(path), '…'),
  type: headers.get('content-type'),
  etag: headers.get('etag'),
  text: text
    .replaceAll(path, '…')
    .replaceAll(/nonce="[^"]*"|name="_csrf" value="[^"]*"/g, '')
    .replaceAll(/\b[0-9a-f]{8}\b/g, '')
})

/** The same click, many times at once. */
const many = (agent: Agent, path: string, fields: Record<string, string> = {}, times = 6) =>
  Promise.all(Array.from({ length: times }, () => agent.post(path, fields)))

/** Their statuses. On a busy machine some may be asked to come again in a moment; what counts is what was done. */
const kinds = (answers: Answer[]) =>
  [...new Set(answers.map(({ status }) => status).filter(status => status !== 503))].sort()

t.test('what is not theirs, and what is not yet anybody’s', async t => {
  const site = await aSite(t)
  const { db } = site
  const happenings = awardsHappenings()
  const store = await aStore(t)
  const played = theExample(db, store, happenings)
  await played.playTo(momentNamed('judging'))
  const { people, proposals } = played.cast
  const person = (code: string) => people.get(code) ?? ''
  const applicantOf = (number: string) => person(proposalFiles().find(({ id }) => id === number)?.participant ?? '')
  const [call] = await db.select().from(calls).where(eq(calls.slug, 'awards-2026'))
  const [callId, programmeId] = [call?.id ?? '', call?.programmeId ?? '']
  const [first, second] = [await site.as(person('ORG-1')), await site.as(person('ORG-2'))]
  const applicant = await site.as(applicantOf('P10'))
  const own = proposals.get('P10') ?? ''
  const others = proposals.get('P30') ?? ''

  await t.test('somebody else’s proposal answers like one that never was', async t => {
    const visitor = site.visitor()
    for (const agent of [applicant, visitor])
      for (const place of ['', '/edit', '/text', '/check', '/receipt', '/withdrawal', '/result']) {
        const [there, nowhere] = [`/proposals/${others}${place}`, `/proposals/${NOWHERE}${place}`]
        t.same(seen(await agent.get(there), there), seen(await agent.get(nowhere), nowhere), there)
      }
    for (const place of ['draft', 'submission', 'withdrawal', 'attachments/sketch']) {
      const [there, nowhere] = [`/proposals/${others}/${place}`, `/proposals/${NOWHERE}/${place}`]
      const fields = { reason: 'x', title: 'x' }
      t.same(seen(await applicant.post(there, fields), there), seen(await applicant.post(nowhere, fields), nowhere))
    }
  })

  await t.test('while jurors read, an applicant’s pages name no juror, count none and tell no progress', async t => {
    const jurors = [...people].filter(([code]) => code.startsWith('J')).map(([, id]) => id)
    t.ok(jurors.length > 5)
    for (const path of [
      `/proposals/${own}`,
      `/proposals/${own}/text`,
      '/proposals',
      '/desk',
      '/calls/awards-2026',
      '/'
    ]) {
      const { text, status } = await applicant.open(path)
      t.equal(status, 200, path)
      t.notMatch(text, /jury\.example\.org|reviews? (is|are) in|\bassigned\b/, path)
      for (const id of jurors) t.notOk(text.includes(id), path)
    }
    t.equal((await applicant.get(`/proposals/${own}/result`)).status, 404)
  })

  await played.playTo(PANEL)

  await t.test('a member of the team who applied is shut out of everything that tells of the judging', async t => {
    await db.transaction(tx =>
      giveRole(tx, {
        personId: applicantOf('P10'),
        programmeId,
        role: 'organiser',
        confirmed: true,
        by: person('ORG-1')
      })
    )
    for (const place of [
      'ranking',
      'ranking.csv',
      'ranking-sheet.csv',
      'panel',
      'progress',
      'jury',
      'proposals',
      'proposals.csv',
      'assignment',
      'declarations',
      'letters',
      'publication'
    ])
      t.equal((await applicant.get(`${CALL}/${place}`)).status, 404, place)
    const overview = await applicant.open(CALL)
    t.equal(overview.status, 200)
    t.notMatch(overview.text, 'reviews in')
  })

  await t.test('clicked six times at once it is done once', async t => {
    t.same(kinds(await many(first, `${CALL}/ranking`, { reason: '' })), [303])
    t.equal((await db.select().from(rankings).where(eq(rankings.callId, callId))).length, 1)
    t.same(kinds(await many(first, `${CALL}/sign-off`)), [303])
    const asked = await db
      .select()
      .from(confirmations)
      .where(and(eq(confirmations.callId, callId), eq(confirmations.action, 'sign_off')))
    t.equal(asked.length, 1)
    const path = `${CALL}/sign-off/${asked[0]?.id}`

    const desk = await second.open('/desk')
    t.ok(desk.text.includes(`href="${path}"`), 'the desk leads to what waits')
    t.notMatch((await applicant.open('/desk')).text, 'signing off', 'whoever applied hears nothing of it')
    t.equal((await applicant.get(path)).status, 404)
    t.equal((await applicant.get(`${CALL}/confirmations/${asked[0]?.id}`)).status, 404)
    t.same(kinds(await many(first, path)), [409], 'whoever asked cannot sign')
    t.same(kinds(await many(second, path)), [303])
    const won = await db
      .select()
      .from(awards)
      .where(and(eq(awards.callId, callId), eq(awards.outcome, 'awarded')))
    t.equal(won.length, 5)

    t.same(kinds(await many(first, `${CALL}/letters`)), [303])
    t.same(kinds(await many(first, `${CALL}/letters/release`)), [303])
    const written = await db
      .select()
      .from(letters)
      .where(and(eq(letters.callId, callId), eq(letters.kind, 'decision')))
    t.equal(written.length, 35)
    t.ok(written.every(({ releasedAt }) => releasedAt !== null))
  })

  await t.test('an organiser who judges too reads the ranking without what they stand aside from', async t => {
    const [aside] = await db
      .select({ personId: jurors.personId, number: proposalsTable.number, proposalId: declarations.proposalId })
      .from(declarations)
      .innerJoin(jurors, eq(declarations.jurorId, jurors.id))
      .innerJoin(proposalsTable, eq(declarations.proposalId, proposalsTable.id))
      .where(and(eq(jurors.callId, callId), eq(declarations.decision, 'recused')))
    const { personId, number, proposalId } = { personId: '', number: '', proposalId: '', ...aside }
    await db.transaction(tx =>
      giveRole(tx, { personId: personId ?? '', programmeId, role: 'organiser', confirmed: true, by: person('ORG-1') })
    )
    const both = await site.as(personId ?? '')
    const csv = (agent: Agent) => agent.get(`${CALL}/ranking.csv`)
    t.ok((await csv(first)).text.includes(`,${number},`))
    t.notOk((await csv(both)).text.includes(`,${number},`))
    t.notOk((await both.get(`${CALL}/ranking-sheet.csv`)).text.includes(number ?? ''))
    t.notOk((await both.open(`${CALL}/ranking`)).text.includes(proposalId))
    t.equal((await both.get(`${CALL}/ranking/${proposalId}`)).status, 404)
  })

  await t.test('set for a minute, nothing of the result is anywhere before it', async t => {
    const visitor = site.visitor()
    const publicPages = ['/', '/calls/awards-2026', '/calls/awards-2026/rules', '/calls/awards-2026/rules.json']
    const before = await Promise.all(publicPages.map(path => visitor.get(path)))
    await releaseClock(db, new Date('2026-11-20T10:00:00+02:00'))
    t.equal((await first.post(`${CALL}/publication`, { day: '2026-11-24', time: '12:00' })).status, 303)
    const [asked] = await db
      .select()
      .from(confirmations)
      .where(and(eq(confirmations.callId, callId), eq(confirmations.action, 'publication')))
    const path = `${CALL}/publication/${asked?.id}`
    t.same(kinds(await many(second, path)), [303])
    t.equal((await db.select().from(publications).where(eq(publications.callId, callId))).length, 1)

    const minute = new Date('2026-11-24T12:00:00+02:00')
    await holdClock(db, new Date(minute.getTime() - 1))
    const won = proposalFiles().filter(({ id }) => WINNERS.includes(id))
    t.equal(won.length, 5)
    for (const [index, path] of publicPages.entries()) {
      const page = await visitor.get(path)
      t.equal(page.status, 200)
      t.equal(page.headers.get('etag'), before[index]?.headers.get('etag') ?? null)
      t.notOk(page.text.includes('/results'), path)
      for (const { title } of won) t.notOk(page.text.includes(title), path)
    }
    for (const form of ['', '.csv', '.json']) {
      const [there, nowhere] = [`/calls/awards-2026/results${form}`, `/calls/no-such-call/results${form}`]
      for (const agent of [visitor, applicant, first]) {
        t.same(seen(await agent.get(there), there), seen(await agent.get(nowhere), nowhere), there)
        const known = await agent.get(there, { headers: { 'if-none-match': '*', range: 'bytes=0-9' } })
        t.equal(known.status, 404)
      }
    }
    t.equal((await applicant.get(`${CALL}/ranking`)).status, 404, 'who applied is still shut out')

    await holdClock(db, minute)
    for (const form of ['', '.csv', '.json'])
      t.equal((await visitor.get(`/calls/awards-2026/results${form}`)).status, 200)
    t.equal((await applicant.get(`${CALL}/ranking`)).status, 200)
  })

  await t.test('after all of it every chain holds, and holds on when what people wrote is erased', async t => {
    t.same(await faults(db), [])
    const chain = await chainOf(db, callId)
    const named = proposalFiles().flatMap(({ title }) => [title])
    const written = JSON.stringify(chain)
    for (const name of [...named, 'example.org']) t.notOk(written.includes(name), name)

    const { database } = site
    const [role] = await db.execute<{ name: string }>(sql`select current_user as name`)
    const [one] = await database.asOwner(owner => owner`select current_user = ${role?.name ?? ''} as same`)
    // With only one role anybody may; the doctor notes that by itself.
    if (!one?.same)
      for (const work of [
        sql`delete from history_values`,
        sql`delete from history_entries`,
        sql`update history_entries set facts = '{}'`
      ])
        await t.rejects(db.execute(work), { cause: { code: '42501' } })
    await database.asOwner(owner => owner`delete from history_values`)
    t.same(await faults(db), [])
    const wrong = async () => {
      const { owner, site: role } = database
      const found = await examined({ db, store, owner, site: role })
      return found.filter(({ is }) => is === 'wrong').map(({ says }) => says)
    }
    t.same(await wrong(), [])
    await database.asOwner(owner =>
      owner.begin(async tx => {
        await tx`alter table history_entries disable trigger user`
        await tx`delete from history_entries where chain = ${callId} and position > ${chain.length - 3}`
      })
    )
    t.same(await faults(db), [], 'cut short, a chain holds in itself')
    t.match(await wrong(), [/awards-2026 no longer holds the entry that its results page names/])
  })
})
