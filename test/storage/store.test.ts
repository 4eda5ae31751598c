import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { diskStore, type Listed, NotKept, type Store, StoreTrouble } from '../../src/storage/store.ts'
import { sweep } from '../../src/storage/sweep.ts'

const put = (store: Store, ...pieces: string[]) => store.put(Readable.from(pieces.map(piece => Buffer.from(piece))))

async function textOf(store: Store, key: string, range?: { start: number; end: number }): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await store.open(key, range)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function kept(store: Store): Promise<Listed[]> {
  const listed: Listed[] = []
  for await (const one of store.list()) listed.push(one)
  return listed
}

/** Lets a kept file look as if it had come at another time. */
const ageTo = (folder: string, key: string, at: Date) => utimesSync(join(folder, key.slice(0, 2), key), at, at)

t.test('what is put comes back whole or in part, under a key that nobody chose', async t => {
  const folder = join(t.testdir(), 'data', 'files')
  const store = await diskStore(folder)
  const stored = await put(store, 'a letter ', 'from Vidin')
  t.strictSame(stored, {
    key: stored.key,
    bytes: 19,
    sha256: createHash('sha256').update('a letter from Vidin').digest('hex')
  })
  t.match(stored.key, /^[0-9a-f]{32}$/)
  t.equal(await textOf(store, stored.key), 'a letter from Vidin')
  t.equal(await textOf(store, stored.key, { start: 2, end: 7 }), 'letter')
  t.not((await put(store, 'a letter ', 'from Vidin')).key, stored.key, 'the same bytes twice are two files')
  t.equal((await kept(store)).length, 2)

  const path = join(folder, stored.key.slice(0, 2), stored.key)
  t.equal(statSync(path).mode & 0o777, 0o600, 'nobody else reads it')
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('removing is done once it is gone, however often it is asked', async t => {
  const store = await diskStore(t.testdir())
  const { key } = await put(store, 'x')
  await store.remove(key)
  await store.remove(key)
  await t.rejects(store.open(key), NotKept)
  t.strictSame(await kept(store), [])
})

t.test('a key is never a path', async t => {
  const store = await diskStore(join(t.testdir({ secret: 'x' }), 'files'))
  for (const key of ['../secret', '..', '', `${'a'.repeat(31)}/`, 'A'.repeat(32)]) {
    await t.rejects(store.open(key), NotKept)
    await t.rejects(store.remove(key), NotKept)
  }
})

t.test('a source that fails, or is called off, leaves nothing', async t => {
  const folder = t.testdir()
  const store = await diskStore(folder)
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000)
    throw new Error('the line went dead')
  }
  await t.rejects(store.put(failing()), { message: 'the line went dead' })

  const stop = new AbortController()
  async function* stopped(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000)
    stop.abort(new Error('called off'))
    yield Buffer.alloc(100_000)
  }
  await t.rejects(store.put(stopped(), { signal: stop.signal }), { message: 'called off' })
  t.strictSame(readdirSync(folder, { recursive: true }), ['incoming'])
})

t.test('a store that cannot be written says so, at its check too', async t => {
  const folder = t.testdir()
  const store = await diskStore(folder)
  await store.check()
  t.strictSame(readdirSync(join(folder, 'incoming')), [], 'the check leaves nothing')
  rmSync(join(folder, 'incoming'), { recursive: true })
  writeFileSync(join(folder, 'incoming'), 'in the way')
  await t.rejects(store.check(), StoreTrouble)
  await t.rejects(put(store, 'x'), StoreTrouble)
})

t.test('the sweep removes what no row names, once it is old enough, and half-written files', async t => {
  const folder = t.testdir()
  const store = await diskStore(folder)
  const noon = new Date('2026-09-18T12:00:00Z')
  const morning = new Date('2026-09-18T08:00:00Z')
  const [named, orphan, arriving] = await Promise.all([put(store, 'named'), put(store, 'orphan'), put(store, 'new')])
  for (const { key } of [named, orphan]) ageTo(folder, key, morning)
  ageTo(folder, arriving.key, new Date('2026-09-18T12:30:00Z'))
  writeFileSync(join(folder, 'incoming', 'half'), 'x')
  utimesSync(join(folder, 'incoming', 'half'), morning, morning)
  writeFileSync(join(folder, 'incoming', 'running'), 'x')
  mkdirSync(join(folder, 'lost+found'))

  t.strictSame(await sweep(store, new Set([named.key]), noon), { orphans: 1, halves: 1 })
  t.strictSame((await kept(store)).map(({ key }) => key).sort(), [named.key, arriving.key].sort())
  t.strictSame(readdirSync(join(folder, 'incoming')), ['running'])

  const asked: string[][] = []
  const nobody = async (keys: string[]) => {
    asked.push(keys)
    return new Set<string>()
  }
  t.strictSame(await sweep(store, nobody, noon), { orphans: 1, halves: 0 })
  t.strictSame(asked, [[named.key]], 'only what is old enough is asked about')
})
