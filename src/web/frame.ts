import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isConnectionTrouble } from '../db/connect.ts'
import { sentence } from '../i18n/catalogue.ts'
import { inLanguage, isLanguage, LANGUAGES, type Language, negotiated, OWN_NAMES } from '../i18n/languages.ts'
import { programmeOfCall, programmeShown } from '../programmes/queries.ts'
import { byProgram } from './api/door.ts'
import type { PageOptions } from './context.ts'
import { browserModules } from './modules.ts'
import { asPage } from './shared.ts'

const YEAR = 365 * 24 * 3600

/** Who reads, in which language and colours: for every request, before anything else. */
export function readers(app: FastifyInstance): void {
  app.decorateRequest('lang', 'en' as Language)
  app.addHook('onRequest', async (request, reply) => {
    const asked = (request.query as Record<string, unknown> | undefined)?.lang
    if (isLanguage(asked)) {
      request.lang = asked
      remember(reply, 'lang', asked)
    } else {
      const kept = byProgram(request) ? undefined : request.cookies.lang
      request.lang = isLanguage(kept) ? kept : negotiated(request.headers['accept-language'])
    }
  })
}

/** A choice that is no secret: a year in a cookie that scripts may read. */
export function remember(reply: FastifyReply, name: 'lang' | 'theme', value: string): void {
  void reply.setCookie(name, value, { path: '/', maxAge: YEAR, sameSite: 'lax' })
}

/** `reply.page(template, model)`: the model together with what every page has around it. */
export function frame(app: FastifyInstance): void {
  app.decorateReply(
    'page',
    async function page(
      this: FastifyReply,
      template: string,
      model: Record<string, unknown>,
      options: PageOptions = {}
    ) {
      if (byProgram(this.request)) return this.code(options.status ?? this.statusCode).send(model)
      const { request } = this
      const around = await aroundPage(request, this, options)
      const status = options.status ?? this.statusCode
      const html = await this.viewAsync(template, { ...around, ...model })
      if (status === 200) request.server.share(request, html)
      return asPage(this.code(status)).send(html)
    }
  )
}

async function aroundPage(
  request: FastifyRequest,
  reply: FastifyReply,
  options: PageOptions
): Promise<Record<string, unknown>> {
  const { lang, person } = request
  const { db } = request.server
  const call = request.scope?.call
  const shown = call ? programmeOfCall(db, call) : programmeShown(db, request.scope?.programmeId ?? null)
  const programme = await shown.catch(error => {
    // The page that says so must not need the database itself.
    if (isConnectionTrouble(error)) return null
    throw error
  })
  const theme = request.cookies.theme
  const nav = options.nav ?? defaultNav(request)
  return {
    lang,
    dir: 'ltr',
    zone: request.scope?.call?.rules.zone ?? programme?.zone ?? 'UTC',
    theme: theme === 'light' || theme === 'dark' ? theme : '',
    title: '',
    path: request.url,
    csrf: request.sharedAs === null ? reply.generateCsrf() : '',
    nonce: request.nonce,
    nav,
    // Inside a call the places are the call's; the way back to one's own things is in one's own menu.
    deskInMenu: !nav.some(({ href }) => href === '/desk'),
    languages: LANGUAGES.map(code => ({
      code,
      name: OWN_NAMES[code],
      href: inOther(request.url, code),
      current: code === lang
    })),
    person: person && { name: person.name, initials: initials(person.name) },
    programme: programme && { name: inLanguage(programme.name, lang), href: '/' },
    organiser: programme && {
      name: programme.organiser.name,
      city: programme.organiser.city,
      contact: programme.organiser.email
    },
    demonstration: request.server.settings.demo,
    notice: options.notice ?? noticeIn(request),
    scripts: options.scripts ?? [],
    importMap: options.modules ? browserModules().importMap : ''
  }
}

/** A done thing is said once, on the page it leads to: `?done=key`. Only keys of the catalogue are spoken. */
function noticeIn(request: FastifyRequest): PageOptions['notice'] {
  const done = (request.query as Record<string, unknown> | undefined)?.done
  if (typeof done !== 'string' || !/^[a-z_.]{1,60}$/.test(done)) return null
  try {
    return { kind: 'done', text: sentence(request.lang, `done.${done}`) }
  } catch {
    return null
  }
}

function inOther(url: string, code: string): string {
  const { pathname, searchParams } = new URL(url, 'http://here')
  searchParams.set('lang', code)
  return `${pathname}?${searchParams}`
}

function initials(name: string): string {
  return name
    .split(/\s+/)
    .filter(Boolean)
    .map(word => [...word][0])
    .slice(0, 2)
    .join('')
}

function defaultNav({ lang, person, url }: FastifyRequest): NonNullable<PageOptions['nav']> {
  const path = url.split('?')[0] ?? url
  const link = (href: string, key: string) => ({ href, label: sentence(lang, key), current: path === href })
  return [...(person ? [link('/desk', 'web.nav.desk')] : []), link('/', 'web.nav.calls')]
}
