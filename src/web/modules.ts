import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { digestOf } from '../calls/rules.ts'

/** The pure sources that a page's script may import, as `laurel/…`; what they import comes along. */
const ENTRIES = ['publication/verifying.ts', 'publication/given.ts']

/** Half a megabyte of mistakes in words of every language, which no page of ours prints. */
const INSTEAD: Record<string, string> = { 'npm/zod/v4/locales/index.js': 'npm/zod/v4/locales/en.js' }

const SRC = new URL('../', import.meta.url).href
const IMPORTS = /^(?:import|export)\s*(?:[\w$*{}\s,]+?\s*from\s*)?(['"])([^'"]+)\1/gm

export type Modules = {
  /** What the one import map of a page says. */
  importMap: string
  files: ReadonlyMap<string, Buffer>
}

let made: Modules | null = null

/**
 * The sources that run in a browser too: the site's own files, stripped of their types, and the pure packages they stand
 * on. Read when the first page asks; the address changes with the content, so a browser may keep them for good.
 */
export function browserModules(): Modules {
  made ??= makeModules()
  return made
}

export async function registerModules(app: FastifyInstance): Promise<void> {
  app.get('/modules/*', { config: { for: 'everyone' } }, sendModule)
}

async function sendModule(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const name = (request.params as { '*': string })['*']
  const body = browserModules().files.get(name)
  if (!body) return reply.code(404).type('text/plain').send('')
  void reply.header('vary', 'accept-encoding')
  const small = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (small) void reply.header('content-encoding', 'gzip')
  return reply
    .type('text/javascript; charset=utf-8')
    .header('cache-control', 'public, max-age=31536000, immutable')
    .send(small ? packed(name, body) : body)
}

const kept = new Map<string, Buffer>()

/** The same for everybody and no secret, so it may be made small, once. */
function packed(name: string, body: Buffer): Buffer {
  const known = kept.get(name) ?? gzipSync(body)
  kept.set(name, known)
  return known
}

function makeModules(): Modules {
  const texts = new Map<string, string>()
  const bare = new Map<string, string>()
  const waiting = ENTRIES.map(entry => new URL(entry, SRC).href)
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const name = nameOf(url)
    if (texts.has(name)) continue
    const text = textOf(url)
    texts.set(name, text)
    for (const [, , specifier = ''] of text.matchAll(IMPORTS)) {
      const own = specifier.startsWith('.')
      const found = own ? new URL(specifier, url).href : import.meta.resolve(specifier)
      if (!own) bare.set(specifier, nameOf(found))
      const instead = INSTEAD[nameOf(found)]
      waiting.push(instead ? found.replace(nameOf(found).slice('npm/'.length), instead.slice('npm/'.length)) : found)
    }
  }
  const names = [...texts.keys()].sort()
  const edition = digestOf(names.map(name => [name, texts.get(name)])).slice(0, 16)
  const address = (name: string) => `/modules/${edition}/${name}`
  const imports: Record<string, string> = {
    'laurel/': address('src/'),
    ...Object.fromEntries([...bare].map(([specifier, name]) => [specifier, address(name)])),
    ...Object.fromEntries(Object.entries(INSTEAD).map(([name, other]) => [address(name), address(other)]))
  }
  return {
    importMap: JSON.stringify({ imports }),
    files: new Map(names.map(name => [`${edition}/${name}`, Buffer.from(texts.get(name) ?? '')]))
  }
}

/** `src/ranking/draw.ts`, `npm/zod/index.js` */
function nameOf(url: string): string {
  if (url.startsWith(SRC)) return `src/${url.slice(SRC.length)}`
  const [, inside = ''] = /.*\/node_modules\/(.+)$/.exec(url) ?? []
  if (inside === '') throw new Error(`${url} is no source for a browser`)
  return `npm/${inside}`
}

function textOf(url: string): string {
  const text = readFileSync(fileURLToPath(url), 'utf8')
  return url.endsWith('.ts') ? quietly(() => stripTypeScriptTypes(text)) : text
}

/** Node says once that stripping is new; whoever runs the site can do nothing about it. */
function quietly<Value>(work: () => Value): Value {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}
