import { sql } from 'drizzle-orm'
import type { Db, Tx } from './connect.ts'

/**
 * The time that decides: the database's clock plus the demonstration's offset. Read it inside the transaction, once the
 * lock is held, and hand it to the rules as `now`. Sessions, codes and limits use real time instead.
 */
export async function decidingTime(tx: Db | Tx): Promise<Date> {
  const [row] = await tx.execute<{ now: string }>(sql`select deciding_time() as now`)
  return new Date(row?.now ?? Number.NaN)
}

/** Real time by the database's clock: for sessions, codes and limits. */
export async function realTime(tx: Db | Tx): Promise<Date> {
  const [row] = await tx.execute<{ now: string }>(sql`select date_trunc('milliseconds', clock_timestamp()) as now`)
  return new Date(row?.now ?? Number.NaN)
}

/** Lets the demonstration's clock stand at an instant while a loader or a test replays the past. */
export async function holdClock(db: Db | Tx, at: Date): Promise<void> {
  await db.execute(sql`update clock set held_at = ${at.toISOString()}`)
}

/** Lets the clock tick on from an instant; without one, real time again. */
export async function releaseClock(db: Db | Tx, from?: Date): Promise<void> {
  await db.execute(
    from
      ? sql`update clock set held_at = null, offset_ms = round(extract(epoch from ${from.toISOString()}::timestamptz - clock_timestamp()) * 1000)`
      : sql`update clock set held_at = null, offset_ms = 0`
  )
}
