import type { Browser } from 'playwright-core'
import { holdClock } from '../../src/db/time.ts'
import { aVisitor, type Manner, type Visitor } from '../support/browser.ts'
import type { Site } from '../support/site.ts'

/** What the steps of the journey hand on to each other. */
export type Road = {
  site: Site
  browser: Browser
  /** Everybody who has a browser open, by name. */
  visitors: Map<string, Visitor>
  /** Opens a browser for somebody; the same one when they come again. */
  visitor(name: string, manner?: Manner): Promise<Visitor>
  /** Moves the clock that decides, and lets it stand there. */
  clock(at: string): Promise<void>
  /** The link in the newest letter to somebody, which begins with this path; without the site's address. */
  linkFor(email: string, path: string): Promise<string>
  codeFor(email: string): Promise<string>
}

export const CALL = 'awards-2027'
export const organiseAt = (rest = '') => `/organise/${CALL}${rest}`

export function aRoad(site: Site, browser: Browser): Road {
  const visitors = new Map<string, Visitor>()
  const newest = async (email: string) => {
    const letters = await site.lettersTo(email)
    const letter = letters.at(-1)
    if (!letter) throw new Error(`no letter to ${email}`)
    return letter.text
  }
  return {
    site,
    browser,
    visitors,
    async visitor(name, manner) {
      const known = visitors.get(name)
      if (known) return known
      const made = await aVisitor(browser, site.url, name, manner)
      visitors.set(name, made)
      return made
    },
    clock: at => holdClock(site.db, new Date(at)),
    async linkFor(email, path) {
      const text = await newest(email)
      const [, link] = text.match(new RegExp(`(?:https?://[^/\\s]+|laurel:)(${path}[^\\s]*)`)) ?? []
      if (!link) throw new Error(`no link to ${path} in the letter to ${email}: ${text}`)
      return link
    },
    async codeFor(email) {
      const [code] = (await newest(email)).match(/\b\d{4}\s?\d{4}\b/) ?? []
      if (!code) throw new Error(`no code in the letter to ${email}`)
      return code
    }
  }
}

/** The smallest file that passes for a PDF. */
export const PDF = '%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n'

/** A sentence of so many words. */
export const aLine = (words: number) => Array.from({ length: words }, (_, place) => `word${place + 1}`).join(' ')
