import { readFile } from 'node:fs/promises'
import t from 'tap'
import { awardsHappenings } from '../../src/cli/example/awards.ts'
import { proposalFiles } from '../../src/cli/example/data.ts'
import { releaseClock } from '../../src/db/time.ts'
import { spreadsheetCsv } from '../../src/ranking/sheet/files.ts'
import { aStore, theExample } from '../support/example.ts'
import { type Agent, aSite } from '../support/site.ts'

const example = (name: string) =>
  readFile(new URL(`../../src/programmes/example/expected/${name}`, import.meta.url), 'utf8')
const PANEL = new Date('2026-10-29T13:00:00+02:00')
const CALL = '/organise/awards-2026'

/** The last address that a page links to under `path`. */
function linkIn(text: string, path: string): string {
  const found = [...text.matchAll(new RegExp(`(?:href|action)="(${path}/[^"/]+)`, 'g'))].at(-1)?.[1]
  if (!found) throw new Error(`No link to ${path} on the page`)
  return found
}

const idsIn = (text: string) => [...new Set([...text.matchAll(/\bP\d\d\b/g)].map(([id]) => id))]

t.test('a download for a spreadsheet follows the language and runs nothing', async t => {
  t.equal(spreadsheetCsv([['=1+1', '2.5', 'a;b']], 'bg'), '\ufeff\'=1+1;2,5;"a;b"\r\n')
  t.equal(spreadsheetCsv([['@x', '-2.5', 'a,b']], 'en'), '\ufeff\'@x,-2.5,"a,b"\r\n')
})

