import { randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import t from 'tap'
import { tokens } from '../../src/accounts/tables.ts'
import { keptAnswers, rateLimits } from '../../src/db/tables.ts'
import { historyEntries } from '../../src/history/tables.ts'
import { versions } from '../../src/proposals/tables.ts'
import { QUOTA } from '../../src/web/api/quotas.ts'
import { COMPLETE, LETTER, theAwards } from '../proposals/support.ts'
import { programsOf } from './support.ts'

const ANSWERS = {
  elig_participant: true,
  elig_employed: true,
  elig_director: true,
  elig_not_started: true,
  elig_single: true,
  ...Object.fromEntries(Object.entries(COMPLETE).filter(([name]) => /^[a-z]+$/.test(name))),
  keywords: ['seeds', 'villages', 'gardens'],
  milestones: [
    { month: 1, what: 'The cupboard stands' },
    { month: 6, what: 'First seeds come back' }
  ],
  budget: [
    { item: 'Cupboard', category: 'equipment', quantity: 1, unit_cost: 800, own: 200 },
    { item: 'Seeds and paper', category: 'materials', quantity: 100, unit_cost: '8.50', own: '' }
  ],
  decl_true: true,
  decl_rules: true,
  decl_publish: true
}

t.test('a program applies for its person, and knows what a page would have said', async t => {
  const { site, cast, clock } = await theAwards(t, 'call-open')
  const programs = programsOf(site)
  const ada = await programs.for(cast.people.get('BG-03') ?? '')
  const bob = await programs.for(cast.people.get('BG-04') ?? '')

  t.test('without a token only what is public opens, and a cookie is none', async t => {
    const answer = await programs.nobody.get('/proposals')
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /^Bearer/)
    t.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    t.match(answer.json, { status: 401, code: 'token_needed' })
    const browser = await site.as(cast.people.get('BG-03') ?? '')
    const byCookie = await browser.get('/api/v1/proposals')
    t.equal(byCookie.status, 401)
    const wrong = await programs.with(`laurel_${'x'.repeat(43)}`).get('/proposals')
    t.match(wrong.json, { status: 401, code: 'token_not_valid' })
    t.equal((await programs.nobody.get('/no/such/place')).json.code, 'not_found')
    for (const path of ['/no/such/place', '/desk'])
      t.match((await ada.post(path, {})).json, { status: 404, code: 'not_found' }, 'nor is there anything to do')
    t.equal((await ada.get(`/proposals/${randomUUID()}`)).status, 404)
  })

  let id = ''
  t.test('beginning twice with one key begins once', async t => {
    t.match((await ada.post('/calls/awards-2026/proposals', undefined, { key: null })).json, {
      status: 400,
      code: 'key_missing'
    })
    const key = randomUUID()
    const first = await ada.post('/calls/awards-2026/proposals', undefined, { key })
    t.equal(first.status, 201)
    id = String(first.json.id)
    t.equal(first.headers.get('location'), `/api/v1/proposals/${id}/edit`)
    t.equal(first.headers.get('set-cookie'), null)
    const again = await ada.post('/calls/awards-2026/proposals', undefined, { key })
    t.equal(again.status, 201)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.strictSame(again.json, first.json)
    t.match((await ada.post('/calls/awards-2026/proposals', { some: 'thing' }, { key })).json, {
      status: 422,
      errors: [{ pointer: '/some', code: 'unknown' }]
    })
    const other = await bob.post('/calls/awards-2026/proposals', undefined, { key })
    t.equal(other.status, 201, 'another person has keys of their own')
    t.not(other.json.id, id)
    const [began] = await site.db.select().from(historyEntries).where(eq(historyEntries.about, id))
    t.match(began, { what: 'proposal.begun', byPerson: cast.people.get('BG-03') })
    const [token] = await site.db
      .select()
      .from(tokens)
      .where(eq(tokens.id, String(began?.facts.token)))
    t.equal(token?.personId, cast.people.get('BG-03'))
  })

  t.test('the same key with another request is a mistake; two at once act once', async t => {
    const key = randomUUID()
    t.equal((await ada.post(`/proposals/${id}/withdrawal`, {}, { key: 'short' })).json.code, 'key_not_valid')
    const path = '/calls/awards-2026/proposals'
    t.equal((await ada.post(path, undefined, { key })).status, 201)
    t.match((await ada.post(`/proposals/${id}/submission`, undefined, { key })).json, {
      status: 422,
      code: 'key_reused'
    })

    const both = randomUUID()
    const answers = await Promise.all([1, 2, 3].map(() => ada.post(path, undefined, { key: both })))
    for (const { status, json } of answers) t.ok(status === 201 || json.code === 'key_in_use', `${status} ${json.code}`)
    t.ok(answers.some(({ status }) => status === 201))
  })

  t.test('a key whose process died before acting opens again; after acting, nothing is done twice', async t => {
    const path = '/calls/awards-2026/proposals'
    const key = randomUUID()
    await ada.post(path, undefined, { key })
    const mine = and(eq(keptAnswers.key, key), eq(keptAnswers.owner, cast.people.get('BG-03') ?? ''))
    const over = new Date(0)
    const [kept] = await site.db.select().from(keptAnswers).where(mine)
    t.equal(kept?.acted, true, 'noted in the transaction that began the proposal')
    await site.db.update(keptAnswers).set({ status: null, leasedUntil: over }).where(mine)
    t.match((await ada.post(path, undefined, { key })).json, { status: 409, code: 'key_answer_lost' })
    await site.db.update(keptAnswers).set({ acted: false }).where(mine)
    t.equal((await ada.post(path, undefined, { key })).status, 201)
    const [refused] = [await ada.post(`/proposals/${id}/submission`, undefined, { key: 'tried-too-early' })]
    t.match(refused?.json, { status: 422, code: 'incomplete' })
    t.same(
      await site.db.select().from(keptAnswers).where(eq(keptAnswers.key, 'tried-too-early')),
      [],
      'a refusal is not kept'
    )
  })

  t.test('saving needs the version that was seen', async t => {
    const draft = await ada.get(`/proposals/${id}/edit`)
    t.equal(draft.status, 200)
    t.equal(draft.headers.get('etag'), `"${draft.json.version}"`)
    t.equal(draft.json.title, undefined, 'what is only for eyes is not told')
    const save = `/proposals/${id}/draft`
    t.match((await ada.post(save, { answers: {} })).json, { status: 428, code: 'version_missing' })
    const ifMatch = draft.headers.get('etag') ?? ''
    t.match((await ada.post(save, { answers: { nonsense: 1 }, more: 2 }, { ifMatch })).json, {
      errors: [{ pointer: '/more', code: 'unknown' }]
    })
    t.match((await ada.post(save, { answers: { nonsense: 1 } }, { ifMatch })).json, {
      errors: [{ pointer: '/answers/nonsense', code: 'unknown' }]
    })
    const saved = await ada.post(save, { answers: ANSWERS }, { ifMatch })
    t.equal(saved.status, 200)
    t.equal(saved.headers.get('etag'), `"${saved.json.version}"`)
    t.ok((saved.json.problems as unknown[]).length > 0)
    t.match((await ada.post(save, { answers: { title: 'Other' } }, { ifMatch })).json, {
      status: 412,
      code: 'version_stale'
    })
    const now = await ada.get(`/proposals/${id}/edit`)
    t.match(now.json.answers, {
      title: COMPLETE.title,
      elig_participant: true,
      decl_true: true,
      keywords: ['seeds', 'villages', 'gardens'],
      milestones: [{ month: '1' }, { month: '6' }]
    })
    t.equal((await bob.post(save, { answers: {} }, { ifMatch })).status, 404, 'not Bob’s')
    const form = await ada.post(save, undefined, {
      ifMatch,
      headers: { 'content-type': 'application/x-www-form-urlencoded' }
    })
    t.equal(form.status, 415)
  })

  t.test('a file goes, and comes back', async t => {
    const problems = (await ada.get(`/proposals/${id}/check`)).json.problems as { field: string; code: string }[]
    const missing = problems.find(({ code }) => code === 'file_missing')?.field ?? ''
    t.strictSame([...new Set(problems.map(({ code }) => code))], ['file_missing'])
    const sent = await ada.upload(`/proposals/${id}/attachments/${missing}`, missing, LETTER)
    t.strictSame(sent.json, { received: 1 })
    const [file] = (await ada.get(`/proposals/${id}/edit`)).json.attached as { id: string; name: string }[]
    t.equal(file?.name, LETTER.name)
    const bytes = await ada.get(`/attachments/${file?.id}`)
    t.equal(bytes.status, 200)
    t.equal(bytes.headers.get('content-type'), 'application/pdf')
    t.equal((await bob.get(`/attachments/${file?.id}`)).status, 404)
  })

  t.test('submitted once, with a receipt and a list', async t => {
    const submitted = await ada.post(`/proposals/${id}/submission`)
    t.equal(submitted.status, 201, submitted.text)
    const receipt = await ada.get(submitted.json.location?.toString().replace('/api/v1', '') ?? '')
    t.match(receipt.json, { id, position: 1, stands: true, sha256: /^[0-9a-f]{64}$/ })
    t.equal((await site.db.select().from(versions).where(eq(versions.proposalId, id))).length, 1)
    const own = await ada.get('/proposals?limit=1')
    t.match(own.json.proposals, [{ id, writable: true, title: COMPLETE.title }])
    t.equal((await ada.get('/proposals?colour=red')).status, 422)
  })

  t.test('after the deadline the page and the program hear the same', async t => {
    await clock(new Date('2026-09-19T10:00:00+03:00'))
    const [bobs] = (await bob.get('/proposals')).json.proposals as { id: string }[]
    const late = await bob.post(`/proposals/${bobs?.id}/submission`)
    t.match(late.json, { status: 409, code: 'deadline_over' })
    const olu = await programs.for(cast.people.get('ORG-1') ?? '')
    const all = await olu.get('/organise/awards-2026/proposals')
    t.equal(all.status, 200, all.text)
    const rows = all.json.rows as { id: string }[]
    const seen: string[] = []
    let next = '/organise/awards-2026/proposals?limit=10'
    while (next) {
      const page = await olu.get(next)
      seen.push(...(page.json.rows as { id: string }[]).map(({ id }) => id))
      next = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
    }
    t.strictSame(
      seen,
      rows.map(({ id }) => id)
    )
    const csv = await olu.get('/organise/awards-2026/proposals', { headers: { accept: 'text/csv' } })
    t.equal(csv.headers.get('location'), '/api/v1/organise/awards-2026/proposals.csv')
    t.match((await olu.get('/organise/awards-2026/proposals.csv')).text, COMPLETE.title)
    t.equal((await ada.get('/organise/awards-2026/proposals')).status, 404)
    const one = await olu.get(`/organise/awards-2026/proposals/${id}`)
    t.match(one.json, { id, outcome: null, applicant: { email: /@/ } })
    const refusing = await olu.post(`/organise/awards-2026/proposals/${id}/screening`, { outcome: 'refused' })
    t.match(refusing.json, { status: 422, errors: [{ pointer: '/reason', code: 'screening_reason' }] })
    t.equal((await olu.post('/organise/awards-2026/screenings', { proposals: [id] })).status, 200)
    t.match((await olu.get(`/organise/awards-2026/proposals/${id}`)).json.said, [{ outcome: 'eligible' }])
  })
})

