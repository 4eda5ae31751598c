import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
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

/** What was answered to a request with an `Idempotency-Key`, for a day: asked again, it is answered so again. */
export const keptAnswers = pgTable(
  'kept_answers',
  {
    /** Whose key it is: a person's id, or for those without one the address they ask. */
    owner: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of method, address and body: the same key with another request is a mistake. */
    fingerprint: text().notNull(),
    /** Which attempt holds the key now; one that was overtaken may no longer act. */
    attempt: uuid().notNull(),
    /** Set in the transaction that acts: after a crash it tells whether anything was done. */
    acted: boolean().notNull().default(false),
    status: integer(),
    headers: jsonb().$type<Record<string, string>>().notNull().default({}),
    body: text().notNull().default(''),
    leasedUntil: instant().notNull(),
    endsAt: instant().notNull()
  },
  table => [primaryKey({ columns: [table.owner, table.key] }), index('kept_answers_ends').on(table.endsAt)]
)
