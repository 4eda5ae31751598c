import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awardsHappenings } from '../../src/cli/example/awards.ts'
import { programme } from '../../src/cli/example/data.ts'
import { type Cast, emptyCast, type Happening, replay } from '../../src/cli/example/replay.ts'
import type { Db } from '../../src/db/connect.ts'
import { releaseClock } from '../../src/db/time.ts'
import { diskStore, type Store } from '../../src/storage/store.ts'

export const MOMENTS = programme().moments.map(({ id, now }) => ({ id, now: new Date(now) }))

export const momentNamed = (name: string) => MOMENTS.find(({ id }) => id === name)?.now ?? new Date(Number.NaN)

/** A place for files that is gone when the test ends. */
export async function aStore(t: { teardown(end: () => unknown): unknown }): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-files-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return diskStore(join(folder, 'files'))
}

/** The example played on from where it stands: each call goes to a later moment, and the clock then ticks on from there. */
export function theExample(
  db: Db,
  store: Store,
  happenings: Happening[] = awardsHappenings()
): { cast: Cast; playTo(moment: Date): Promise<void> } {
  const cast = emptyCast()
  const stage = { db, store, cast, passwordHash: () => null }
  let reached = new Date(0)
  return {
    cast,
    async playTo(moment) {
      await replay(
        happenings.filter(({ at }) => at > reached),
        stage,
        moment,
        () => {}
      )
      reached = moment
      await releaseClock(db, moment)
    }
  }
}
