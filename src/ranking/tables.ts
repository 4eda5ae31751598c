import { integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'

/** A frozen run from reviews to a ranked list. Later runs stand beside earlier ones. */
export const rankings = pgTable(
  'rankings',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    position: integer().notNull(),
    method: text().notNull(),
    /** What a person added after the freezing: the public value of the draw. */
    parameters: jsonb().$type<{ draw?: { seal: string; public: string } }>().notNull().default({}),
    software: text().notNull(),
    /** The normalised input, in the form `laurel rank` reads. */
    input: jsonb().$type<Record<string, unknown>>().notNull(),
    inputHash: text().notNull(),
    /** The answer, in the form `laurel rank` writes, the selection within. */
    result: jsonb().$type<Record<string, unknown>>().notNull(),
    byPerson: uuid().notNull(),
    at: instant().notNull()
  },
  table => [unique('rankings_position').on(table.callId, table.position)]
)
