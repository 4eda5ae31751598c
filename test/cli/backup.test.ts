import { createWriteStream, existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import yazl from 'yazl'
import { checkedManifest, MANIFEST, type Manifest } from '../../src/cli/manifest.ts'
import { restore } from '../../src/cli/restore.ts'
import { withSnapshot } from '../../src/db/snapshot.ts'
import { type Archive, openArchive, writeArchive } from '../../src/storage/archive.ts'
import { freshDatabase } from '../support/database.ts'
import { Agent } from '../support/site.ts'
import { addressOf, aFolder, here, laurel, urlOf } from './process.ts'

// Whole processes and databases start and stop here: on a busy machine that takes its time.
t.setTimeout(600_000)

const SLUG = 'awards-2026'
const original = await aFolder(t)
const archives = await aFolder(t)
const archive = join(archives, 'while-running.zip')

/** A command to its end. */
async function ran(folder: string, argv: string[], env: Record<string, string> = {}) {
  const started = laurel(t, folder, argv, env)
  const code = await started.ended
  return { code, said: started.said(), complained: started.complained() }
}

async function manifestOf(file: string): Promise<Manifest> {
  const read: Archive = await openArchive(file)
  try {
    return await checkedManifest(read)
  } finally {
    read.close()
  }
}

/** What must be the same in a copy: every table and file by its digest, and where the chains of history end. */
const contents = ({ tables, files, heads, migrations }: Manifest) => ({ tables, files, heads, migrations })

/** What the public reads. The page carries marks of one request and its own address; the files do not. */
async function published(address: string): Promise<Record<string, string>> {
  const visitor = new Agent(address)
  const page = await visitor.get(`/calls/${slug}/results`)
  const csv = await visitor.get(`/calls/${slug}/results.csv`)
  const json = await visitor.get(`/calls/${slug}/results.json`)
  const plain = page.text
    .replaceAll(address, '')
    .replaceAll(encodeURIComponent(address), '')
    .replaceAll(/nonce="[^"]*"/g, '')
    .replaceAll(/name="_csrf" value="[^"]*"/g, '')
  return { page: plain, csv: csv.text, json: json.text, statuses: [page, csv, json].map(({ status }) => status).join() }
}

let slug = SLUG
let before: Record<string, string> = {}

t.before(async () => {
  const { code, complained } = await ran(original, ['seed', '--at', 'announced'])
  if (code !== 0) throw new Error(complained)
})

t.test('a backup is taken while people go on working, and harms nobody', async t => {
  const site = laurel(t, original, ['serve'])
  const address = await addressOf(site)
  slug = /\/calls\/([a-z0-9-]+)"/.exec((await new Agent(address).open('/')).text)?.[1] ?? SLUG
  before = await published(address)
  t.equal(before.statuses, '200,200,200')

  const elira = new Agent(address)
  await elira.get('/sign-in')
  const entered = await elira.post('/sign-in/demonstration', { email: 'elira.hoxha@library.example.org' })
  t.equal(entered.status, 303)
  await elira.get('/account')
  let saved = 0
  const save = async () => {
    const answer = await elira.post('/account/profile', {
      name: 'Elira Hoxha',
      language: 'en',
      city: `Vlorë ${saved + 1}`
    })
    if (answer.status !== 303) throw new Error(`saving answered ${answer.status}`)
    saved += 1
  }
  await save()
  const acknowledged = saved
  let over = false
  const writing = (async () => {
    while (!over) await save()
  })()
  const { code, said, complained } = await ran(original, ['backup', archive])
  over = true
  await writing
  t.equal(code, 0, complained)
  t.equal(said, `${archive}\n`, 'the name of the archive is the whole answer')
  t.ok(saved > acknowledged + 3, `${saved - acknowledged} writes went on meanwhile`)
  t.equal((await stat(archive)).mode & 0o777, 0o600, 'and it is nobody else’s')
  t.strictSame((await readdir(archives)).sort(), ['while-running.zip'], 'nothing half-written lies about')

  const manifest = await manifestOf(archive)
  t.equal(manifest.files.length, 69)
  t.notOk(manifest.tables.some(({ name }) => ['sessions', 'codes', 'rate_limits'].includes(name)))
  const city = Number(/Vlorë (\d+)/.exec(await tableIn(archive, 'people'))?.[1])
  t.ok(city >= acknowledged && city <= saved, 'what had been acknowledged is in it')

  site.child.kill('SIGTERM')
  t.equal(await site.ended, 0)
})

async function tableIn(file: string, name: string): Promise<string> {
  const read = await openArchive(file)
  try {
    const chunks: Buffer[] = []
    for await (const chunk of await read.open(`tables/${name}.csv`)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  } finally {
    read.close()
  }
}

t.test('restored into an empty place it is the same, to the byte, and the doctor finds nothing', async t => {
  const folder = await aFolder(t)
  const restored = await ran(folder, ['restore', archive])
  t.equal(restored.code, 0, restored.complained)
  const manifest = await manifestOf(archive)
  t.match(restored.said, '50 people, 1 call, 35 proposals, 143 reviews, 69 files')
  for (const { hash } of manifest.heads) t.match(restored.said, hash)
  t.equal((await ran(folder, ['doctor'])).code, 0)

  const again = join(archives, 'again.zip')
  t.equal((await ran(folder, ['backup', again])).code, 0)
  t.strictSame(contents(await manifestOf(again)), contents(manifest))

  const site = laurel(t, folder, ['serve'])
  t.strictSame(await published(await addressOf(site)), before)
  site.child.kill('SIGTERM')
  await site.ended

  const refused = await ran(folder, ['restore', archive])
  t.equal(refused.code, 1)
  t.match(refused.complained, 'the database is not empty')
  t.equal((await ran(folder, ['backup', again])).code, 2, 'nor is an archive ever overwritten')
})

t.test('a PostgreSQL of one’s own takes it too, jobs and all', async t => {
  const made = await freshDatabase(t)
  const folder = await aFolder(t)
  const env = { DATABASE_URL: urlOf(made.site), DATABASE_OWNER_URL: urlOf(made.owner) }
  // The pool of the test would be taken for a site at work.
  const busy = laurel(t, folder, ['restore', archive], env)
  t.equal(await made.sql`select 1`.then(() => busy.ended), 1)
  t.match(busy.complained(), 'a site or another restore is working on this database')
  await made.close()

  const { code, complained } = await ran(folder, ['restore', archive], env)
  t.equal(code, 0, complained)
  await made.asOwner(
    sql =>
      sql`select graphile_worker.add_job('send-letter', '{"letterId": "none, \\"quoted\\""}', job_key := 'letter:x')`
  )
  const again = join(archives, 'elsewhere.zip')
  t.equal((await ran(folder, ['backup', again], env)).code, 0)
  const kept = await manifestOf(again)
  t.strictSame(kept.heads, (await manifestOf(archive)).heads)

  const third = await aFolder(t)
  t.equal((await ran(third, ['restore', again])).code, 0)
  const once = join(archives, 'jobs.zip')
  t.equal((await ran(third, ['backup', once])).code, 0)
  t.equal(await tableIn(once, 'jobs'), await tableIn(again, 'jobs'), 'what waits to be done waits there too')
  t.match(await tableIn(once, 'jobs'), /^send-letter,.*letter:x/m)
})

t.test('a damaged, foreign or deceitful archive is refused before anything is written', async t => {
  const whole = (await stat(archive)).size
  const bad: [string, (file: string) => Promise<unknown>, RegExp][] = [
    [
      'cut short',
      async file => copyFile(archive, file).then(() => truncate(file, Math.floor(whole * 0.7))),
      /cannot be restored/
    ],
    [
      'without its last byte',
      async file => copyFile(archive, file).then(() => truncate(file, whole - 1)),
      /cannot be restored/
    ],
    ['with another byte in the middle', flipped, /cannot be restored/],
    ['empty', file => writeFile(file, ''), /cannot be restored/],
    ['no ZIP at all', file => writeFile(file, 'Dear Sir or Madam, '.repeat(1000)), /cannot be restored/],
    ['another ZIP', file => zipped(file, { 'letter.txt': 'Dear' }), /no backup of Laurel/],
    ['a way out of its folder', climbing, /cannot be restored/],
    [
      'one part too many',
      file => altered(file, { 'tables/extra.csv': 'one\n1\n' }),
      /"tables\/extra.csv" does not belong in it/
    ],
    ['a part too few', file => altered(file, { 'tables/people.csv': null }), /tables\/people.csv is missing/],
    [
      'another table in place of its own',
      file => altered(file, { 'tables/people.csv': 'id\n' }),
      /people.csv is not what was written/
    ],
    [
      'tables of a version to come',
      file => altered(file, {}, '"migrations": [\n', `"migrations": [\n{"hash": "${'0'.repeat(64)}", "at": "1"},\n`),
      /another version of Laurel/
    ],
    [
      'a table’s name with SQL in it',
      file => altered(file, {}, '"name": "people"', '"name": "people; drop"'),
      /not one that this version/
    ]
  ]
  for (const [title, make, says] of bad) {
    const file = join(archives, `${bad.findIndex(([name]) => name === title)}-bad.zip`)
    await make(file)
    const folder = await aFolder(t)
    const { code, said, complained } = await here(restore, folder, [file])
    t.equal(code, 2, title)
    t.match(
      complained.split('\n').filter(line => line.startsWith('laurel: ')),
      [says],
      title
    )
    t.notMatch(complained, /\bat .*:\d+:\d+/, 'without a stack')
    t.equal(said, '')
    t.strictSame(await readdir(folder), [], 'and nothing was written')
  }
  t.equal((await ran(archives, ['restore', join(archives, 'none.zip')])).code, 2)
})

async function flipped(file: string): Promise<void> {
  await copyFile(archive, file)
  const handle = await open(file, 'r+')
  const { size } = await handle.stat()
  const byte = Buffer.alloc(1)
  await handle.read(byte, 0, 1, Math.floor(size / 2))
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 0x20]), 0, 1, Math.floor(size / 2))
  await handle.close()
}

