import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser'
import t from 'tap'
import { catalogueOf } from '../../src/i18n/catalogue.ts'
import { LANGUAGES, localeOf } from '../../src/i18n/languages.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

t.test('every sentence exists in every language', async t => {
  const english = [...catalogueOf('en').keys()].sort()
  for (const language of LANGUAGES) t.strictSame([...catalogueOf(language).keys()].sort(), english, language)
})

t.test('no sentence is empty, and none was left in English', async t => {
  const english = catalogueOf('en')
  for (const language of LANGUAGES) {
    for (const [key, text] of catalogueOf(language)) {
      if (text.trim() === '') t.fail(`${language} ${key} is empty`)
      // A sentence of several words that is the same in both was forgotten.
      if (language !== 'en' && text === english.get(key) && /[a-z]{3,} [a-z]{3,}/i.test(text.replace(/\{[^}]*\}/g, '')))
        t.fail(`${language} ${key} is still English: ${text}`)
    }
  }
  t.pass('all were looked at')
})

t.test('every sentence parses, takes the same facts in every language, and has its plural forms', async t => {
  const english = catalogueOf('en')
  for (const language of LANGUAGES) {
    const forms = new Intl.PluralRules(localeOf(language)).resolvedOptions().pluralCategories
    for (const [key, text] of catalogueOf(language)) {
      const read = parse(text, { ignoreTag: true })
      const wanted = factsOf(parse(english.get(key) ?? '', { ignoreTag: true }))
      const extra = [...factsOf(read)].filter(name => !wanted.has(name))
      if (extra.length > 0) t.fail(`${language} ${key} takes ${extra.join(', ')}, which English does not`)
      for (const missing of lackingForms(read, forms)) t.fail(`${language} ${key} lacks the plural form ${missing}`)
    }
  }
  t.pass('all were looked at')
})

t.test('every key that code and templates name exists', async t => {
  const keys = catalogueOf('en')
  const named = new Map<string, string>()
  for (const file of files(join(ROOT, 'templates'), '.hbs')) {
    for (const [, key = ''] of readFileSync(file, 'utf8').matchAll(/\(?\bt '([a-z0-9_.]+)'/gi)) named.set(key, file)
  }
  for (const file of files(join(ROOT, 'src'), '.ts')) {
    for (const [, key = ''] of readFileSync(file, 'utf8').matchAll(/\bsentence\([\w.]+,\s*'([a-z0-9_.]+)'/gi))
      named.set(key, file)
  }
  t.ok(named.size > 100, `${named.size} keys are named`)
  t.strictSame(
    [...named].filter(([key]) => !keys.has(key)).map(([key, file]) => `${key} in ${file.slice(ROOT.length)}`),
    []
  )
})

t.test('templates hold no sentence of their own', async t => {
  const literal: string[] = []
  for (const file of files(join(ROOT, 'templates'), '.hbs')) {
    const bare = readFileSync(file, 'utf8')
      .replace(/\{\{!--[\s\S]*?--\}\}|\{\{![\s\S]*?\}\}/g, '')
      .replace(/<!--[\s\S]*?-->|<(svg|style|script|code)[\s\S]*?<\/\1>/g, '')
    const attributes = [...bare.matchAll(/\b(?:alt|title|placeholder|aria-label)="([^"]*)"/g)].map(
      ([, text = '']) => text
    )
    const words = bare
      .replace(/\{\{\{?[\s\S]*?\}?\}\}/g, ' ')
      .replace(/<[^>]*>/g, '\n')
      .split('\n')
    for (const text of [...words, ...attributes.map(text => text.replace(/\{\{[\s\S]*?\}\}/g, ''))]) {
      const told = text.replace(/&[a-z]+;|Laurel|SHA-256|CSV|JSON|PDF/g, '').trim()
      if (/\p{L}{2,}/u.test(told)) literal.push(`${file.slice(ROOT.length)}: ${told}`)
    }
  }
  t.strictSame(literal, [])
})

function factsOf(elements: MessageFormatElement[]): Set<string> {
  const names = new Set<string>()
  for (const element of elements) {
    if (element.type === TYPE.literal || element.type === TYPE.pound) continue
    names.add('value' in element ? element.value : '')
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      for (const { value } of Object.values(element.options)) for (const name of factsOf(value)) names.add(name)
    }
  }
  return names
}

function lackingForms(elements: MessageFormatElement[], forms: readonly string[]): string[] {
  return elements.flatMap(element => {
    if (element.type !== TYPE.plural && element.type !== TYPE.select) return []
    const inner = Object.values(element.options).flatMap(({ value }) => lackingForms(value, forms))
    // `=0` against everything else asks whether there is any: no noun stands in it that would have forms.
    const counts = Object.keys(element.options).some(form => form !== '=0' && form !== 'other')
    const lacking =
      element.type === TYPE.plural && counts
        ? forms.filter(form => !(form in element.options) && !(form === 'one' && '=1' in element.options))
        : []
    return [...lacking, ...inner]
  })
}

function files(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ending) && !name.includes('letter.hbs'))
    .map(name => join(folder, name))
}
