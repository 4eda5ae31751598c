import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asc, eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { addPerson, type NewPerson, startSession } from '../../src/accounts/commands.ts'
import type { Db } from '../../src/db/connect.ts'
import { letters } from '../../src/notifications/tables.ts'
import { readSettings, type Settings } from '../../src/settings.ts'
import { diskStore, type Store } from '../../src/storage/store.ts'
import { buildApp } from '../../src/web/app.ts'
import { sessionCookie } from '../../src/web/sessions.ts'
import { freshDatabase, type TestDatabase } from './database.ts'

type Told = Parameters<typeof freshDatabase>[0]

export type SiteOptions = {
  /** Puts into the database what the story begins with, before the site starts. */
  seed?: (made: TestDatabase) => Promise<unknown>
  /** A database that is there already, such as one of `databaseFrom`. */
  database?: TestDatabase
  /** Variables as in the environment: `{ DEMO: 'no' }`. */
  env?: Record<string, string>
}

export type Site = {
  app: FastifyInstance
  db: Db
  database: TestDatabase
  store: Store
  settings: Settings
  /** `http://localhost:1234`, with no slash at the end. */
  url: string
  /** Somebody with a browser of their own and no account. */
  visitor(): Agent
  /** The same, signed in: a session is put into the database and its cookie into the jar. */
  as(person: string | { id: string }, how?: { shared?: boolean }): Promise<Agent>
  /** Adds a person with a confirmed address: Ada is ada@example.org unless told otherwise. */
  person(name: string, more?: Partial<NewPerson>): Promise<{ id: string; name: string; email: string }>
  /** Letters to an address, the oldest first. */
  lettersTo(email: string): Promise<(typeof letters.$inferSelect)[]>
}

export const SECRET = 'a secret that only the tests know of, long enough'

/** The whole site on a database of its own, listening on a port of its own; gone when the test ends. */
export async function aSite(t: Told, { seed, database, env }: SiteOptions = {}): Promise<Site> {
  const made = database ?? (await freshDatabase(t))
  const folder = await mkdtemp(join(tmpdir(), 'laurel-site-'))
  const settings = readSettings({ LOG_LEVEL: 'silent', PORT: '0', DATA_DIR: folder, ...env })
  const store = await diskStore(join(folder, 'files'))
  await seed?.(made)
  const app = await buildApp({ db: made.db, store, settings, secret: SECRET, logger: false })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://localhost:${(app.server.address() as AddressInfo).port}`
  if (!env?.BASE_URL) settings.baseUrl = url
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  })

  const { db } = made
  const visitor = () => new Agent(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  return {
    app,
    db,
    database: made,
    store,
    settings,
    url,
    visitor,
    async as(person, { shared = false } = {}) {
      const personId = typeof person === 'string' ? person : person.id
      const token = await startSession(db, { personId, shared, factors: ['test'], address: '127.0.0.1' })
      const agent = visitor()
      agent.cookies.set(sessionCookie(settings), token)
      return agent
    },
    async person(name, more = {}) {
      const email = more.email ?? `${name.toLowerCase().replace(/\s+/g, '.')}@example.org`
      const id = await db.transaction(tx => addPerson(tx, { confirmed: true, ...more, name, email }))
      return { id, name, email }
    },
    lettersTo: email => db.select().from(letters).where(eq(letters.email, email)).orderBy(asc(letters.madeAt))
  }
}

export type Answer = {
  status: number
  headers: Headers
  text: string
  /** Where a redirect leads, or ''. */
  location: string
}

type Fields = Record<string, string | number | boolean | readonly string[]>
type Manner = {
  headers?: Record<string, string> /** Instead of the token read from the last page; null: none at all. */
  csrf?: string | null
}

/** A browser without scripts: keeps cookies, sends the token of the page it saw last, and does not follow redirects by itself. */
export class Agent {
  readonly cookies = new Map<string, string>()
  readonly base: string
  #csrf = ''

  constructor(base: string) {
    this.base = base
  }

  async get(path: string, { headers }: Manner = {}): Promise<Answer> {
    return this.#send(path, { headers: headers ?? {} })
  }

  /** Follows redirects to the page they end at. */
  async open(path: string, manner: Manner = {}): Promise<Answer> {
    return this.follow(await this.get(path, manner))
  }

  async follow(answer: Answer): Promise<Answer> {
    let last = answer
    for (let step = 0; last.location && step < 10; step++) last = await this.get(last.location)
    return last
  }

  /** A list sends its field once for each value, as boxes that are ticked do; `true` is `on`, `false` is not sent. */
  async post(path: string, fields: Fields = {}, { headers, csrf }: Manner = {}): Promise<Answer> {
    const body = new URLSearchParams()
    for (const [name, value] of entriesOf(fields)) body.append(name, value)
    const token = csrf === undefined ? await this.token() : csrf
    if (token !== null) body.append('_csrf', token)
    return this.#send(path, { method: 'POST', body, headers: headers ?? {} })
  }

  /** A multipart form; its token is in the address, since such bodies are read only by the handler. */
  async upload(
    path: string,
    files: Record<string, { name: string; bytes: Uint8Array<ArrayBuffer> | string; type?: string }>,
    fields: Fields = {},
    { headers, csrf }: Manner = {}
  ): Promise<Answer> {
    const body = new FormData()
    for (const [name, value] of entriesOf(fields)) body.append(name, value)
    for (const [field, { name, bytes, type }] of Object.entries(files))
      body.append(field, new File([bytes], name, type ? { type } : {}))
    const token = csrf === undefined ? await this.token() : csrf
    const joint = path.includes('?') ? '&' : '?'
    const to = token === null ? path : `${path}${joint}_csrf=${encodeURIComponent(token)}`
    return this.#send(to, { method: 'POST', body, headers: headers ?? {} })
  }

  /** The token of the page seen last; without one, any page is asked for one, and that nothing is there is a page too. */
  async token(): Promise<string> {
    if (!this.#csrf) await this.get('/nowhere')
    return this.#csrf
  }

  async #send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(new URL(path, this.base), {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', 'accept-language': 'en', ...(cookie && { cookie }), ...init.headers }
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const text = await response.text()
    const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1]
    if (token) this.#csrf = unescaped(token)
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get('location') ?? ''
    }
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
    const gone = /;\s*max-age=0/i.test(line) || /;\s*expires=Thu, 01 Jan 1970/i.test(line)
    if (gone) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

function entriesOf(fields: Fields): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (Array.isArray(value)) return value.map(each => [name, each])
    if (value === false) return []
    return [[name, value === true ? 'on' : String(value)]]
  })
}

/** What Handlebars escaped. */
const unescaped = (text: string) =>
  text
    .replaceAll('&#x3D;', '=')
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
