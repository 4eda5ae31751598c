import type { Db } from '../../db/connect.ts'
import { holdClock } from '../../db/time.ts'
import type { Store } from '../../storage/store.ts'

/** Who and what the example's files call by name, by the ids they got when they came into being. */
export type Cast = {
  people: Map<string, string>
  proposals: Map<string, string>
  jurors: Map<string, string>
  reviews: Map<string, string>
  /** Confirmations that wait for the second person. */
  asked: Map<string, string>
  programmeId: string
  callId: string
  rankingId: string
}

export type Stage = { db: Db; store: Store; cast: Cast; passwordHash: (personCode: string) => string | null }

/** One thing that happened: when, and the command that does it. */
export type Happening = { at: Date; does: (stage: Stage) => Promise<unknown> }

export const emptyCast = (): Cast => ({
  people: new Map(),
  proposals: new Map(),
  jurors: new Map(),
  reviews: new Map(),
  asked: new Map(),
  programmeId: '',
  callId: '',
  rankingId: ''
})

/** What stands in a map of the cast: the files name nobody who did not come on stage before. */
export function known(map: Map<string, string>, code: string): string {
  const id = map.get(code)
  if (id === undefined) throw new Error(`The example names ${code} before it exists`)
  return id
}

/** Plays what happened up to and including an instant, in order of time, the clock standing at each. */
export async function replay(
  happenings: readonly Happening[],
  stage: Stage,
  until: Date,
  onProgress: (done: number, of: number) => void
): Promise<void> {
  const due = happenings
    .map((happening, place) => ({ ...happening, place }))
    .filter(({ at }) => at <= until)
    .sort((a, b) => a.at.getTime() - b.at.getTime() || a.place - b.place)
  let held = 0
  for (const [index, { at, does }] of due.entries()) {
    if (at.getTime() !== held) await holdClock(stage.db, at)
    held = at.getTime()
    await does(stage)
    onProgress(index + 1, due.length)
  }
}

export const DAY = 86_400_000
export const instant = (text: string) => new Date(text)
export const after = (at: Date, milliseconds: number) => new Date(at.getTime() + milliseconds)

/** The id of a person the files name by a code. */
export const by = ({ cast }: Stage, code: string) => known(cast.people, code)
