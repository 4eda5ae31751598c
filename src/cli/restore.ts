import { resolve } from 'node:path'
import type { Sql } from 'postgres'
import { openDb } from '../db/connect.ts'
import { dropAll, migrate, migrateTo, ownMigrations } from '../db/migrate.ts'
import { asOnlyOne, contentsOf, JOBS, load, withSnapshot } from '../db/snapshot.ts'
import { type Archive, Damaged, measured, openArchive } from '../storage/archive.ts'
import type { Store } from '../storage/store.ts'
import { examined } from './doctor.ts'
import type { Io, Run } from './help.ts'
import { openPlace, type Place, settingsOr } from './house.ts'
import { checkedManifest, type Manifest, partOfFile, partOfTable } from './manifest.ts'
import { counted, progress } from './progress.ts'
import { beginRestore, brokenRestoreIn, endRestore } from './restoring.ts'
import { answered } from './trouble.ts'

/**
 * `laurel restore FILE`: what a backup holds, into an empty place and nowhere else. All of the archive is read and checked
 * before anything is written. Exit code 0 done; 1 the place is not empty, or what was restored has faults; 2 no archive,
 * or not a whole one.
 */
export const restore: Run = async (argv, io) => {
  const { stderr } = io
  const [file, ...more] = argv
  const strange = more[0] ?? (file?.startsWith('-') ? file : undefined)
  if (file === undefined || strange !== undefined) {
    const what = strange === undefined ? 'wants the name of one archive' : `does not know ${strange}`
    stderr.write(`laurel: restore ${what}. Try: laurel restore --help\n`)
    return 2
  }
  const settings = settingsOr(stderr)
  if (!settings) return 2
  return answered(io, settings, async () => {
    const found = await whole(file, io)
    if (!found) return 2
    try {
      const place = await openPlace(settings)
      try {
        const refusal = await restoreInto(place, found, resolve(file), io)
        if (refusal === null) return await lookedAt(place, found.manifest, io)
        stderr.write(`laurel: ${refusal}\n`)
        return 1
      } finally {
        await place.close()
      }
    } finally {
      found.archive.close()
    }
  })
}

type Whole = { archive: Archive; manifest: Manifest }

/** An archive with every byte as it was written, and of a version that can be loaded here; or a sentence, and null. */
async function whole(file: string, { stderr }: Io): Promise<Whole | null> {
  let archive: Archive | null = null
  try {
    archive = await openArchive(file)
    stderr.write('Reading the archive.\n')
    const manifest = await checkedManifest(archive)
    const own = ownMigrations()
    const known = manifest.migrations.every(({ hash }, index) => own[index]?.hash === hash)
    if (known) return { archive, manifest }
    stderr.write(
      `laurel: ${file} was made by another version of Laurel (${manifest.software}), which has tables that this one does not know. Restore it with that version.\n`
    )
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof Damaged)
      stderr.write(`laurel: ${file} cannot be restored: ${message.replaceAll('\n', ' ')}. Nothing was written.\n`)
    else if (code && ['ENOENT', 'EACCES', 'EISDIR'].includes(code))
      stderr.write(`laurel: ${file} cannot be read (${code}).\n`)
    else throw error
  }
  archive?.close()
  return null
}

/** Null once everything is there; else why nothing was written. */
async function restoreInto(place: Place, found: Whole, file: string, io: Io): Promise<string | null> {
  const { dataDir } = place.settings
  const done = await asOnlyOne(place.owner, async sql => {
    const begun = (await brokenRestoreIn(dataDir)) !== null
    const contents = await contentsOf(sql)
    // Broken off between the last write and the note that it was the last: then it is all there.
    if (begun && contents === 'used' && (await holdsAll(place, found.manifest))) {
      await endRestore(dataDir)
      return null
    }
    if (contents === 'used' || contents === 'strange')
      return `the database is not empty. A backup is restored into an empty one only: ${elsewhere(place)}.`
    if (!begun && (await hasFiles(place.store)))
      return `there are files in ${dataDir} already. A backup is restored into an empty place only: set DATA_DIR to a new folder.`
    await beginRestore(dataDir, file)
    await dropAll(sql)
    await migrateTo(place, found.manifest.migrations.length)
    await putFiles(found, place.store, io)
    io.stderr.write('Writing the database.\n')
    await putTables(sql, found)
    await endRestore(dataDir)
    return null
  })
  if (done === 'occupied') return 'a site or another restore is working on this database. Stop it first.'
  if (done === null) await migrate(place)
  return done
}

const elsewhere = ({ settings }: Place) =>
  settings.databaseUrl ? 'set DATABASE_URL to a new one' : 'set DATA_DIR to a new folder'

async function hasFiles(store: Store): Promise<boolean> {
  for await (const _ of store.list()) return true
  return false
}

async function putFiles({ archive, manifest }: Whole, store: Store, { stderr }: Io): Promise<void> {
  if (manifest.files.length > 0) stderr.write('Writing the files.\n')
  const tell = progress(
    stderr,
    manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)
  )
  for (const { key, bytes, sha256 } of manifest.files) {
    const kept = await store.put(await archive.open(partOfFile({ key })), { key })
    if (kept.bytes !== bytes || kept.sha256 !== sha256) throw new Error(`file ${key} changed while it was written`)
    tell(bytes)
  }
}

async function putTables(sql: Sql, { archive, manifest }: Whole): Promise<void> {
  const written = new Map(manifest.tables.map(table => [table.name, table]))
  await load(sql, manifest.tables, {
    open: table => archive.open(partOfTable(table)),
    same: async ({ name }, kept) => (await measured(kept)).sha256 === written.get(name)?.sha256
  })
}

async function holdsAll({ owner }: Place, { tables }: Manifest): Promise<boolean> {
  return withSnapshot(owner, async snapshot => {
    const kept = new Map<string, string>()
    for (const table of snapshot.tables) kept.set(table.name, (await measured(await snapshot.read(table))).sha256)
    return tables.every(({ name, sha256 }) => name === JOBS || kept.get(name) === sha256)
  })
}

/** What the doctor finds wrong in it, and what there is. */
async function lookedAt({ owner, site, store }: Place, manifest: Manifest, { stdout, stderr }: Io): Promise<number> {
  const database = openDb(site)
  try {
    const findings = await examined({ db: database.db, owner, site, store })
    const wrong = findings.filter(({ is }) => is === 'wrong')
    for (const { says } of wrong) stderr.write(`laurel: ${says}\n`)
    const of = (name: string) => manifest.tables.find(table => table.name === name)?.rows ?? 0
    const there = [
      counted(of('people'), 'person', 'people'),
      ...['call', 'proposal', 'review'].map(one => counted(of(`${one}s`), one)),
      counted(manifest.files.length, 'file')
    ]
    stdout.write(`Restored as of ${manifest.takenAt}: ${there.join(', ')}.\n`)
    for (const { chain, position, hash } of manifest.heads)
      stdout.write(`History of ${chain}: ${position} entries, head ${hash}\n`)
    stderr.write('Everybody signs in again: sessions are not part of a backup.\n')
    return wrong.length > 0 ? 1 : 0
  } finally {
    await database.close()
  }
}
