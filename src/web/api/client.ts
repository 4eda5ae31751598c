/**
 * A small client for a Laurel site: copy this file, nothing else is needed. It runs in Node 20 and later, in Deno, Bun and browsers.
 *
 *     const laurel = new Laurel('https://awards.example.org', process.env.LAUREL_TOKEN)
 *     const { id } = await laurel.act(`/calls/awards-2026/proposals`)
 *     await laurel.edit(`/proposals/${id}/edit`, `/proposals/${id}/draft`, { answers: { title: 'Seeds to lend' } })
 *     await laurel.act(`/proposals/${id}/submission`)
 */

/** Why the site said no: an RFC 9457 problem with a code that stays the same, and a sentence for people. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly errors: { pointer: string; code: string; detail: string }[]

  constructor(told: { status: number; code: string; detail: string; errors?: Problem['errors'] }) {
    super(`${told.status} ${told.code}: ${told.detail}`)
    this.name = 'Problem'
    this.status = told.status
    this.code = told.code
    this.errors = told.errors ?? []
  }
}

/** What an act answers: where to read on, and what came into being. */
export type Done = { location: string; id?: string; done?: string }

export class Laurel {
  readonly #base: string
  readonly #token: string | undefined

  constructor(site: string, token?: string) {
    this.#base = `${site.replace(/\/$/, '')}/api/v1`
    this.#token = token
  }

  /** What stands at an address. */
  async get<Told>(path: string): Promise<Told> {
    return (await this.#ask(path)).json() as Promise<Told>
  }

  /** A file: an attachment, a table, a bundle. */
  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask(path)).arrayBuffer())
  }

  /** Every entry of a long list, page after page. */
  async *list<Entry>(path: string, name: string): AsyncGenerator<Entry> {
    for (let next: string | undefined = path; next; ) {
      const answer: Response = await this.#ask(next)
      yield* ((await answer.json()) as Record<string, Entry[]>)[name] ?? []
      next = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
    }
  }

  /** Makes or decides something, once: a try after a broken connection carries the same key. */
  async act<Told = Done>(path: string, body: object = {}, more: Record<string, string> = {}): Promise<Told> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...more }
    return (await this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<Told>
  }

  /** Changes what was read at `from`, and nothing that somebody has saved since: then the site answers 412. */
  async edit<Told = Done>(from: string, to: string, body: object): Promise<Told> {
    const etag = (await this.#ask(from)).headers.get('etag')
    return this.act<Told>(to, body, etag ? { 'if-match': etag } : {})
  }

  /** Sends a file into a field. */
  async upload<Told = Done>(path: string, field: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Told> {
    const body = new FormData()
    body.append(field, new File([bytes], name))
    const headers = { 'idempotency-key': crypto.randomUUID() }
    return (await this.#ask(path, { method: 'POST', headers, body })).json() as Promise<Told>
  }

  async #ask(path: string, init: RequestInit = {}, tries = 4): Promise<Response> {
    const headers = { ...(this.#token && { authorization: `Bearer ${this.#token}` }), ...init.headers }
    // A location that was answered may be asked as it is.
    const at = path.replace(/^\/api\/v1(?=\/)/, '')
    const answer = await fetch(`${this.#base}${at}`, { ...init, headers }).catch(error => {
      if (tries > 1) return null
      throw error
    })
    if (answer?.ok) return answer
    const wait = Number(answer?.headers.get('retry-after') ?? (answer ? 0 : 1))
    if (tries > 1 && wait > 0 && wait <= 30) {
      await new Promise(resolve => setTimeout(resolve, wait * 1000))
      return this.#ask(path, init, tries - 1)
    }
    throw new Problem((await answer?.json()) ?? { status: 0, code: 'unreachable', detail: path })
  }
}