async function zipped(file: string, parts: Record<string, string>): Promise<void> {
  await writeArchive(file, new Date(0), async ({ add }) => {
    for (const [name, text] of Object.entries(parts))
      await add(name, Readable.from([Buffer.from(text)]), { pressed: false })
  })
}

/** The archive once more, with other parts, or another sentence in its manifest. */
async function altered(file: string, parts: Record<string, string | null>, from = '', to = ''): Promise<void> {
  const read = await openArchive(archive)
  await writeArchive(file, new Date(0), async ({ add }) => {
    for (const name of read.names) {
      if (name in parts) continue
      const part =
        name === MANIFEST
          ? Readable.from([Buffer.from((await partOf(read, name)).replace(from, to))])
          : await read.open(name)
      await add(name, part, { pressed: false })
    }
    for (const [name, text] of Object.entries(parts))
      if (text !== null) await add(name, Readable.from([Buffer.from(text)]), { pressed: false })
  })
  read.close()
}

async function partOf(read: Archive, name: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await read.open(name)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The library that writes refuses such a name, so it is put in afterwards. */
async function climbing(file: string): Promise<void> {
  const zip = new yazl.ZipFile()
  zip.addBuffer(Buffer.from('out'), 'aa/aa/laurel-escaped')
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(`${file}.plain`))
  const text = (await readFile(`${file}.plain`, 'latin1')).replaceAll('aa/aa/laurel', '../../laurel')
  await writeFile(file, text, 'latin1')
}

