import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from '../db/columns.ts'

/** The outbox: one row a letter, one recipient a letter. `event` makes a second letter about the same thing impossible. */
export const letters = pgTable(
  'letters',
  {
    id: id(),
    /** For example `receipt:<version id>` or `decision:<proposal id>`. */
    event: text().notNull().unique(),
    kind: text().notNull(),
    callId: uuid(),
    proposalId: uuid(),
    personId: uuid(),
    email: text().notNull(),
    language: text().notNull(),
    subject: text().notNull(),
    text: text().notNull(),
    html: text().notNull(),
    madeAt: instant().notNull(),
    /** Prepared letters wait here until somebody has read and released them. */
    releasedAt: instant(),
    sentAt: instant(),
    stoppedAt: instant(),
    tries: integer().notNull().default(0),
    trouble: text().notNull().default('')
  },
  table => [index('letters_call').on(table.callId), index('letters_person').on(table.personId)]
)