t.test('a token is made on a page, told once, and ends when it is told to', async t => {
  const { site, cast } = await theAwards(t, 'call-open')
  const ada = await site.as(cast.people.get('BG-03') ?? '')
  await ada.get('/account/tokens')
  const bare = await ada.post('/account/tokens', { name: '', scope: 'all', days: '3' })
  t.equal(bare.status, 422)
  const made = await ada.post('/account/tokens', { name: 'every evening', scope: 'read', days: '7' })
  t.equal(made.status, 200)
  const token = /laurel_[\w-]{43}/.exec(made.text)?.[0] ?? ''
  t.ok(token)
  const list = await ada.get('/account/tokens')
  t.match(list.text, 'every evening')
  t.notMatch(list.text, token)
  const [row] = await site.db.select().from(tokens)
  t.notMatch(JSON.stringify(row), token.slice(10))

  const programs = programsOf(site)
  const reader = programs.with(token)
  const read = await reader.get('/proposals')
  t.equal(read.status, 200)
  t.match(read.headers.get('ratelimit-policy'), `"token";q=${QUOTA.token};w=60`)
  t.match(read.headers.get('ratelimit'), /^"token";r=\d+;t=\d+$/)
  t.match((await reader.post('/calls/awards-2026/proposals')).json, { status: 403, code: 'token_reads_only' })
  await site.db.update(rateLimits).set({ hits: QUOTA.token })
  const tooMany = await reader.get('/proposals')
  t.match(tooMany.json, { status: 429, code: 'http_429' })
  t.ok(Number(tooMany.headers.get('retry-after')) > 0)

  const bob = await site.as(cast.people.get('BG-04') ?? '')
  await bob.get('/account/tokens')
  t.equal((await bob.post(`/account/tokens/${row?.id}/revocation`)).status, 404)
  t.equal((await ada.post(`/account/tokens/${row?.id}/revocation`)).status, 303)
  await site.db.delete(rateLimits)
  t.equal((await reader.get('/proposals')).status, 401)
  const told = await site.db
    .select()
    .from(historyEntries)
    .where(eq(historyEntries.about, row?.id ?? ''))
  t.strictSame(told.map(({ what }) => what).sort(), ['token.made', 'token.revoked'])

  const short = await programs.for(cast.people.get('BG-03') ?? '')
  await site.db
    .update(tokens)
    .set({ endsAt: new Date(0) })
    .where(eq(tokens.scope, 'act'))
  t.equal((await short.get('/proposals')).status, 401, 'its time is over')
})
