import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'

const NO_BROWSER = 'no browser: apt-get install chromium, or set CHROMIUM'
const place = process.env.CHROMIUM || '/usr/bin/chromium'

type Told = { teardown(end: () => unknown): unknown }

/** Why a test in a browser is skipped, or `false`: it runs. In CI a machine without a browser fails instead. */
export function whyNoBrowser(): string | false {
  if (existsSync(place)) return false
  if (process.env.CI) throw new Error(NO_BROWSER)
  return NO_BROWSER
}

/** A real Chromium; closed when the test ends. */
export async function aBrowser(t: Told): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: place,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run'
    ]
  })
  t.teardown(() => browser.close())
  return browser
}

export type Manner = {
  scripts?: boolean
  /** A phone, in the hand of somebody who likes it dark. */
  phone?: boolean
}

/** Somebody at a browser of their own: opens, fills in and presses, and remembers whatever went wrong on the way. */
export class Visitor {
  readonly name: string
  readonly context: BrowserContext
  readonly page: Page
  readonly scripts: boolean
  private readonly browser: Browser
  private readonly manner: Manner
  private second?: { page: Page; context: BrowserContext }
  /** Console errors, broken scripts, failed requests, answers of 400 and above that nobody expected. */
  readonly troubles: string[] = []
  private readonly expected = new Set<number>()

  constructor(name: string, browser: Browser, manner: Manner, context: BrowserContext, page: Page) {
    this.name = name
    this.browser = browser
    this.manner = manner
    this.scripts = manner.scripts ?? true
    this.context = context
    this.page = page
    const note = (what: string) => this.troubles.push(`${name} at ${page.url()}: ${what}`)
    page.on('console', message => {
      // Answers are judged by their status below.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) note(message.text())
    })
    page.on('pageerror', error => note(error.message))
    page.on('requestfailed', request => {
      const why = request.failure()?.errorText ?? ''
      // A page that is left takes its running requests with it; a download is no page.
      if (why !== 'net::ERR_ABORTED') note(`${request.method()} ${request.url()} ${why}`)
    })
    page.on('response', answer => {
      const status = answer.status()
      // On a busy machine the site asks for patience; a step that is kept from something fails by itself.
      const busy = status === 503 && 'retry-after' in answer.headers()
      if (status >= 400 && !busy && !this.expected.has(status))
        note(`${answer.request().method()} ${answer.url()} → ${status}`)
    })
  }

  /** Waits for what `work` does, in which the site is to answer with this status. */
  async meets<T>(status: number, work: () => Promise<T>): Promise<T> {
    this.expected.add(status)
    try {
      return await work()
    } finally {
      this.expected.delete(status)
    }
  }

  async open(path: string): Promise<void> {
    await this.page.goto(path)
    await this.look()
  }

  /** Presses a button and looks at the page that it leads to. */
  async press(name: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    await this.goes(within.getByRole('button', { name }).filter({ visible: true }).first())
  }

  async follow(name: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    await this.goes(within.getByRole('link', { name }).filter({ visible: true }).first())
  }

  private async goes(target: Locator): Promise<void> {
    // The document that stands there now carries a mark, so the next one is known by not having it.
    await target.evaluate(() => document.documentElement.setAttribute('data-left', ''))
    await target.click()
    await this.page.locator('html:not([data-left])').waitFor({ state: 'attached' })
    await this.page.waitForLoadState('load')
    await this.look()
  }

  /** Fills in a form by the names of its fields, opening what is folded; `true` ticks a box, a list ticks exactly these of a group. */
  async fill(fields: Record<string, string | true | string[]>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`main [name="${name}"]:not([type=hidden])`)
      for (const fold of await field.first().locator('xpath=ancestor::details[not(@open)]').all())
        await fold.locator('summary').first().click()
      const kind = await field.first().evaluate(one => (one instanceof HTMLInputElement ? one.type : one.tagName))
      if (value === true) await field.first().check()
      else if (Array.isArray(value))
        for (const box of await field.all())
          await box.setChecked(value.includes(await box.evaluate(one => (one as HTMLInputElement).value)))
      else if (kind === 'radio') await this.page.locator(`main [name="${name}"][value="${value}"]`).check()
      else if (kind === 'SELECT') await field.first().selectOption(value)
      else await field.first().fill(value)
    }
  }

  get heading(): Promise<string> {
    return this.page.getByRole('heading', { level: 1 }).innerText()
  }

  /** What stands on the page, in one line. */
  async text(): Promise<string> {
    return (await this.page.locator('main').innerText()).replace(/\s+/g, ' ')
  }

  /** Whether the page suits those who cannot see it, and fits its window. The same page is looked at once. */
  async look(): Promise<void> {
    const { page } = this
    const width = page.viewportSize()?.width ?? 0
    const body = await page.locator('body').innerHTML()
    const seen = `${width} ${body.replace(/name="_csrf" value="[^"]*"|_csrf=[^"]*/g, '')}`
    if (looked.has(seen)) return
    looked.add(seen)
    await this.axe()
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (over > 0) this.troubles.push(`${this.name} at ${page.url()}: the page is ${over} px wider than its window`)
  }

  async axe(): Promise<void> {
    const { page, context } = this.scripts ? this : await this.mirror()
    const devtools = await context.newCDPSession(page)
    const evaluate = async (expression: string) => {
      const { result, exceptionDetails } = await devtools.send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true
      })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return result.value
    }
    // By the developer tools, since the site's own policy lets no foreign script in, and stays in force.
    await evaluate(`${axeSource};0`)
    const found: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] = await evaluate(
      `axe.run(document, { preload: false, resultTypes: ['violations'] }).then(({ violations }) => violations)`
    )
    await devtools.detach()
    for (const { id, nodes } of found)
      for (const { target, failureSummary } of nodes)
        this.troubles.push(`${this.name} at ${this.page.url()}: ${id} ${target.join(' ')} ${failureSummary}`)
  }

  /** Axe is a script itself: where none run, it looks at the same page in a window that runs axe alone. */
  private async mirror(): Promise<{ page: Page; context: BrowserContext }> {
    if (!this.second) {
      const context = await newWindow(this.browser, new URL(this.page.url()).origin, { ...this.manner, scripts: true })
      const page = await context.newPage()
      await page.route('**/*', async (route, request) => {
        if (request.resourceType() === 'script') return route.abort()
        return request.isNavigationRequest() && request.frame() === page.mainFrame()
          ? route.fulfill({ contentType: 'text/html; charset=utf-8', body: await this.page.content() })
          : route.continue()
      })
      this.second = { page, context }
    }
    await this.second.context.addCookies(await this.context.cookies())
    await this.second.page.goto(this.page.url().replace(/#.*/, ''))
    return this.second
  }
}

const looked = new Set<string>()
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Somebody with a new browser window of their own, in English. */
export async function aVisitor(browser: Browser, url: string, name: string, manner: Manner = {}): Promise<Visitor> {
  const context = await newWindow(browser, url, manner)
  return new Visitor(name, browser, manner, context, await context.newPage())
}

async function newWindow(browser: Browser, baseURL: string, { scripts = true, phone = false }: Manner) {
  const context = await browser.newContext({
    baseURL,
    locale: 'en-GB',
    timezoneId: 'Europe/Sofia',
    javaScriptEnabled: scripts,
    reducedMotion: 'reduce',
    viewport: phone ? { width: 360, height: 740 } : { width: 1280, height: 900 },
    colorScheme: phone ? 'dark' : 'light',
    hasTouch: phone
  })
  context.setDefaultTimeout(20_000)
  return context
}
