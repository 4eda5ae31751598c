import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'

/** What the public reads, exactly as two people saw it before. Visible once the deciding time has reached `visibleAt`. */
export const publications = pgTable(
  'publications',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    kind: text({ enum: ['provisional', 'final', 'correction'] }).notNull(),
    content: jsonb().$type<Record<string, unknown>>().notNull(),
    seal: text().notNull(),
    inputHash: text().notNull(),
    historyHead: text().notNull(),
    visibleAt: instant().notNull(),
    byPerson: uuid().notNull(),
    secondPerson: uuid().notNull(),
    at: instant().notNull(),
    takenBackAt: instant()
  },
  table => [index('publications_call').on(table.callId)]
)
