import { connectTo } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import type { House } from './house.ts'

/**
 * Throws away a database that holds nothing but an example whose loading broke off: history cannot be taken back row by
 * row. Only for that, and only before anybody could come in.
 */
export async function emptied({ owner, site }: House): Promise<void> {
  const sql = connectTo(owner, { max: 1, patient: true })
  try {
    await sql.begin(async tx => {
      await tx`drop schema if exists graphile_worker cascade`
      await tx`drop schema if exists drizzle cascade`
      const tables = await tx<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
      for (const { name } of tables) await tx`drop table if exists ${tx(name)} cascade`
      await tx`drop function if exists deciding_time, history_stays`
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
  await migrate({ owner, site })
}
