import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** One row. The deciding time is the database's clock plus this offset, or `heldAt` while a loader replays the past. */
export const clock = pgTable('clock', {
  one: boolean().primaryKey().default(true),
  offsetMs: bigint({ mode: 'number' }).notNull().default(0),
  heldAt: instant()
})

/** One row about this installation: who may found it, and whether it shows the example. */
export const installation = pgTable('installation', {
  one: boolean().primaryKey().default(true),
  foundingTokenHash: text(),
  foundedAt: instant(),
  exampleLoadedAt: instant(),
  settings: jsonb().notNull().default({})
})

export const rateLimits = pgTable('rate_limits', {
  key: text().primaryKey(),
  hits: integer().notNull(),
  endsAt: instant().notNull()
})
