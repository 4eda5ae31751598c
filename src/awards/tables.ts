import { integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'
import { proposals } from '../proposals/tables.ts'
import { rankings } from '../ranking/tables.ts'

/** What a proposal got, written once the second person has signed off. Exactly one row a ranked proposal. */
export const awards = pgTable(
  'awards',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    rankingId: uuid()
      .notNull()
      .references(() => rankings.id),
    proposalId: uuid()
      .notNull()
      .references(() => proposals.id),
    outcome: text({ enum: ['awarded', 'reserve', 'not_awarded', 'below_threshold'] }).notNull(),
    rank: integer(),
    /** 1, 2, 3 on the reserve list. */
    reservePlace: integer(),
    /** In hundredths of the call's currency. */
    amountCents: integer(),
    /** The reason as code and facts; its sentence comes from the catalogues. */
    because: jsonb().$type<Record<string, unknown>>().notNull(),
    at: instant().notNull()
  },
  table => [unique('awards_once').on(table.callId, table.proposalId)]
)
