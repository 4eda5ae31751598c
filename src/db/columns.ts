import { timestamp, uuid } from 'drizzle-orm/pg-core'

/** A random identifier: time-ordered ones would tell the order of arrival in a blind call. */
export const id = () => uuid().primaryKey().defaultRandom()

/** An instant, to the millisecond: what JavaScript can hold, so that a value read back equals the value written. */
export const instant = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })
