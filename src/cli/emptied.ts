import { connectTo } from '../db/connect.ts'
import { dropAll, migrate } from '../db/migrate.ts'
import type { House } from './house.ts'

/**
 * Throws away a database that holds nothing but an example whose loading broke off: history cannot be taken back row by
 * row. Only for that, and only before anybody could come in.
 */
export async function emptied({ owner, site }: House): Promise<void> {
  const sql = connectTo(owner, { max: 1, patient: true })
  try {
    await dropAll(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
  await migrate({ owner, site })
}
