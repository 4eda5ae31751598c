import type { Readable } from 'node:stream'
import { z } from 'zod'
import { JOBS, LEFT_OUT, type TableCopy } from '../db/snapshot.ts'
import { type Archive, Damaged, type Part } from '../storage/archive.ts'

/** What an archive of `laurel backup` says of itself. It is the last part of the archive, and names every other. */
export type Manifest = z.infer<typeof manifest>

export const MANIFEST = 'manifest.json'
const MOST_BYTES = 256 * 2 ** 20

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const bytes = z.int().min(0)
const rows = z.int().min(0)
const table = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/),
  columns: z.array(z.string().min(1).max(63)).min(1),
  rows,
  bytes,
  sha256: digest
})
const file = z.strictObject({ key: z.string().regex(/^[0-9a-f]{32}$/), bytes, sha256: digest })

const manifest = z.strictObject({
  format: z.literal('laurel-backup'),
  version: z.literal(1),
  software: z.string(),
  server: z.string(),
  takenAt: z.iso.datetime(),
  /** What made the tables, the oldest first. */
  migrations: z.array(z.strictObject({ hash: digest, at: z.string().regex(/^\d{1,15}$/) })).min(1),
  /** The newest entry of each chain of history. */
  heads: z.array(z.strictObject({ chain: z.string(), position: z.int().min(1), hash: digest })),
  /** Tables that are not in it. */
  leftOut: z.array(z.string()),
  /** In the order in which they are loaded. */
  tables: z.array(table),
  files: z.array(file),
  /** Files that rows name and that were not there, or not as they were received. */
  lost: z.array(z.string())
})

export const partOfTable = ({ name }: Pick<TableCopy, 'name'>) => `tables/${name}.csv`
export const partOfFile = ({ key }: { key: string }) => `files/${key}`

export const isLeftOut = (name: string) => LEFT_OUT.includes(name)
export const isJobs = (name: string) => name === JOBS

/** The manifest of an archive in which no part is missing, foreign or other than it says: all of it is read for that. */
export async function checkedManifest(archive: Archive, onRead: (bytes: number) => void = () => {}): Promise<Manifest> {
  if (!archive.names.includes(MANIFEST)) throw new Damaged('it is a ZIP file, but no backup of Laurel')
  const found = manifest.safeParse(await jsonIn(await archive.open(MANIFEST)))
  if (!found.success) throw new Damaged(`its ${MANIFEST} is not one that this version of Laurel can read`)
  const expected = partsIn(found.data)
  const foreign = archive.names.find(name => name !== MANIFEST && !expected.has(name))
  if (foreign !== undefined) throw new Damaged(`${JSON.stringify(foreign).slice(0, 200)} does not belong in it`)
  for (const { name, bytes, sha256 } of expected.values()) {
    const kept = await archive.measure(name)
    if (kept.bytes !== bytes || kept.sha256 !== sha256) throw new Damaged(`${name} is not what was written`)
    onRead(bytes)
  }
  return found.data
}

function partsIn({ tables, files }: Manifest): Map<string, Part> {
  const parts = [
    ...tables.map(({ name, bytes, sha256 }) => ({ name: partOfTable({ name }), bytes, sha256 })),
    ...files.map(({ key, bytes, sha256 }) => ({ name: partOfFile({ key }), bytes, sha256 }))
  ]
  return new Map(parts.map(part => [part.name, part]))
}

async function jsonIn(source: Readable): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of source) {
      size += chunk.length
      if (size > MOST_BYTES) throw new Damaged(`its ${MANIFEST} is too long`)
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw error instanceof Damaged ? error : new Damaged(`its ${MANIFEST} cannot be read`)
  }
}
