import { and, inArray, lt, ne, sql } from 'drizzle-orm'
import { codes, sessions } from '../accounts/tables.ts'
import { attachments } from '../attachments/tables.ts'
import type { Db } from '../db/connect.ts'
import { keptAnswers, rateLimits } from '../db/tables.ts'
import { decidingTime, realTime } from '../db/time.ts'
import { letters } from '../notifications/tables.ts'
import type { Store } from '../storage/store.ts'
import { sweep } from '../storage/sweep.ts'

const HOUR = 3_600_000

/** Removes files that no attachment names: those of requests that died half-way, an hour and more ago. */
export async function sweepFiles({
  db,
  store
}: {
  db: Db
  store: Store
}): Promise<{ orphans: number; halves: number }> {
  const known = async (keys: string[]) => {
    const rows = await db
      .select({ key: attachments.storageKey })
      .from(attachments)
      .where(inArray(attachments.storageKey, keys))
    return new Set(rows.map(({ key }) => key))
  }
  return sweep(store, known, new Date((await realTime(db)).getTime() - HOUR))
}

/** Removes what has run out: codes, sessions, counts of tries, kept answers, and the digits in letters that carried a code. */
export async function sweepAccounts({ db }: { db: Db }): Promise<void> {
  const now = await realTime(db)
  const yesterday = new Date(now.getTime() - 24 * HOUR)
  await db.delete(codes).where(lt(codes.endsAt, yesterday))
  await db.delete(sessions).where(lt(sessions.endsAt, now))
  await db.delete(rateLimits).where(lt(rateLimits.endsAt, now))
  await db.delete(keptAnswers).where(lt(keptAnswers.endsAt, now))
  // Letters are dated by the demonstration's clock.
  const dayBefore = new Date((await decidingTime(db)).getTime() - 24 * HOUR)
  await db
    .update(letters)
    .set({ text: '', html: '' })
    .where(and(sql`${letters.kind} = 'code'`, lt(letters.madeAt, dayBefore), ne(letters.text, '')))
}
