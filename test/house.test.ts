import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

const ROOMS = [
  'accounts',
  'programmes',
  'calls',
  'proposals',
  'attachments',
  'panel',
  'reviews',
  'ranking',
  'awards',
  'publication',
  'grants',
  'notifications',
  'history'
]
const PLUMBING = ['web', 'cli', 'jobs', 'db', 'i18n', 'storage']
const DOORS = ['routes', 'forms', 'pages', 'jobs', 'commands', 'queries', 'tables', 'files']

/** Pure packages that a topic file may use: hashing, canonical JSON, validation. They run in a browser too. */
const PURE = ['@noble/hashes', 'canonicalize', 'zod']

/** Doors by another name, each with its reason. */
const MORE_DOORS: Record<string, string> = {
  'calls/confirmations': 'two-person confirmation, used by every room that asks for one',
  'calls/decisions': 'what people decided about a call, written by the room where it is decided',
  'calls/moves': 'the commands that move a call on',
  'notifications/decisions': 'writes and releases decision letters',
  'notifications/commands': 'the outbox'
}

/** What a room writes to people, through the outbox: `letters.ts` beside its commands. */
const LETTERS = /\/letters$/

/** What other rooms may act through: history, the outbox, and the logbook of a call. Everything else is read only. */
const SHARED_ACTIONS = [
  'history/commands',
  'notifications/commands',
  'calls/decisions',
  'calls/confirmations',
  'accounts/invitations/commands'
]

/** Four places where one move begins in a room and ends in another, each with its reason. */
const ACROSS: Record<string, string> = {
  'programmes/routes.ts acts through calls/commands': 'a call is drafted on the page of its programme',
  'programmes/commands.ts acts through accounts/commands': 'a programme begins with the role of whoever makes it',
  'panel/commands.ts acts through accounts/commands': 'a seat on the panel comes with its invitation',
  'panel/deciding/routes.ts acts through calls/commands': 'the call moves on where its declarations are looked at'
}

type Source = { name: string; room: string; topic: boolean; text: string; imports: { to: string; typeOnly: boolean }[] }

const sources = files(SRC).map(read)

t.test('every file lives in a room or in the plumbing', async t => {
  const strays = sources
    .filter(({ room, name }) => ![...ROOMS, ...PLUMBING].includes(room) && name.includes('/'))
    .map(({ name }) => name)
  t.strictSame(strays, [])
  t.notOk(
    sources.some(({ name }) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(name)),
    'no drawer'
  )
})

t.test('topic files know no clock, no chance and no input or output', async t => {
  const impure =
    /\bDate\.now\b|new Date\(\)|Math\.random|\bprocess\.|\bfetch\(|crypto\.(randomUUID|getRandomValues)|randomBytes/
  t.strictSame(
    sources.filter(({ topic, text }) => topic && impure.test(withoutComments(text))).map(({ name }) => name),
    []
  )
})

t.test('topic files import topic files, the refusal, and pure packages', async t => {
  const wrong = sources
    .filter(({ topic }) => topic)
    .flatMap(({ name, imports }) =>
      imports.filter(({ to, typeOnly }) => !typeOnly && !mayTopicImport(to)).map(({ to }) => `${name} imports ${to}`)
    )
  t.strictSame(wrong, [])
})

t.test('rooms read from each other and act only in their own', async t => {
  const wrong = sources
    .filter(({ room }) => ROOMS.includes(room))
    .flatMap(({ name, room, imports }) =>
      imports
        .filter(
          ({ to, typeOnly }) =>
            !typeOnly &&
            /(^|\/)commands$/.test(to) &&
            roomOf(to) !== room &&
            ROOMS.includes(roomOf(to)) &&
            !SHARED_ACTIONS.includes(to)
        )
        .map(({ to }) => `${name} acts through ${to}`)
        .filter(act => !(act in ACROSS))
    )
  t.strictSame(wrong, [])
})

t.test('only what talks to the web imports fastify, and no room imports the command line', async t => {
  const wrong = sources
    .filter(({ room, name }) => ROOMS.includes(room) && !/(^|\/)(routes|pages|forms|files)$/.test(stem(name)))
    .flatMap(({ name, imports }) =>
      imports
        .filter(({ to, typeOnly }) => !typeOnly && (to === 'fastify' || to.startsWith('@fastify/')))
        .map(({ to }) => `${name} imports ${to}`)
    )
  t.strictSame(wrong, [])
  t.strictSame(
    sources
      .filter(({ room, imports }) => room !== 'cli' && imports.some(({ to }) => to.startsWith('cli/')))
      .map(({ name }) => name),
    []
  )
})

t.test('files stay readable at one sitting', async t => {
  const long = files(SRC)
    .filter(file => readFileSync(file, 'utf8').split('\n').length > 420)
    .map(file => relative(SRC, file))
  t.strictSame(long, [])
})

function mayTopicImport(to: string): boolean {
  if (PURE.some(pure => to === pure || to.startsWith(`${pure}/`))) return true
  if (to === 'refusal') return true
  return sources.some(({ name, topic }) => stem(name) === to && topic)
}

function read(file: string): Source {
  const name = relative(SRC, file)
  const room = name.split('/')[0] ?? ''
  const text = readFileSync(file, 'utf8')
  const topic =
    ROOMS.includes(room) &&
    !DOORS.includes(stem(name).split('/').pop() ?? '') &&
    !(stem(name) in MORE_DOORS) &&
    !LETTERS.test(stem(name))
  return { name, room, topic, text, imports: importsIn(text, file) }
}

function importsIn(text: string, file: string): Source['imports'] {
  return [...text.matchAll(/^(?:import|export)\s+(type\s+)?([^;'"]*?from\s+)?['"]([^'"]+)['"]/gms)].map(
    ([, type, names = '', to = '']) => ({
      to: to.startsWith('.') ? relative(SRC, resolve(dirname(file), to)).replace(/\.ts$/, '') : to,
      typeOnly: type !== undefined || /^\{(\s*type [^,}]+,?)+\s*\}\s*from/.test(names)
    })
  )
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    if (statSync(path).isDirectory())
      return ['migrations', 'example', 'assets'].includes(name) && !path.includes('cli') ? [] : files(path)
    return name.endsWith('.ts') ? [path] : []
  })
}

function stem(name: string): string {
  return name.replace(/\.ts$/, '')
}

function roomOf(to: string): string {
  return to.split('/')[0] ?? ''
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}
