import { index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from '../db/columns.ts'

/** Append-only: the site's database role may insert and read here, nothing else. One chain per call, one for the installation. */
export const historyEntries = pgTable(
  'history_entries',
  {
    id: id(),
    chain: text().notNull(),
    position: integer().notNull(),
    at: instant().notNull(),
    what: text().notNull(),
    about: text(),
    byPerson: uuid(),
    facts: jsonb().$type<Record<string, unknown>>().notNull(),
    digests: jsonb().$type<Record<string, string>>().notNull(),
    previousHash: text().notNull(),
    hash: text().notNull()
  },
  table => [
    unique('history_entries_chain_position').on(table.chain, table.position),
    index('history_entries_about').on(table.about)
  ]
)

/** What erasure may delete: the personal or free-text value behind a salted digest of an entry. */
export const historyValues = pgTable(
  'history_values',
  { entryId: uuid().notNull(), field: text().notNull(), value: jsonb().notNull(), salt: text().notNull() },
  table => [primaryKey({ columns: [table.entryId, table.field] })]
)
