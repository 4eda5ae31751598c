import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { aBrowser, aVisitor, type Visitor, whyNoBrowser } from '../support/browser.ts'
import { aSite } from '../support/site.ts'
import { itsBundles, thePublishedExample } from './support.ts'

const RESULTS = '/calls/awards-2026/results'

t.test('anybody checks the result in their own browser', { skip: whyNoBrowser() }, async t => {
  const database = await thePublishedExample(t)
  const { open, closed } = await itsBundles(database.db)
  const site = await aSite(t, { database })
  const folder = await mkdtemp(join(tmpdir(), 'laurel-verification-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const saved = async (name: string, bundle: unknown) => {
    await writeFile(join(folder, name), typeof bundle === 'string' ? bundle : JSON.stringify(bundle))
    return join(folder, name)
  }
  const browser = await aBrowser(t)
  const answer = ({ page }: Visitor) => page.locator('[data-said] .notice').innerText()
  const steps = ({ page }: Visitor) => page.locator('[data-steps] li').allInnerTexts()
  const check = async (visitor: Visitor) => {
    await visitor.page.getByRole('button', { name: 'Check the result' }).click()
    await visitor.page.locator('[data-said] .notice').waitFor()
    await visitor.look()
  }

  await t.test('the published bundle, with the values of the results page', async t => {
    const vera = await aVisitor(browser, site.url, 'Vera')
    await vera.open(RESULTS)
    await vera.follow('Check this result')
    t.equal(await vera.heading, 'Check a result yourself')
    t.equal(await vera.page.getByLabel('Seal of the rules').inputValue(), open.seal)
    await check(vera)
    t.match(await answer(vera), /^Verified:/)
    const taken = await steps(vera)
    t.equal(taken.length, 13)
    t.match(taken[1], /worked out again: the same, as is the value given\s+Seal of the rules\s+[0-9a-f]{64}/)
    t.match(taken[5], /worked out again: the same \(35\)\s+Totals/)

    await vera.page.getByLabel('Newest entry').fill('ab'.repeat(32))
    await check(vera)
    t.match(await answer(vera), /^This differs:[\s\S]*at historyHead: the bundle says/)
    await vera.page.getByLabel('Newest entry').fill('soon')
    await vera.page.getByRole('button', { name: 'Check the result' }).click()
    t.match(await vera.page.locator('#head-mistake').innerText(), 'Copy the whole value')
    t.equal(await vera.page.evaluate(() => document.activeElement?.id), 'head')
    await vera.look()
    t.strictSame(vera.troubles, [])
  })

  await t.test('a file, without a network, on a phone: nothing is sent', async t => {
    const pavel = await aVisitor(browser, site.url, 'Pavel', { phone: true })
    await pavel.open('/verify')
    await pavel.page.waitForLoadState('networkidle')
    const sent: string[] = []
    pavel.page.on('request', request => sent.push(request.url()))
    await pavel.context.setOffline(true)
    await check(pavel)
    t.match(await answer(pavel), 'Choose the file with the bundle first.')

    const file = pavel.page.locator('#file')
    await file.setInputFiles(await saved('bundle.json', open))
    await check(pavel)
    t.match(await answer(pavel), /^Consistent:/)
    await pavel.page
      .getByLabel('Hash of the ranking')
      .fill(open.inputHash.replace('sha256:', '').replace(/(.{8})/g, '$1 '))
    await check(pavel)
    t.match(await answer(pavel), /^Verified:/)
    await pavel.page.getByLabel('Newest entry').fill('ab'.repeat(32))
    await check(pavel)
    t.match(await answer(pavel), /^This differs:/, 'two long values, and the page still fits its window')
    await pavel.page.getByLabel('Newest entry').fill('')
    await file.setInputFiles(await saved('auditor.json', closed))
    await check(pavel)
    t.match(await answer(pavel), /^Verified:/)
    t.match((await steps(pavel))[3], /worked out again: the same \(333\)/, 'the whole history')

    const tampered = structuredClone(open)
    Object.assign(tampered.selection, { awarded: ['P32', ...tampered.selection.awarded.slice(1)] })
    await file.setInputFiles(await saved('tampered.json', tampered))
    await check(pavel)
    t.match(
      await answer(pavel),
      /^This differs:[\s\S]*at selection\.awarded\[0\]: the bundle says “P32”, worked out is “P30”/
    )
    for (const [name, content, words] of [
      ['note.json', 'no JSON', 'This file is no JSON'],
      ['other.json', '{}', 'this is no result bundle']
    ] as const) {
      await file.setInputFiles(await saved(name, content))
      await check(pavel)
      t.match(await answer(pavel), words)
    }
    t.strictSame(sent, [])
    await pavel.context.setOffline(false)
    t.strictSame(pavel.troubles, [])
  })

  await t.test('without scripts the page says how else to do it', async t => {
    const nora = await aVisitor(browser, site.url, 'Nora', { scripts: false })
    await nora.open(`${RESULTS}/verification`)
    t.match(await nora.text(), 'Without it, the command line below does the same.')
    t.match(await nora.text(), `laurel -- verify bundle.json \\ --seal ${open.seal}`)
    t.equal(await nora.page.locator('form[data-verify]').isVisible(), false)
    t.strictSame(nora.troubles, [])
  })
})
