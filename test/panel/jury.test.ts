import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { calls } from '../../src/calls/tables.ts'
import { holdClock } from '../../src/db/time.ts'
import { letters } from '../../src/notifications/tables.ts'
import { jurorsIn } from '../../src/panel/listing.ts'
import { assignmentsOf, jurorsOf, standingDeclarations } from '../../src/panel/queries.ts'
import { standingOf, tally } from '../../src/panel/standing.ts'
import { declarations, jurors } from '../../src/panel/tables.ts'
import { tiesIn } from '../../src/panel/ties.ts'
import { eligibleFor } from '../../src/proposals/queries.ts'
import { theAwards } from '../proposals/support.ts'

const pair = {
  automatic: ['country', 'institution'] as const,
  juror: { country: 'BG', institution: 'Reading Room', personId: 'juno' },
  proposal: { country: 'RO', institution: 'City Library', applicantId: 'ada' },
  declaration: null
}

t.test('how a juror stands to a proposal: not asked, silent, none, and what becomes of a conflict', async t => {
  const said = (kind: string, decision: 'recused' | 'no_conflict' | null = null) =>
    standingOf({ ...pair, declaration: { kind, decision } })
  const all = [
    standingOf({ ...pair, proposal: { ...pair.proposal, country: 'BG' } }),
    standingOf({ ...pair, proposal: { ...pair.proposal, applicantId: 'juno' } }),
    standingOf(pair),
    said('none'),
    said('family'),
    said('family', 'recused'),
    said('family', 'no_conflict')
  ]
  t.strictSame(all, ['automatic', 'automatic', 'silent', 'none', 'waiting', 'recused', 'cleared'])
  t.strictSame(tally(all), {
    automatic: 2,
    silent: 1,
    none: 1,
    waiting: 1,
    recused: 1,
    cleared: 1,
    asked: 5,
    declared: 4
  })
})

t.test('ties are found whatever the capitals and accents, by whole words, and scraps find nothing', async t => {
  const proposal = { applicant: 'Ana Ilić', institution: 'City Library of Lom', partners: ['Društvo Čitalaca'] }
  t.strictSame(tiesIn(['ana ilic', 'CITY LIBRARY OF LOM', 'drustvo citalaca, Vranje', 'Lom', 'Anastasia'], proposal), [
    'ana ilic',
    'CITY LIBRARY OF LOM',
    'drustvo citalaca, Vranje'
  ])
  t.strictSame(tiesIn(['The Društvo čitalaca of Vranje', ''], proposal), ['The Društvo čitalaca of Vranje'])
})

t.test('a list of jurors is everybody in it, or every line with what is wrong in it', async t => {
  const head = ['E-mail', 'email', 'Name', 'reads', 'max load', 'country', 'chair']
  t.strictSame(jurorsIn([['name']], { maxLoad: 9 }), { columns: ['email'] })
  t.strictSame(
    jurorsIn([head, ['', 'juno', '', '', 'many', 'Bulgaria', ''], ['', 'a@b.example', 'A', '', '', '', '']], {
      maxLoad: 9
    }),
    {
      troubles: [
        { line: 2, code: 'no_address', value: 'juno' },
        { line: 2, code: 'no_name', value: 'juno' },
        { line: 2, code: 'country_form', value: 'Bulgaria' },
        { line: 2, code: 'load_form', value: 'many' }
      ]
    }
  )
  const listing = jurorsIn([head, ['', 'Juno@B.example', 'Juno', 'bg; en,bg', '', 'bg', 'yes']], { maxLoad: 9 })
  t.match(listing, {
    jurors: [{ email: 'juno@b.example', name: 'Juno', reads: ['bg', 'en'], maxLoad: 9, country: 'BG', chair: true }]
  })
})