t.test('from the scores to the public page, by two organisers', async t => {
  const site = await aSite(t)
  const { db } = site
  const played = theExample(
    db,
    await aStore(t),
    awardsHappenings().filter(({ at }) => at <= PANEL)
  )
  await played.playTo(PANEL)
  const { people, proposals } = played.cast
  const person = (code: string) => people.get(code) ?? ''
  const [first, second, stranger] = [await site.as(person('ORG-1')), await site.as(person('ORG-2')), site.visitor()]
  const decision = JSON.parse(await example('decision.json'))
  const numbers = (list: { proposal: string }[]) => list.map(({ proposal }) => proposal)
  const [awarded, reserve] = [numbers(decision.awarded), numbers(decision.reserve)]
  const applicant = (number: string) =>
    site.as(person(proposalFiles().find(({ id }) => id === number)?.participant ?? ''))
  let owner: Agent | null = null

  await t.test('before the panel has ended nothing is ranked', async t => {
    const page = await first.open(`${CALL}/ranking`)
    t.match(page.text, 'Not ranked yet')
    t.equal((await first.get(`${CALL}/ranking.csv`)).status, 409)
    t.equal((await stranger.get('/calls/awards-2026/results')).status, 404)
  })

  await t.test('the frozen ranking is the expected table, byte for byte', async t => {
    const frozen = await first.post(`${CALL}/ranking`, { reason: '' })
    t.equal(frozen.status, 303, frozen.text)
    const csv = await first.get(`${CALL}/ranking.csv`)
    t.equal(csv.text, await example('ranking.csv'))
    const page = await first.open(`${CALL}/ranking`)
    t.match(page.text, 'The five awards end here')
    t.match(page.text, 'ranks 3 and 4 are passed over')
    t.match(page.text, 'Serbia already has its award.')
    t.match(page.text, 'Without the limit per country P32 and P09 would come in and P01 and P15 would go out.')
    t.equal(idsIn(page.text).length, 35)
    const sheet = await first.get(`${CALL}/ranking-sheet.csv?lang=bg`)
    t.match(sheet.text, '1;P30;RS;3690,00;3;4,50')
    t.match((await first.get('/?lang=en')).status, 200)
  })

  await t.test('each proposal opens its scores, with the original where one was changed', async t => {
    const page = await first.open(`${CALL}/ranking/${proposals.get('P13')}`)
    t.equal(page.status, 200)
    t.match(page.text, 'Scores by juror')
    t.match(page.text, 'Total: 77.10 of 100')
  })

  await t.test('who asked cannot sign; the second person signs exactly what was asked', async t => {
    const asked = await first.post(`${CALL}/sign-off`)
    t.equal(asked.status, 303, asked.text)
    const path = asked.location.replace(/\?.*/, '')
    t.equal((await first.post(path)).status, 409)
    const page = await second.open(path)
    t.match(page.text, 'Sign five awards?')
    t.match(page.text, '18,750')
    t.match(page.text, 'Sign this decision')
    t.equal((await second.post(path)).status, 303)
    t.equal((await second.post(path)).status, 303, 'twice is once')
    t.match((await second.open(`${CALL}/ranking`)).text, 'Two people signed this on')
  })

  await t.test('an applicant reads nothing before the letters, and their own result after them', async t => {
    owner = await applicant('P32')
    const proposal = `/proposals/${proposals.get('P32')}`
    const own = `${proposal}/result`
    t.equal((await owner.get(own)).status, 404)
    for (const path of [proposal, '/desk']) t.notMatch((await owner.open(path)).text, 'decision', 'nor a word of it')
    await first.get(`${CALL}/letters`)
    t.equal((await first.post(`${CALL}/letters/release`)).status, 409, 'nothing is prepared')
    t.equal((await first.post(`${CALL}/letters`)).status, 303)
    const list = await first.open(`${CALL}/letters`)
    t.match(list.text, '35 decision letters')
    const letter = await first.open(linkIn(list.text, `${CALL}/letters`).replace(/\/release$/, ''))
    t.equal(letter.status, 200)
    t.match((await first.open(`${CALL}/letters/release`)).text, 'Let 35 decision letters go?')
    t.equal((await first.post(`${CALL}/letters/release`)).status, 303)
    t.equal((await first.post(`${CALL}/letters/release`)).status, 303, 'twice is once')
    const result = await owner.open(own)
    t.match(result.text, 'Number 1 on the reserve list')
    t.match(result.text, 'What the jurors wrote to you')
    t.strictSame(idsIn(result.text), ['P32'], 'nobody else’s number')
    for (const path of [proposal, '/desk'])
      t.match((await owner.open(path)).text, `href="${own}"`, `found from ${path}`)
  })

  await t.test('objections come first, then two people set the minute', async t => {
    const early = await first.post(`${CALL}/publication`, { day: '2026-11-10', time: '12:00' })
    t.equal(early.status, 409)
    await releaseClock(db, new Date('2026-11-20T10:00:00+02:00'))
    const wrong = await first.post(`${CALL}/publication`, { day: 'soon', time: '12:00' })
    t.equal(wrong.status, 422)
    t.match(wrong.text, 'value="soon"')
    const asked = await first.post(`${CALL}/publication`, { day: '2026-11-27', time: '19:00' })
    t.equal(asked.status, 303, asked.text)
    const path = asked.location.replace(/\?.*/, '')
    t.equal((await first.post(path)).status, 409)
    t.match((await second.open(path)).text, 'Publish on Friday 27 November 2026, 19:00 Athens time?')
    t.equal((await second.post(path)).status, 303)
    t.match((await second.open(`${CALL}/publication`)).text, 'The publication is set')
    t.equal((await first.post(`${CALL}/publication`, { day: '2026-11-28', time: '19:00' })).status, 409)
  })

  await t.test('the public finds nothing until the minute, then winners and reserve list and no others', async t => {
    for (const path of [
      '/calls/awards-2026/results',
      '/calls/awards-2026/results.csv',
      '/calls/awards-2026/results.json'
    ])
      t.equal((await stranger.get(path)).status, 404, path)
    await releaseClock(db, new Date('2026-11-27T19:00:00+02:00'))
    const page = await stranger.open('/calls/awards-2026/results')
    t.equal(page.status, 200)
    t.strictSame(idsIn(page.text).sort(), [...awarded, ...reserve].sort())
    t.match(page.text, 'Five proposals receive initial grants')
    for (const { title, title_en, library, city } of [...decision.awarded, ...decision.reserve]) {
      t.ok(unescaped(page.text).includes(title), title)
      t.ok(unescaped(page.text).includes(title_en), title_en)
      t.ok(unescaped(page.text).includes(library), library)
      t.ok(unescaped(page.text).includes(city), city)
    }
    t.notMatch(page.text, /\bJ\d\d\b/, 'no juror')
    const json = JSON.parse((await stranger.get('/calls/awards-2026/results.json')).text)
    t.strictSame(numbersIn(json.awarded), awarded)
    t.strictSame(numbersIn(json.reserve), reserve)
    for (const value of [json.seal, json.inputHash, json.historyHead]) t.match(value, /^(sha256:)?[0-9a-f]{64}$/)
    t.strictSame(
      json.awarded.map(({ amountCents, total }: { amountCents: number; total: string }) => [
        amountCents / 100,
        Number(total)
      ]),
      decision.awarded.map(({ amount, total }: { amount: number; total: number }) => [amount, total])
    )
    const csv = (await stranger.get('/calls/awards-2026/results.csv')).text
    t.equal(csv.trim().split('\r\n').length >= 9, true)
    const bulgarian = await stranger.open('/calls/awards-2026/results?lang=bg')
    t.match(bulgarian.text, 'Пет предложения получават начални грантове')
    t.match((await owner?.open(`/proposals/${proposals.get('P32')}/result`))?.text ?? '', 'See all results')
  })
})

const numbersIn = (list: { number: string }[]) => list.map(({ number }) => number)

const unescaped = (text: string) =>
  text
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&#x3D;', '=')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
