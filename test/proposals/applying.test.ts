import t from 'tap'
import { begun, COMPLETE, DEADLINE, LETTER, seconds, theAwards } from './support.ts'

t.test('Ada writes, sends a letter, checks, submits, changes and withdraws', async t => {
  const { site, as, clock } = await theAwards(t, 'call-open')
  await clock(seconds(DEADLINE, -86_400))
  const ada = await as('GR-01')
  const proposal = await begun(ada)
  t.match(proposal, /^\/proposals\/[0-9a-f-]{36}$/)
  t.equal(await begun(ada), proposal, 'one proposal per person: the same draft again')

  let page = await ada.get(`${proposal}/edit`)
  t.equal(page.status, 200)
  t.match(page.text, 'Who needs this, and how do you know?')
  t.match(page.text, 'Not started')
  const version = () => /name="_version" value="(\d+)"/.exec(page.text)?.[1] ?? ''

  t.test('saving without scripts leads back, and with one answers in figures', async t => {
    const saved = await ada.post(`${proposal}/draft`, { title: 'Seeds', _version: version() })
    t.equal(saved.status, 303)
    page = await ada.follow(saved)
    t.match(page.text, 'Saved.')
    const json = await ada.post(
      `${proposal}/draft`,
      { ...COMPLETE, _version: version() },
      { headers: { accept: 'application/json' } }
    )
    t.equal(json.status, 200)
    const said = JSON.parse(json.text)
    t.match(said, { missing: '1 thing is missing or to mend.', excluded: [] })
    t.match(said.budgets[0].sums, { total: '1,650.00', own: '200.00', requested: '1,450.00' })
  })

  t.test('what is missing is said before submitting', async t => {
    page = await ada.get(`${proposal}/edit`)
    const checked = await ada.post(`${proposal}/draft`, { _version: version(), _then: 'check' })
    t.equal(checked.location, `${proposal}/edit?check=1`)
    page = await ada.follow(checked)
    t.match(page.text, 'Not submitted yet: 1 thing to mend')
    t.match(page.text, 'The file is missing.')
    const early = await ada.post(`${proposal}/submission`)
    t.equal(early.status, 422)
    t.match(early.text, 'Not ready to submit yet')
  })

  t.test('a file comes with the form around it, and nothing typed is lost', async t => {
    page = await ada.get(`${proposal}/edit`)
    const sent = await ada.upload(
      `${proposal}/attachments/support_letter`,
      { support_letter: LETTER },
      { ...COMPLETE, risks: 'A dry summer.', _version: version() }
    )
    t.equal(sent.status, 303, sent.text.slice(0, 300))
    page = await ada.follow(sent)
    t.match(page.text, 'support letter.pdf')
    t.match(page.text, 'A dry summer.')
    const href = /\/attachments\/[0-9a-f-]{36}/.exec(page.text)?.[0] ?? ''
    const file = await ada.get(href)
    t.equal(file.status, 200)
    t.match(file.headers.get('content-disposition'), /^inline; filename="support letter.pdf"/)
    t.equal(file.headers.get('x-content-type-options'), 'nosniff')
    const bob = await as('BG-01')
    t.equal((await bob.get(href)).status, 404, 'for nobody else')
    t.equal((await bob.get(`${proposal}/edit`)).status, 404)
    t.equal((await bob.post(`${proposal}/draft`, { title: 'Mine now' })).status, 404)
  })

  t.test('a double click on submit is one version and one receipt', async t => {
    page = await ada.get(`${proposal}/check`)
    t.match(page.text, 'Read it once more, then submit')
    t.match(page.text, 'A dry summer.')
    await ada.token()
    const [first, second] = await Promise.all([ada.post(`${proposal}/submission`), ada.post(`${proposal}/submission`)])
    t.equal(first.location, `${proposal}/receipt`)
    t.equal(second.location, `${proposal}/receipt`)
    page = await ada.get(`${proposal}/receipt`)
    t.match(page.text, /Thursday 17 September 2026, 17:00:00/)
    t.match(page.text, 'Athens time (UTC+3)')
    t.match(page.text, 'version 1')
    const me = /letter to ([^\s]+@[^\s]+\.org)/.exec(page.text)?.[1] ?? ''
    const letters = await site.lettersTo(me)
    t.equal(letters.filter(({ kind }) => kind === 'receipt').length, 1)
  })

  t.test('an unfinished change never removes what was submitted', async t => {
    page = await ada.get(`${proposal}/edit`)
    await ada.post(`${proposal}/draft`, { title: '', _version: version() })
    page = await ada.get(proposal)
    t.match(page.text, 'Submitted, with a change you have not submitted yet')
    t.equal((await ada.post(`${proposal}/submission`)).status, 422)
    page = await ada.get(`${proposal}/edit`)
    await ada.post(`${proposal}/draft`, { title: 'Seeds for four villages', _version: version() })
    await ada.follow(await ada.post(`${proposal}/submission`))
    page = await ada.get(`${proposal}/receipt`)
    t.match(page.text, 'version 2')
    t.match((await ada.get(`${proposal}/receipt?version=1`)).text, 'An earlier version, since replaced')
    t.match((await ada.get(`${proposal}/text`)).text, 'Seeds for four villages')
    t.match((await ada.get('/proposals')).text, 'Seeds for four villages')
  })

  t.test('withdrawn, it stays readable and makes room for another (X01)', async t => {
    page = await ada.get(`${proposal}/withdrawal`)
    t.match(page.text, 'Withdraw this proposal?')
    await ada.post(`${proposal}/withdrawal`, { reason: 'Replaced by another <b>one</b>.' })
    page = await ada.get(proposal)
    t.match(page.text, 'You withdrew this proposal')
    t.match(page.text, 'Replaced by another &lt;b&gt;one&lt;/b&gt;.')
    t.match((await ada.get(`${proposal}/text`)).text, 'Seeds for four villages')
    t.equal((await ada.post(`${proposal}/draft`, { title: 'Again' })).status, 404)
    t.not(await begun(ada), proposal)
  })
})

t.test('the last second counts, and 42 seconds later nothing moves (X04)', async t => {
  const { as, clock } = await theAwards(t, 'call-open')
  await clock(seconds(DEADLINE, -60))
  const ada = await as('BA-03')
  const proposal = await begun(ada)
  await ada.upload(`${proposal}/attachments/support_letter`, { support_letter: LETTER }, COMPLETE)
  await ada.post(`${proposal}/draft`, COMPLETE)
  await clock(DEADLINE)
  t.equal((await ada.post(`${proposal}/submission`)).location, `${proposal}/receipt`)

  const bob = await as('BG-02')
  await clock(seconds(DEADLINE, -30))
  const late = await begun(bob)
  await bob.post(`${late}/draft`, { ...COMPLETE, title: 'Binoculars at the desk' })
  await clock(seconds(DEADLINE, 42))
  const refused = await bob.post(`${late}/submission`)
  t.equal(refused.status, 409)
  t.match(refused.text, /closed on Friday 18 September 2026, 17:00 Athens time/)
  t.match(refused.text, '17:00:42')
  const saved = await bob.post(`${late}/draft`, { title: 'One more thought' })
  t.equal(saved.status, 409)
  t.match(saved.text, 'One more thought', 'what was typed stands there for copying')
  const page = await bob.open(`${late}/edit`)
  t.match(page.text, 'The call closed before this proposal was submitted')
  t.match((await bob.get(`${late}/text`)).text, 'Binoculars at the desk')
})