t.test('broken off half-way, it says so, starts no site, and is simply run again', async t => {
  const folder = await aFolder(t)
  const first = laurel(t, folder, ['restore', archive])
  while (!first.complained().includes('20 of 100')) await new Promise(go => setTimeout(go, 5))
  first.child.kill('SIGKILL')
  await first.ended
  t.ok(existsSync(join(folder, 'restoring')))

  const site = await ran(folder, ['serve'])
  t.equal(site.code, 1)
  t.match(
    site.complained,
    `a restore into ${folder} was broken off, so not everything is there. Run it again: laurel restore ${archive}`
  )
  t.equal((await ran(folder, ['backup', join(archives, 'of-half.zip')])).code, 1, 'half a place is not backed up')

  const second = await ran(folder, ['restore', archive])
  t.equal(second.code, 0, second.complained)
  t.equal((await ran(folder, ['doctor'])).code, 0)

  // In the moment between the last row and the note that it was the last.
  await writeFile(join(folder, 'restoring'), `${archive}\n`)
  t.equal((await ran(folder, ['restore', archive])).code, 0)
  t.notOk(existsSync(join(folder, 'restoring')))
})

t.test('files without a database, and strangers’ tables, are left alone', async t => {
  const folder = await aFolder(t)
  await mkdir(join(folder, 'files', 'aa'), { recursive: true })
  await writeFile(join(folder, 'files', 'aa', 'a'.repeat(32)), 'somebody’s')
  const full = await ran(folder, ['restore', archive])
  t.equal(full.code, 1)
  t.match(full.complained, `there are files in ${folder} already`)
  const made = await freshDatabase(t)
  await made.close()
  await made.asOwner(sql => sql`drop schema drizzle cascade`)
  const env = { DATABASE_URL: urlOf(made.site), DATABASE_OWNER_URL: urlOf(made.owner) }
  const strange = await ran(folder, ['restore', archive], env)
  t.equal(strange.code, 1)
  t.match(strange.complained, 'the database is not empty')
  t.equal(await made.asOwner(async sql => (await sql`select 1 from pg_tables where tablename = 'people'`).length), 1)
})

t.test('no table counts its rows by itself: a copy would have to set the count', async t => {
  const made = await freshDatabase(t)
  const counts = await made.sql`select sequence_name from information_schema.sequences where sequence_schema = 'public'`
  t.strictSame([...counts], [])
  await withSnapshot(made.site, async ({ tables }) => {
    const names = tables.map(({ name }) => name)
    t.ok(names.indexOf('people') < names.indexOf('proposals') && names.indexOf('proposals') < names.indexOf('versions'))
  })
})
