import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import view from '@fastify/view'
import type { FastifyInstance } from 'fastify'
import Handlebars from 'handlebars'
import { hasSentence, sentence } from '../i18n/catalogue.ts'
import { clockTime, longDate, money, percent, plainNumber, shortDate } from '../i18n/formats.ts'
import { inLanguage, languageTaken } from '../i18n/languages.ts'
import { icon } from './icons.ts'

export const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))

type Options = { data: { root: { lang: string; zone: string } }; hash: Record<string, unknown> }

const asDate = (value: unknown) => (value instanceof Date ? value : new Date(String(value)))

/** What templates may call. Everything else is a property of the page model, and a missing one throws. */
const helpers: Record<string, (...args: never[]) => unknown> = {
  /** `{{t 'room.key' name=value}}`: the sentence in the page's language, escaped. */
  t: (key: string, { data, hash }: Options) => sentence(data.root.lang, key, hash),
  /** `{{date at zone}}`: Friday 18 September 2026. Without a zone, the page's. */
  date: (at: unknown, ...rest: unknown[]) => onClock(longDate, at, rest),
  day: (at: unknown, ...rest: unknown[]) => onClock(shortDate, at, rest),
  time: (at: unknown, ...rest: unknown[]) => onClock(clockTime, at, rest),
  /** `{{dateTime at zone}}`: Friday 18 September 2026, 17:00 Athens time. */
  dateTime: (at: unknown, ...rest: unknown[]) => onClock(dateTimeIn, at, rest),
  iso: (at: unknown) => asDate(at).toISOString(),
  number: (value: number, ...rest: unknown[]) => {
    const options = rest.at(-1) as Options
    return plainNumber(options.data.root.lang, value, rest.length > 1 ? Number(rest[0]) : undefined)
  },
  money: (amount: number, currency: string, { data }: Options) => money(data.root.lang, amount, currency),
  percent: (share: number, { data }: Options) => percent(data.root.lang, share),
  /** `{{text texts}}`: of a text in several languages, the page's, else English, else any. */
  text: (texts: Record<string, string>, { data }: Options) => inLanguage(texts, data.root.lang),
  textLang: (texts: Record<string, string>, { data }: Options) => languageTaken(texts, data.root.lang),
  icon: (name: string) => new Handlebars.SafeString(icon(name)),
  eq: (a: unknown, b: unknown) => a === b,
  not: (a: unknown) => !a,
  or: (...args: unknown[]) => args.slice(0, -1).find(Boolean) ?? false,
  and: (...args: unknown[]) => args.slice(0, -1).every(Boolean),
  concat: (...args: unknown[]) => args.slice(0, -1).join(''),
  add: (a: number, b: number) => a + b,
  json: (value: unknown) => JSON.stringify(value)
}

function onClock(format: (language: string, at: Date, zone: string) => string, at: unknown, rest: unknown[]): string {
  const { data } = rest.at(-1) as Options
  return format(data.root.lang, asDate(at), rest.length > 1 ? String(rest[0]) : data.root.zone)
}

/** "Friday 18 September 2026, 17:00 Athens time" */
export function dateTimeIn(language: string, at: Date, zone: string): string {
  return sentence(language, 'web.date_time', {
    date: longDate(language, at, zone),
    time: clockTime(language, at, zone),
    zone: zoneName(language, zone)
  })
}

/** How a zone is called in a sentence: by its city. */
export function zoneName(language: string, zone: string): string {
  const key = `zone.${zone.replaceAll('/', '.')}`
  if (hasSentence(language, key)) return sentence(language, key)
  return sentence(language, 'zone.other', { city: zone.split('/').pop()?.replaceAll('_', ' ') ?? zone })
}

/** Handlebars with our helpers, strict, and the partials under `templates/`. */
export function registerPages(app: FastifyInstance): void {
  const engine = Handlebars.create()
  for (const [name, helper] of Object.entries(helpers)) engine.registerHelper(name, orProperty(name, helper))
  const known = Object.fromEntries(Object.keys(helpers).map(name => [name, true]))
  const compileOptions = { strict: true, knownHelpersOnly: true, knownHelpers: known }
  addParts(app, engine, compileOptions)
  void app.register(view, {
    engine: { handlebars: engine },
    root: TEMPLATES,
    layout: 'layout.hbs',
    viewExt: 'hbs',
    production: true,
    options: { partials: partials(), compileOptions }
  })
}

/**
 * A part of a page by itself, for what is the same in many answers: escaped like every page, to be set in by `{{{ }}}`.
 * It sees its own model and the language, and nothing of who reads.
 */
function addParts(
  app: FastifyInstance,
  engine: typeof Handlebars,
  options: Parameters<typeof Handlebars.compile>[1]
): void {
  const read = (file: string) => readFileSync(join(TEMPLATES, file), 'utf8')
  const compiled = new Map<string, Handlebars.TemplateDelegate>()
  app.decorate('part', (name: string, model: Record<string, unknown>, lang: string) => {
    if (compiled.size === 0)
      for (const [partial, file] of Object.entries(partials())) engine.registerPartial(partial, read(file))
    const template = compiled.get(name) ?? engine.compile(read(`${name}.hbs`), options)
    compiled.set(name, template)
    return template({ ...model, lang })
  })
}

/** `{{text}}` without anything after it is the model's `text`, also where a helper has that name. */
function orProperty(name: string, helper: (...args: never[]) => unknown): Handlebars.HelperDelegate {
  return function (this: Record<string, unknown>, ...args: unknown[]) {
    if (args.length > 1) return helper(...(args as never[]))
    if (!(name in this)) throw new Error(`"${name}" not defined in the page model`)
    return this[name]
  }
}

function partials(): Record<string, string> {
  const files = readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' }).filter(
    name => name.includes('partials/') && name.endsWith('.hbs')
  )
  // `templates/partials/field.hbs` is {{> field}}; `templates/proposals/partials/budget.hbs` is {{> proposals/budget}}.
  return Object.fromEntries(files.map(file => [file.replace('partials/', '').replace(/\.hbs$/, ''), file]))
}