t.test('from declarations to a released assignment, and a late recusal', async t => {
  const { site, cast, as } = await theAwards(t, new Date('2026-09-28T12:00:00+03:00'))
  const { db } = site
  const call = 'awards-2026'
  const jury = `/jury/${call}/declarations`
  const organised = `/organise/${call}`
  const olu = await as('ORG-1')
  const valon = await as('J06')
  const seat = cast.jurors.get('J06') ?? ''
  const said = async () => (await standingDeclarations(db, cast.callId)).filter(({ jurorId }) => jurorId === seat)
  const eligible = await eligibleFor(db, cast.callId)
  const abroad = eligible.filter(({ version }) => version.applicant.country !== 'XK')

  // Blind: nothing of who applied, and no list that gives it away.
  const blind = (mode: string) =>
    db.update(calls).set({ rules: sql`jsonb_set(${calls.rules}, '{blind}', ${JSON.stringify(mode)}::jsonb)` })
  const [{ rules } = { rules: null }] = await db
    .select({ rules: calls.rules })
    .from(calls)
    .where(eq(calls.id, cast.callId))
  await blind('applicants_hidden')
  const hidden = (await valon.get(jury)).text
  for (const { version } of eligible) {
    t.notOk(hidden.includes(version.applicant.name), 'no applicant in a blind call')
    t.notOk(hidden.includes(version.applicant.institution), 'no institution either')
  }
  t.notMatch(hidden, 'You are not asked about these')
  await valon.post(`/jury/${call}/ties`, { ties: abroad[0]?.version.applicant.institution ?? '' })
  t.match((await olu.get(`${organised}/declarations`)).text, 'Names that meet')
  await blind(rules?.blind ?? '')

  const page = (await valon.get(jury)).text
  t.match(page, `${abroad.length} proposals wait for your word`)
  t.match(page, 'You are not asked about these')
  const [first, second] = abroad
  if (!first || !second) throw new Error('no proposals')
  t.ok(page.includes(first.version.applicant.institution.replaceAll('"', '&quot;').slice(0, 8)))
  const mistaken = await valon.post(jury, {
    [`said.${first.id}`]: 'conflict',
    [`word.${first.id}`]: 'We know each other'
  })
  t.equal(mistaken.status, 422)
  t.match(mistaken.text, 'Choose what kind of conflict it is.')
  t.match(mistaken.text, 'We know each other', 'what was typed is still there')
  const word = { [`said.${first.id}`]: 'conflict', [`kind.${first.id}`]: 'family', [`word.${first.id}`]: 'My cousin.' }
  t.equal((await valon.post(jury, { ...word, [`said.${second.id}`]: 'none' })).status, 303)
  t.equal((await said()).length, 2, 'what nothing is said of stays open')
  t.equal((await valon.post(jury, { rest: 'on' })).status, 303)
  t.equal((await said()).length, abroad.length)
  await valon.post(jury, { rest: 'on' })
  const rows = await db.select().from(declarations).where(eq(declarations.jurorId, seat))
  t.equal(rows.length, abroad.length, 'said again, nothing changes')

  t.match((await olu.get(`${organised}/declarations`)).text, 'My cousin.')
  const conflict = rows.find(({ kind }) => kind === 'family')
  const decision = { declaration: conflict?.id ?? '', decision: 'recused', reason: '' }
  t.equal((await olu.post(`${organised}/declarations/decisions`, decision)).status, 422)
  t.equal((await olu.post(`${organised}/declarations/decisions`, { ...decision, reason: 'family' })).status, 303)
  t.equal((await olu.post(`${organised}/declarations/end`)).status, 409, 'others have not declared')
  for (const code of cast.jurors.keys()) await (await as(code)).post(jury, { rest: 'on' })
  t.equal((await olu.post(`${organised}/declarations/end`)).status, 303)
  t.equal((await olu.post(`${organised}/declarations/end`)).status, 303, 'a second click changes nothing')

  t.equal((await olu.post(`${organised}/assignment/release`)).status, 409, 'nobody has a reader')
  t.equal((await olu.post(`${organised}/assignment`)).status, 303)
  const held = () => assignmentsOf(db, cast.callId)
  const wanted = eligible.length * (rules?.jury.reviewsPerProposal ?? 0)
  t.equal((await held()).length, wanted)
  t.notOk((await held()).some(({ jurorId, proposalId }) => jurorId === seat && proposalId === first.id))
  t.match((await olu.get(`${organised}/assignment`)).text, `${wanted} of ${wanted} reviews have a reader`)

  const sheet = `${organised}/assignment/${first.id}`
  t.match((await olu.get(sheet)).text, 'Declared a conflict')
  const refused = await olu.post(`${sheet}/readers`, { juror: seat, locked: 'on' })
  t.equal(refused.status, 409)
  t.match(refused.text, 'This juror stands aside')
  const [one, two] = (await held()).filter(({ proposalId }) => proposalId === first.id)
  t.equal((await olu.post(`${sheet}/locks`, { assignment: one?.id ?? '', locked: 'yes' })).status, 303)
  t.equal((await olu.post(`${sheet}/ends`, { assignment: two?.id ?? '', reason: '' })).status, 303)
  t.equal((await held()).length, wanted - 1)
  t.match((await olu.get(`${organised}/assignment`)).text, 'One reader is missing.')
  await olu.post(`${organised}/assignment`)
  t.ok(
    (await held()).some(({ id }) => id === one?.id),
    'a locked pair stays'
  )
  t.equal((await held()).length, wanted)

  // A reader more than promised fills no gap elsewhere.
  const reads = (await held()).filter(({ proposalId }) => proposalId === first.id).map(({ jurorId }) => jurorId)
  const more = /<form[^>]*\/readers"[\s\S]*?name="juror" value="([^"]+)"/.exec((await olu.get(sheet)).text)?.[1] ?? ''
  t.notOk(reads.includes(more))
  t.equal((await olu.post(`${sheet}/readers`, { juror: more })).status, 303)
  const [gap] = (await held()).filter(({ proposalId }) => proposalId === second.id)
  await olu.post(`${organised}/assignment/${second.id}/ends`, { assignment: gap?.id ?? '', reason: '' })
  t.match(
    (await olu.get(`${organised}/assignment`)).text,
    `${wanted - 1} of ${wanted} reviews have a reader, and one reader more than needed`
  )
  const spare = (await held()).find(({ jurorId, proposalId }) => jurorId === more && proposalId === first.id)
  await olu.post(`${sheet}/ends`, { assignment: spare?.id ?? '', reason: '' })
  await olu.post(`${organised}/assignment`)
  t.equal((await held()).length, wanted)

  const told = async () => (await db.select().from(letters).where(eq(letters.kind, 'assigned'))).length
  t.equal(await told(), 0, 'nobody is told before the release')
  t.equal((await valon.get(`/jury/${call}/proposals/${second.id}/recusal`)).status, 404, 'nor sees anything')
  t.equal((await olu.post(`${organised}/assignment/release`)).status, 303)
  t.equal((await olu.post(`${organised}/assignment/release`)).status, 303)
  t.equal(await told(), cast.jurors.size, 'one letter each')

  await holdClock(db, new Date('2026-10-02T09:00:00+03:00'))
  const mine = (await held()).find(({ jurorId }) => jurorId === seat)
  const recusal = `/jury/${call}/proposals/${mine?.proposalId}/recusal`
  t.match((await valon.get(recusal)).text, 'I cannot judge this proposal')
  const silent = await valon.post(`/jury/${call}/recusals`, {
    proposal: mine?.proposalId ?? '',
    kind: 'board',
    word: ''
  })
  t.equal(silent.status, 422)
  const step = { proposal: mine?.proposalId ?? '', kind: 'board', word: 'I sit on its board.' }
  t.equal((await valon.post(`/jury/${call}/recusals`, step)).status, 303)
  t.equal((await valon.post(`/jury/${call}/recusals`, step)).status, 303, 'a second click finds its way')
  t.equal((await valon.get(recusal)).status, 404, 'it is no longer theirs')
  const late = (await said()).find(({ proposalId }) => proposalId === mine?.proposalId)
  await olu.post(`${organised}/declarations/decisions`, {
    declaration: late?.id ?? '',
    decision: 'recused',
    reason: 'board'
  })
  t.equal((await held()).length, wanted - 1)
  t.equal((await olu.post(`${organised}/assignment`)).status, 303)
  t.equal((await held()).length, wanted, 'the gap is filled')
  t.equal(await told(), cast.jurors.size + 1, 'and only the new reader is told')

  // Whoever applied sees nothing of it, organiser or not; who was never asked in sees nothing either.
  const ada = await as('AL-01')
  t.equal((await ada.get(`${organised}/assignment`)).status, 404)
  const adaId = cast.people.get('AL-01') ?? ''
  await db.transaction(tx =>
    giveRole(tx, { personId: adaId, programmeId: cast.programmeId, role: 'organiser', confirmed: true, by: null })
  )
  for (const path of ['jury', 'declarations', 'assignment'])
    t.equal((await ada.get(`${organised}/${path}`)).status, 404, path)
  t.equal((await ada.post(`${organised}/assignment`)).status, 404)
  t.equal((await valon.get(`${organised}/declarations`)).status, 404, 'a juror is no organiser')
})

t.test('inviting one by one, by list, again, and taking somebody off', async t => {
  const { site, cast, as } = await theAwards(t, 'call-open')
  const { db } = site
  const path = '/organise/awards-2026/jury'
  const olu = await as('ORG-1')
  t.match((await olu.get(path)).text, 'Nobody is invited yet')
  const juno = {
    name: 'Juno',
    nameLatin: '',
    email: 'Juno@Example.org',
    language: 'bg',
    maxLoad: '9',
    reads: ['bg', 'en']
  }
  t.equal((await olu.post(path, { ...juno, email: 'juno' })).status, 422)
  t.equal((await olu.post(path, juno)).location, `${path}?done=panel.invited`)
  t.equal((await olu.post(path, juno)).location, `${path}?done=panel.invited_before`)
  t.equal((await site.lettersTo('juno@example.org')).length, 1)
  t.match((await site.lettersTo('juno@example.org'))[0]?.text, '/invitations/')

  const list = (text: string) =>
    olu.upload(`${path}/list`, { jurors: { name: 'jury.csv', bytes: text, type: 'text/csv' } })
  const broken = await list('email,name\njan@example.org,Jan\nnobody,\n')
  t.equal(broken.status, 422)
  t.match(broken.text, 'Line 3')
  t.equal((await jurorsOf(db, cast.callId)).length, 1, 'all or nothing')
  t.equal((await list('email;name;reads\njan@example.org;Jan;ro en\njuno@example.org;Juno;bg\n')).status, 303)
  t.equal((await jurorsOf(db, cast.callId)).length, 2)
  t.equal((await site.lettersTo('juno@example.org')).length, 1, 'who was invited gets no second letter')

  const [first] = await jurorsOf(db, cast.callId)
  const seat = `${path}/${first?.id}`
  t.match((await olu.get(seat)).text, 'Send the invitation again')
  await olu.post(`${seat}/invitation`)
  t.equal((await site.lettersTo('juno@example.org')).length, 1, 'a click in the same minute is the same click')
  await db.update(jurors).set({ invitedAt: sql`invited_at - interval '1 day'` })
  t.equal((await olu.post(`${seat}/invitation`)).status, 303)
  t.equal((await site.lettersTo('juno@example.org')).length, 2)
  const link = /\/invitations\/[\w-]+/.exec((await site.lettersTo('juno@example.org')).at(-1)?.text ?? '')?.[0]
  const visitor = site.visitor()
  await visitor.get(link ?? '')
  t.match((await visitor.post(`${link}/acceptance`, { name: 'Juno' })).location, '/jury/awards-2026')
  t.match((await olu.get(path)).text, '1 of 2 invited jurors have accepted')

  t.equal((await visitor.post('/jury/awards-2026/profile', { reads: 'el', maxLoad: '7', country: 'GR' })).status, 303)
  t.match((await jurorsOf(db, cast.callId))[0], { reads: ['el'], maxLoad: 7, country: 'GR', name: 'Juno' })
  t.equal((await visitor.post('/jury/awards-2026/profile', { maxLoad: 'many' })).status, 422)
  t.equal((await olu.post(seat, { name: 'Juno', maxLoad: '5', minLoad: '1', chair: 'on' })).status, 303)
  t.match((await jurorsOf(db, cast.callId))[0], { maxLoad: 5, minLoad: 1, chair: true })
  t.equal((await olu.post(`${seat}/end`)).status, 303)
  t.equal((await olu.post(`${seat}/end`)).status, 303)
  t.equal((await visitor.get('/jury/awards-2026/profile')).status, 404)
})
