import { eq } from 'drizzle-orm'
import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { screenings, versions } from '../../src/proposals/tables.ts'
import { exampleFile, theAwards } from './support.ts'

t.test('organisers read what was submitted, check it, and save it as a table', async t => {
  const { site, cast, as } = await theAwards(t, new Date('2026-09-19T10:00:00+03:00'))
  const olu = await as('ORG-1')
  const p15 = cast.proposals.get('P15') ?? ''
  const list = '/organise/awards-2026/proposals'

  t.test('the list, a proposal, its files', async t => {
    const page = await olu.get(list)
    t.equal(page.status, 200)
    t.match(page.text, '35 submitted proposals')
    t.match(page.text, 'The library in the ferry')
    const one = await olu.get(`${list}/${p15}`)
    t.equal(one.status, 200)
    t.match(one.text, 'May this proposal go to the jury?')
    const file = /\/attachments\/[0-9a-f-]{36}/.exec(one.text)?.[0] ?? ''
    const sent = await olu.get(file)
    t.equal(sent.status, 200)
    t.match(sent.headers.get('content-disposition'), 'P15 P15_support-letter.pdf')
    t.equal(sent.text.length, new TextDecoder().decode(exampleFile('attachments/P15/P15_support-letter.pdf')).length)
    const other = await as('BG-01')
    for (const path of [file, list, `${list}/${p15}`, `${list}.csv`]) t.equal((await other.get(path)).status, 404, path)
  })

  t.test('refusing needs a reason, and a second click changes nothing', async t => {
    await olu.get(`${list}/${p15}`)
    const bare = await olu.post(`${list}/${p15}/screening`, { outcome: 'refused', reason: ' ' })
    t.equal(bare.status, 422)
    t.match(bare.text, 'Say why, in a sentence or two')
    const none = await olu.post(`${list}/${p15}/screening`, {})
    t.equal(none.status, 422)
    for (const reason of ['=1+1 no letter', '=1+1 no letter'])
      t.equal((await olu.post(`${list}/${p15}/screening`, { outcome: 'refused', reason })).status, 303)
    t.equal((await site.db.select().from(screenings).where(eq(screenings.proposalId, p15))).length, 1)
    const nikos = await as('GR-02')
    t.notMatch((await nikos.get(`/proposals/${p15}`)).text, 'no letter', 'not before all are checked')
  })

  t.test('the table is safe to open in a spreadsheet', async t => {
    const [version] = await site.db.select().from(versions).where(eq(versions.proposalId, p15))
    const formula = { title: '=HYPERLINK("http://example.org")' }
    await site.database.asOwner(
      sql => sql`update versions set answers = answers || ${sql.json(formula)} where id = ${version?.id ?? ''}`
    )
    const csv = await olu.get(`${list}.csv`)
    t.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8')
    t.match(csv.text, `"'=HYPERLINK(""http://example.org"")"`)
    t.match(csv.text, "'=1+1 no letter")
    t.match(csv.text, '3618.00')
    t.equal(csv.text.trim().split('\n').length, 36)
  })

  t.test('many pass at once, and then the check ends', async t => {
    const page = await olu.get(list)
    const ids = [...page.text.matchAll(/name="proposal" value="([^"]+)"/g)].map(([, id]) => id ?? '')
    t.equal(ids.length, 34)
    t.equal((await olu.post('/organise/awards-2026/screening/end')).status, 409, 'not while some wait')
    const passed = await olu.post('/organise/awards-2026/screenings', { proposal: ids })
    t.match((await olu.follow(passed)).text, 'End the eligibility check')
    const ended = await olu.follow(await olu.post('/organise/awards-2026/screening/end'))
    t.match(ended.text, 'Jurors declare their conflicts now')
    const nikos = await as('GR-02')
    const told = await nikos.get(`/proposals/${p15}`)
    t.match(told.text, 'did not pass the eligibility check')
    t.match(told.text, escapedReason)
    t.equal((await olu.post(`${list}/${p15}/screening`, { outcome: 'eligible' })).status, 409)
  })

  t.test('an organiser who applied here is shut out of it all', async t => {
    const personId = cast.people.get('BG-02') ?? ''
    const by = cast.people.get('ORG-1') ?? ''
    await giveRole(site.db, { personId, programmeId: cast.programmeId, role: 'organiser', confirmed: true, by })
    const both = await as('BG-02')
    for (const path of [list, `${list}/${p15}`, `${list}.csv`]) t.equal((await both.get(path)).status, 404, path)
    const own = await both.get(`/proposals/${cast.proposals.get('P08')}`)
    t.equal(own.status, 200)
  })
})

const escapedReason = '&#x3D;1+1 no letter'
