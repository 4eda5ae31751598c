import { readdirSync, readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { DEFAULT_LANGUAGE, isLanguage, LANGUAGES, type Language, localeOf } from './languages.ts'

const folder = new URL('./', import.meta.url)
const catalogues = new Map<string, Map<string, string>>()
const compiled = new Map<string, IntlMessageFormat>()

/** All sentences of one language: `src/i18n/<language>/<room>.json`, flat keys to ICU messages. */
export function catalogueOf(language: Language): Map<string, string> {
  const known = catalogues.get(language)
  if (known) return known
  const sentences = new Map<string, string>()
  for (const file of readdirSync(new URL(`${language}/`, folder)).filter(name => name.endsWith('.json'))) {
    const entries: Record<string, string> = JSON.parse(readFileSync(new URL(`${language}/${file}`, folder), 'utf8'))
    for (const [key, text] of Object.entries(entries)) {
      if (sentences.has(key)) throw new Error(`The sentence ${key} stands twice in the ${language} catalogue`)
      sentences.set(key, text)
    }
  }
  catalogues.set(language, sentences)
  return sentences
}

export const everyCatalogue = () => LANGUAGES.map(language => [language, catalogueOf(language)] as const)

export type Facts = Record<string, unknown>

/** The sentence for a key in a language, with its facts put in. A missing key is a bug and throws. */
export function sentence(language: string, key: string, facts: Facts = {}): string {
  const spoken = isLanguage(language) ? language : DEFAULT_LANGUAGE
  const id = `${spoken}:${key}`
  let format = compiled.get(id)
  if (!format) {
    const text = catalogueOf(spoken).get(key)
    if (text === undefined) throw new Error(`No sentence ${key} in the ${spoken} catalogue`)
    format = new IntlMessageFormat(text, localeOf(spoken), undefined, { ignoreTag: true })
    compiled.set(id, format)
  }
  const said = String(format.format(facts as Record<string, string>))
  // A Bulgarian date ends with the stop of its „г.“, which ends the sentence as well.
  return spoken === 'bg' ? said.replace(/(?<= г\.)\.(?!\.)/g, '') : said
}

export function hasSentence(language: string, key: string): boolean {
  return isLanguage(language) && catalogueOf(language).has(key)
}
