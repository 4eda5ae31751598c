import { holdClock } from '../../src/db/time.ts'
import type { Visitor } from '../support/browser.ts'
import { aLine, CALL, organiseAt, PDF, type Road } from './road.ts'
import type { Test } from './telling.ts'

/** Eight people apply: one by hand in every detail, one without scripts, one on a phone, five as quickly as HTTP allows. */
export async function applying(t: Test, road: Road): Promise<void> {
  const ada = await road.visitor('Ada')

  await t.test('Ada finds the call and makes an account with the code from her letter', async t => {
    await ada.open('/')
    await ada.follow('Grants for reading rooms')
    await ada.follow('Apply')
    await ada.follow('Make an account')
    await signUp(ada, road, 'Ada Petrova', 'ada@example.org')
    t.match(await ada.heading, 'Grants for reading rooms')
    await ada.open('/account')
    await tellWhere(ada, 'Library of Gabrovo', 'Gabrovo', 'BG')
    t.match(await ada.text(), 'Saved.')
  })

  await t.test('her draft is saved as she types, and she sees the words left', async t => {
    await ada.open(`/calls/${CALL}`)
    await ada.press('Apply')
    await ada.fill({ title: 'A reading room under the lindens' })
    const kept = ada.page.waitForResponse(
      answer => answer.url().endsWith('/draft') && answer.request().postData()?.includes('outside') === true
    )
    await ada.page.getByLabel('Summary').pressSequentially('Benches, lamps and a librarian outside')
    t.equal((await kept).status(), 200)
    await ada.page.getByText('Saved at').waitFor()
    await ada.page.locator('#summary-left b').filter({ hasText: '34 words left' }).waitFor()
    await ada.open(new URL(ada.page.url()).pathname)
    t.equal(await ada.page.getByLabel('Summary').inputValue(), 'Benches, lamps and a librarian outside')
    t.equal(await ada.page.getByLabel('Title').inputValue(), 'A reading room under the lindens')
  })

  await t.test('an answer that is too long is shown to her, linked from the top, and loses nothing', async t => {
    const long = aLine(43)
    await ada.fill({ summary: long })
    await ada.page.locator('#summary-left b').filter({ hasText: '3 words too many' }).waitFor()
    await ada.press('Check and submit')
    t.match(await ada.text(), '3 words too many. Shorten it to 40 words.')
    t.match(await ada.text(), 'The file is missing.')
    t.equal(await ada.page.getByLabel('Summary').inputValue(), long)
    await ada.page
      .getByRole('region', { name: /to mend/ })
      .getByRole('link', { name: 'Summary' })
      .click()
    t.ok(await ada.page.getByLabel('Summary').evaluate(field => field === document.activeElement))
    await ada.fill({ summary: aLine(40), theme: 'reading' })
  })

  await t.test('a file that is not what it says is refused with a sentence; a real PDF is taken', async t => {
    const choose = ada.page.locator('input[type=file]')
    await ada.meets(422, async () => {
      await choose.setInputFiles({ name: 'letter.pdf', mimeType: 'application/pdf', buffer: Buffer.from('dear all') })
      await ada.page.locator('.file.refused').waitFor()
    })
    t.match(await ada.page.locator('.file.refused').innerText(), 'letter.pdf')
    await ada.look()
    await choose.setInputFiles({ name: 'letter.pdf', mimeType: 'application/pdf', buffer: Buffer.from(PDF) })
    await ada.page.locator('.file.done').waitFor()
    t.match(await ada.page.locator('.file.done').innerText(), 'letter.pdf')
  })

  await t.test('her budget is added up while she writes, and its rule watched', async t => {
    await ada.fill({
      'budget.0.item': 'Benches',
      'budget.0.category': 'things',
      'budget.0.quantity': '6',
      'budget.0.unit_cost': '1000',
      'budget.0.own': '500'
    })
    await ada.page.locator('output[data-sum=requested]').filter({ hasText: '5,500' }).waitFor()
    await ada.page.locator('[data-rules=budget] .state.bad').waitFor()
    await ada.fill({ 'budget.0.quantity': '4' })
    await ada.page.locator('output[data-sum=requested]').filter({ hasText: '3,500' }).waitFor()
    await ada.page.locator('[data-rules=budget] .state.done').waitFor()
    t.match(await ada.page.locator('[data-rules=budget]').innerText(), 'Asked for: at most')
  })

  await t.test('she reads it once more, submits, and has her receipt on the screen and by mail', async t => {
    await ada.press('Check and submit')
    t.match(await ada.heading, 'Read it once more, then submit')
    await ada.press('Submit the proposal')
    t.match(await ada.heading, 'Your proposal is submitted')
    const number = await ada.page.locator('.stamp').innerText()
    const [receipt] = (await road.site.lettersTo('ada@example.org')).slice(-1)
    t.match(receipt?.subject, 'Received: your proposal')
    t.match(number.replace(/\s/g, ''), receipt?.subject.split(' ').at(-1))
    const digest = (await ada.page.locator('.seal code').first().innerText()).replace(/\s/g, '')
    t.match(digest, /^[0-9a-f]{64}$/)
    t.match(receipt?.text.replace(/\s/g, ''), digest)
  })

  await t.test(
    'she changes a word and submits again; a change she does not submit leaves that version standing',
    async t => {
      await ada.follow('Change the proposal')
      await ada.fill({ title: 'A reading room under the linden trees' })
      await ada.press('Check and submit')
      await ada.press('Submit the proposal')
      t.match(await ada.text(), 'version 2')
      await ada.follow('Change the proposal')
      await ada.fill({ title: 'Something quite different' })
      await ada.press('Save')
      t.match(await ada.text(), 'Version 2, submitted on')
    }
  )

  await t.test('Bob, whose browser runs no scripts, signs in with a code and adds a line to his budget', async t => {
    const bob = await road.visitor('Bob', { scripts: false })
    await road.site.person('Bob Ilić', { email: 'bob@example.org', ...placeOf('Library of Niš', 'Niš', 'RS') })
    await bob.open(`/calls/${CALL}`)
    await bob.follow('Apply')
    await bob.fill({ email: 'bob@example.org', shared: true })
    await bob.press('Send me a code instead')
    await bob.fill({ code: await road.codeFor('bob@example.org') })
    await bob.press('Sign in')
    await bob.press('Apply')
    await bob.fill({
      title: 'Stories on wheels',
      summary: 'A cart of books for the villages around.',
      theme: 'reading',
      ...budgetLine(0, 'A cart', 'things', '1', '1200')
    })
    await bob.press('Add a line')
    await bob.fill(budgetLine(1, 'A driver', 'people', '10', '80'))
    await bob.press('Calculate again')
    t.match(await bob.page.locator('tfoot').innerText(), '2,000')
    await bob.page.locator('input[type=file]').setInputFiles({
      name: 'писмо.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(PDF)
    })
    await bob.press('Send the file')
    t.match(await bob.page.locator('.file.done').innerText(), 'писмо.pdf')
    t.equal(await bob.page.locator('[name=title]').inputValue(), 'Stories on wheels')
    await bob.press('Check and submit')
    await bob.press('Submit the proposal')
    t.match(await bob.heading, 'Your proposal is submitted')
  })

  await t.test('Cleo applies from a phone', async t => {
    const cleo = await road.visitor('Cleo', { phone: true })
    await cleo.open(`/sign-up?to=/calls/${CALL}`)
    await signUp(cleo, road, 'Cleo Popa', 'cleo@example.org')
    await cleo.open('/account')
    await tellWhere(cleo, 'Library of Cluj', 'Cluj', 'RO')
    await cleo.open(`/calls/${CALL}`)
    await cleo.press('Apply')
    await cleo.fill({
      title: 'The sewing library',
      summary: 'Machines and patterns to borrow, and somebody who knows how.',
      theme: 'making',
      ...budgetLine(0, 'Machines', 'things', '5', '400')
    })
    await cleo.page.locator('input[type=file]').setInputFiles({
      name: 'letter.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(PDF)
    })
    await cleo.page.locator('.file.done').waitFor()
    await cleo.press('Check and submit')
    await cleo.press('Submit the proposal')
    t.match(await cleo.heading, 'Your proposal is submitted')
  })

  await t.test('five more apply, and somebody who is not on the list cannot', async t => {
    for (const [name = '', title = '', institution = '', city = '', country = ''] of OTHERS) {
      const person = await road.site.person(name, {
        email: `${name.split(' ')[0]?.toLowerCase()}@example.org`,
        ...placeOf(institution, city, country)
      })
      const agent = await road.site.as(person)
      const { location } = await agent.post(`/calls/${CALL}/proposals`)
      const proposal = location.replace(/\/edit.*/, '')
      await agent.get(`${proposal}/edit`)
      const answers = {
        title,
        summary: aLine(20),
        theme: 'memory',
        ...budgetLine(0, 'Everything', 'things', '1', '3000')
      }
      await agent.post(`${proposal}/draft`, answers)
      await agent.upload(`${proposal}/attachments/letter`, { letter: { name: 'letter.pdf', bytes: PDF } })
      const answer = await agent.follow(await agent.post(`${proposal}/submission`))
      t.match(answer.text, 'Your proposal is submitted', name)
    }
    const stranger = await road.site.as(await road.site.person('Zoe'))
    t.equal((await stranger.post(`/calls/${CALL}/proposals`)).status, 409)
  })

  await t.test('until the deadline Olu sees who is writing, and not what', async t => {
    const olu = await road.visitor('Olu')
    await olu.open(organiseAt('/proposals'))
    t.match(await olu.heading, '8 proposals are submitted so far')
    t.match(await olu.text(), 'Ada Petrova')
    t.notMatch(await olu.text(), 'linden')
  })

  await t.test('the deadline passes while Ada still writes: nothing moves, and the page says so', async t => {
    await holdClock(road.site.db, new Date('2027-03-31T14:00:00.001Z'))
    await ada.meets(409, async () => {
      await ada.fill({ title: 'Too late' })
      await ada.page.locator('[data-saved]').filter({ hasText: 'The call closed on' }).waitFor()
    })
    ada.page.once('dialog', dialog => void dialog.accept())
    await ada.open('/proposals')
    await ada.open(new URL(await addressOf(ada, 'Open')).pathname)
    t.match(await ada.heading, 'Your proposal takes part')
    t.match(await ada.text(), 'The call closed on')
    t.match(await ada.text(), 'A reading room under the linden trees')
    const reader = await road.visitor('a reader')
    await reader.open(`/calls/${CALL}?lang=en`)
    t.match(await reader.text(), 'Closed')
    t.equal(await reader.page.getByRole('link', { name: 'Apply' }).count(), 0)
  })
}

