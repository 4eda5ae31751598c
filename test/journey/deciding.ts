import { CALL, organiseAt, type Road } from './road.ts'
import type { Test } from './telling.ts'

const WINNERS = [
  'A reading room under the linden trees',
  'The river remembers',
  'Stories on wheels',
  'The sewing library',
  'Street names and who they were'
]
/** Third in the ranking, but also third of its country, of which two may win. */
const RESERVE = 'Voices of the harbour'
const NOT_AWARDED = 'Tools for every hand'

/** From the last review to the page that everybody can read. */
export async function deciding(t: Test, road: Road): Promise<void> {
  const olu = await road.visitor('Olu')
  const omar = await road.visitor('Omar')

  await t.test('all reviews are in: Olu closes reviewing, and the panel changes one score with its reason', async t => {
    await olu.open(organiseAt('/progress'))
    t.match(await olu.heading, '14 of 14 reviews submitted')
    await olu.press('Close reviewing now')
    t.match(await olu.text(), 'Reviewing is closed.')
    await road.clock('2027-05-18T08:00:00Z')
    await olu.open(organiseAt('/panel'))
    await olu.follow('Street names and who they were')
    await olu.fill({ criterion: 'plan', reason: 'The panel found the plan sounder than it was told.' })
    await olu.page.getByLabel('Whose score').selectOption({ index: 1 })
    await olu.page.getByLabel('New score').selectOption({ label: '3' })
    await olu.press('Record the change')
    t.match(await olu.text(), 'The change is recorded. The original is kept.')
    t.match(await olu.text(), 'was 2.5')
    t.match(await olu.text(), 'The panel found the plan sounder than it was told.')
  })

  await t.test('the frozen ranking has five winners, at most two of a country, with a reason for each', async t => {
    await olu.open(organiseAt('/ranking'))
    await olu.press('Freeze the ranking')
    const text = await olu.text()
    for (const title of [...WINNERS, NOT_AWARDED, RESERVE]) t.match(text, title)
    const tagged = (word: string) => {
      const row = olu.page.locator('.ranking tr', { has: olu.page.getByText(word, { exact: true }) })
      return row.locator('.proposal > a')
    }
    t.strictSame(await tagged('Award').allInnerTexts(), WINNERS)
    t.strictSame(await tagged('Reserve 1').allInnerTexts(), [RESERVE])
    await olu.follow(RESERVE)
    t.match(await olu.heading, RESERVE)
  })

  await t.test('Olu asks for a signature and cannot give it herself; Omar signs', async t => {
    await olu.open(organiseAt('/ranking'))
    await olu.press('Ask a second person to sign')
    t.equal(await olu.page.getByRole('button', { name: 'Sign this decision' }).count(), 0)
    await omar.open('/desk')
    await omar.follow('Look and confirm')
    for (const title of WINNERS) t.match(await omar.text(), title)
    await omar.press('Sign this decision')
    t.match(await omar.text(), 'The decision is signed.')
  })

  await t.test('the letters are prepared, read, and let go: one for each of the seven', async t => {
    await road.clock('2027-05-25T10:00:00Z')
    await olu.open(organiseAt('/letters'))
    await olu.press('Prepare the letters')
    t.match(await olu.heading, '7 decision letters')
    await olu.follow(`The decision on “${WINNERS[0]}”`)
    t.match(await olu.text(), 'Good news: your proposal')
    t.match(await olu.text(), 'Warm, well planned and close to people.')
    await olu.follow('All decision letters')
    await olu.follow('Let all letters go')
    await olu.press('Let the letters go')
    t.match(await olu.text(), 'All letters were let go')
    for (const name of ['ada', 'fani', 'dana'])
      t.match((await road.site.lettersTo(`${name}@example.org`)).at(-1)?.subject, 'The decision on')
  })

  await t.test(
    'Olu sets the minute of publication, Omar reads it and confirms; the public sees nothing yet',
    async t => {
      await olu.open(organiseAt('/publication'))
      await olu.fill({ day: '2027-06-10', time: '12:00' })
      await olu.press('Ask a second person to publish')
      await omar.open('/desk')
      await omar.follow('Look and confirm')
      for (const title of WINNERS) t.match(await omar.text(), title)
      await omar.press('Confirm the publication')
      t.match(await omar.text(), 'The publication is set.')
      await road.clock('2027-06-10T08:59:59Z')
      const reader = await road.visitor('a reader')
      await reader.meets(404, () => reader.open(`/calls/${CALL}/results`))
    }
  )

  await t.test('at that minute everybody can read the five winners and the reserve, and take them along', async t => {
    await road.clock('2027-06-10T09:00:00Z')
    const reader = await road.visitor('a reader')
    await reader.open('/?lang=en')
    await reader.follow('Grants for reading rooms')
    t.match(await reader.heading, 'Five proposals receive initial grants')
    t.strictSame(await reader.page.locator('.results > .records > .record h2').allInnerTexts(), WINNERS)
    t.match(await reader.page.getByRole('region', { name: 'Reserve list' }).innerText(), RESERVE)
    t.notMatch(await reader.text(), NOT_AWARDED)
    t.notMatch(await reader.text(), 'A boat full of books')
    await reader.open(`/calls/${CALL}/results?lang=bg`)
    t.match(await reader.text(), WINNERS[0])

    const agent = road.site.visitor()
    const json = JSON.parse((await agent.get(`/calls/${CALL}/results.json`)).text)
    const titles = (list: { title: { own: string } }[]) => list.map(({ title }) => title.own)
    t.strictSame(titles(json.awarded), WINNERS)
    t.strictSame(titles(json.reserve), [RESERVE])
    const { text: csv } = await agent.get(`/calls/${CALL}/results.csv`)
    t.equal(csv.trim().split(/\r?\n/).length, 1 + WINNERS.length + 1)
    for (const title of [...WINNERS, RESERVE]) t.match(csv, title)
    t.notMatch(csv, NOT_AWARDED)
  })

  await t.test('Ada sees her own result, with her marks and what the jurors wrote to her', async t => {
    const ada = await road.visitor('Ada')
    await ada.open('/proposals')
    await ada.follow('Open', ada.page.getByRole('main'))
    await ada.open(`${new URL(ada.page.url()).pathname}/result`)
    t.match(await ada.text(), 'Warm, well planned and close to people.')
    t.match(await ada.heading, 'Your proposal receives')
    await ada.follow('See all results')
    t.match(await ada.heading, 'Five proposals receive initial grants')
  })
}
