import { open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Stands in the data folder from before the first byte of a restore is written until the last one is. */
const markerIn = (dataDir: string) => join(dataDir, 'restoring')

/** The archive whose restore was broken off here, or null. */
export async function brokenRestoreIn(dataDir: string): Promise<string | null> {
  return readFile(markerIn(dataDir), 'utf8').then(
    text => text.trim() || 'FILE',
    error => {
      if (error.code === 'ENOENT') return null
      throw error
    }
  )
}

export async function beginRestore(dataDir: string, archive: string): Promise<void> {
  const handle = await open(markerIn(dataDir), 'w', 0o600)
  try {
    await handle.writeFile(`${archive}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function endRestore(dataDir: string): Promise<void> {
  await unlink(markerIn(dataDir))
}