async function signUp(visitor: Visitor, road: Road, name: string, email: string): Promise<void> {
  await visitor.fill({ name, email })
  await visitor.press('Make an account')
  await visitor.fill({ code: await road.codeFor(email) })
  await visitor.press('Sign in')
}

async function tellWhere(visitor: Visitor, institution: string, city: string, country: string): Promise<void> {
  await visitor.fill({ institution, city, country })
  await visitor.press('Save who you are')
}

const placeOf = (institution: string, city: string, country: string) => ({ institution, city, country })

const addressOf = (visitor: Visitor, name: string) =>
  visitor.page
    .getByRole('main')
    .getByRole('link', { name })
    .first()
    .evaluate(link => (link as HTMLAnchorElement).href)

const budgetLine = (row: number, item: string, category: string, quantity: string, cost: string) => ({
  [`budget.${row}.item`]: item,
  [`budget.${row}.category`]: category,
  [`budget.${row}.quantity`]: quantity,
  [`budget.${row}.unit_cost`]: cost,
  [`budget.${row}.own`]: '0'
})

const OTHERS = [
  ['Dana Novak', 'Tools for every hand', 'Library of Ptuj', 'Ptuj', 'SI'],
  ['Emil Kolev', 'The river remembers', 'Library of Ruse', 'Ruse', 'BG'],
  ['Fani Hristova', 'Voices of the harbour', 'Library of Varna', 'Varna', 'BG'],
  ['Gora Marić', 'Street names and who they were', 'Library of Subotica', 'Subotica', 'RS'],
  ['Hana Kovač', 'A boat full of books', 'Library of Koper', 'Koper', 'SI']
]
