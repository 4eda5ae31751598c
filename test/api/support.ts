import { randomUUID } from 'node:crypto'
import { makeToken } from '../../src/accounts/tokens/commands.ts'
import type { Site } from '../support/site.ts'

export type Told = { status: number; headers: Headers; text: string; json: Record<string, unknown> }

type Manner = { headers?: Record<string, string>; key?: string | null; ifMatch?: string }

/** A program: it carries a token, or nothing. */
export class Program {
  readonly url: string
  readonly token: string | null

  constructor(url: string, token: string | null) {
    this.url = url
    this.token = token
  }

  get(path: string, { headers }: Manner = {}): Promise<Told> {
    return this.#send(path, { headers: headers ?? {} })
  }

  /** With a fresh key, unless one is given or none at all (`null`). */
  post(path: string, body?: unknown, { headers, key, ifMatch }: Manner = {}): Promise<Told> {
    return this.#send(path, {
      method: 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== null && { 'idempotency-key': key ?? randomUUID() }),
        ...(ifMatch && { 'if-match': ifMatch }),
        ...headers
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
  }

  upload(path: string, field: string, file: { name: string; bytes: Uint8Array<ArrayBuffer> }): Promise<Told> {
    const body = new FormData()
    body.append(field, new File([file.bytes], file.name))
    return this.#send(path, { method: 'POST', body, headers: { 'idempotency-key': randomUUID() } })
  }

  async #send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Told> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      ...init,
      redirect: 'manual',
      headers: { ...(this.token && { authorization: `Bearer ${this.token}` }), ...init.headers }
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} }
  }
}

/** Programs that act for people of a site, each with a token of its own. */
export function programsOf(site: Site) {
  const url = site.visitor().base
  return {
    nobody: new Program(url, null),
    async for(by: string, scope: 'read' | 'act' = 'act') {
      return new Program(url, await makeToken(site.db, { name: 'a test', scope, days: 7, by }))
    },
    with: (token: string) => new Program(url, token)
  }
}
