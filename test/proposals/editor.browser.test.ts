import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import t from 'tap'
import { begun, COMPLETE, DEADLINE, LETTER, seconds, theAwards } from './support.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : 'no browser: apt-get install chromium, or set CHROMIUM'

t.test('the editor saves, counts and sends by itself while Ada writes', { skip }, async t => {
  const { site, as, clock } = await theAwards(t, 'call-open')
  await clock(seconds(DEADLINE, -86_400))
  const ada = await as('GR-01')
  const proposal = await begun(ada)
  await ada.post(`${proposal}/draft`, { ...COMPLETE, elig_single: 'no' })

  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const context = await browser.newContext()
  const url = site.url.replace('http:', 'https:')
  await context.addCookies([...ada.cookies].map(([name, value]) => ({ name, value, url, secure: true })))
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', error => troubles.push(String(error)))
  await page.goto(`${site.url}${proposal}/edit#title`)
  t.ok(await page.isVisible('#title'), 'a link to a field opens its section')
  while ((await page.locator('.fold:not([open])').count()) > 0)
    await page.locator('.fold:not([open]) > summary').first().click()

  await page.fill('#title', 'Typed by hand')
  await page.fill('#budget-0-unit_cost', '100')
  await page.check('[name=elig_single][value=yes]')
  await page.locator('[data-sum=total]', { hasText: '950.00' }).waitFor()
  await page.locator('#excluded .notice').waitFor({ state: 'detached' })
  t.match(await page.textContent('[data-saved]'), /^Saved at \d\d:\d\d Athens time\.$/)
  t.match((await ada.get(`${proposal}/edit`)).text, 'Typed by hand')

  await page.click('button[name=_more][value=budget]')
  t.equal(await page.locator('[data-lines=budget] tbody tr').count(), 3)

  const file = '#support_letter-file'
  await page.setInputFiles(file, { name: 'letter.docx', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await page.waitForSelector('[data-upload=support_letter] .file.refused')
  await page.setInputFiles(file, { name: 'letter.pdf', mimeType: 'x/y', buffer: Buffer.from(LETTER.bytes) })
  await page.waitForSelector('[data-upload=support_letter] .file.done')

  await ada.post(`${proposal}/draft`, { title: 'From a telephone' })
  await page.fill('#title', 'From the desk')
  await page.locator('[data-saved]', { hasText: 'another tab' }).waitFor()
  await page.click('.bar button:not([name])')
  await page.waitForURL('**/draft')
  t.equal(await page.inputValue('#title'), 'From the desk')
  t.match(await page.textContent('main'), 'From a telephone')
  t.strictSame(troubles, [])
})
