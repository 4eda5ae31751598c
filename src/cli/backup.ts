import { randomBytes } from 'node:crypto'
import { rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { type KeptFile, LEFT_OUT, type Snapshot, withSnapshot } from '../db/snapshot.ts'
import { type Adding, openArchive, writeArchive } from '../storage/archive.ts'
import { NotKept, type Store } from '../storage/store.ts'
import { SOFTWARE } from '../version.ts'
import type { Run } from './help.ts'
import { openPlace, type Place, settingsOr } from './house.ts'
import { checkedManifest, MANIFEST, type Manifest, partOfFile, partOfTable } from './manifest.ts'
import { counted, progress } from './progress.ts'
import { brokenRestoreIn } from './restoring.ts'
import { answered } from './trouble.ts'

/**
 * `laurel backup [FILE]`: database and files as they were in one instant, in one archive, read back before it gets its
 * name. Exit code 0 done; 1 not, or with something missing in it; 2 a mistake in the call.
 */
export const backup: Run = async (argv, io) => {
  const { stderr, stdout } = io
  const [file = usualName(new Date()), ...more] = argv
  const strange = more[0] ?? (file.startsWith('-') ? file : undefined)
  if (strange !== undefined) {
    stderr.write(`laurel: backup does not know ${strange}. Try: laurel backup --help\n`)
    return 2
  }
  const whyNot = await whyNotInto(file)
  if (whyNot) {
    stderr.write(`laurel: ${whyNot}\n`)
    return 2
  }
  const settings = settingsOr(stderr)
  if (!settings) return 2
  return answered(io, settings, async () => {
    const embedded = settings.databaseUrl === undefined
    if ((embedded && !(await isThere(join(settings.dataDir, 'pg')))) || (await brokenRestoreIn(settings.dataDir)))
      throw new Error(`there is no whole installation in ${settings.dataDir} to back up. Is DATA_DIR the right folder?`)
    const place = await openPlace(settings)
    try {
      const { lost, tables, files } = await backUp(place, file, {
        say: line => stderr.write(`${line}\n`),
        progress: of => progress(stderr, of)
      })
      stdout.write(`${file}\n`)
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      stderr.write(
        `${counted(tables.length - 1, 'table')}, ${counted(rows, 'row')}, ${counted(files.length, 'file')}.\n`
      )
      for (const key of lost)
        stderr.write(
          `laurel: file ${key} is missing or spoilt in the store, and so it is in the backup. See: laurel doctor\n`
        )
      return lost.length > 0 ? 1 : 0
    } finally {
      await place.close()
    }
  })
}

const usualName = (now: Date) =>
  `laurel-backup-${now.toISOString().slice(0, 16).replaceAll(':', '').replace('T', '-')}.zip`

async function whyNotInto(file: string): Promise<string | null> {
  if (await isThere(file)) return `${file} is there already, and is left as it is. Choose another name.`
  const folder = dirname(resolve(file))
  return (await isThere(folder)) ? null : `there is no folder ${folder} to write into.`
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false
  )

type Told = { say(line: string): void; progress(of: number): (bytes: number) => void }

/** Writes the archive beside its place, reads all of it back, and only then gives it its name. */
export async function backUp({ site, store }: Place, file: string, told: Told): Promise<Manifest> {
  const aside = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    const takenAt = new Date()
    let manifest: Manifest | null = null
    await writeArchive(aside, takenAt, async archive => {
      told.say('Reading the database.')
      const snapshot = await withSnapshot(site, taken => addTables(taken, archive))
      manifest = await addFiles(snapshot, store, archive, told)
      await archive.add(MANIFEST, Readable.from([Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)]), {
        pressed: true
      })
    })
    told.say('Reading everything back.')
    const written = await openArchive(aside)
    try {
      const read = await checkedManifest(written)
      await rename(aside, file)
      return read
    } finally {
      written.close()
    }
  } catch (error) {
    await unlink(aside).catch(() => {})
    throw error
  }
}

type Begun = Omit<Manifest, 'files' | 'lost'> & { named: KeptFile[] }

async function addTables(snapshot: Snapshot, archive: Adding): Promise<Begun> {
  const { server, takenAt, migrations, heads, files } = snapshot
  const tables: Manifest['tables'] = []
  for (const table of snapshot.tables) {
    const { bytes, sha256 } = await archive.add(partOfTable(table), await snapshot.read(table), { pressed: true })
    tables.push({ ...table, bytes, sha256 })
  }
  return {
    ...{ format: 'laurel-backup', version: 1, software: SOFTWARE, server, takenAt: takenAt.toISOString() },
    ...{ migrations, heads, leftOut: [...LEFT_OUT], tables, named: files }
  }
}

/**
 * The snapshot need not stay open for them: whatever stands under a key never changes, and the sweep takes nothing that a
 * row names.
 */
async function addFiles({ named, ...begun }: Begun, store: Store, archive: Adding, told: Told): Promise<Manifest> {
  if (named.length > 0) told.say('Reading the files.')
  const tell = told.progress(named.reduce((sum, { bytes }) => sum + bytes, 0))
  const files: Manifest['files'] = []
  const lost: string[] = []
  for (const { key, bytes, sha256 } of named) {
    const source = await store.open(key).catch(error => {
      if (error instanceof NotKept) return null
      throw error
    })
    tell(bytes)
    if (!source) {
      lost.push(key)
      continue
    }
    // Pictures and documents are pressed already.
    const kept = await archive.add(partOfFile({ key }), source, { pressed: false })
    files.push({ key, bytes: kept.bytes, sha256: kept.sha256 })
    if (kept.bytes !== bytes || kept.sha256 !== sha256) lost.push(key)
  }
  return { ...begun, files, lost }
}
