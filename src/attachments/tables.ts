import { bigint, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from '../db/columns.ts'
import { proposals } from '../proposals/tables.ts'

/** A row is written after its bytes are safe on disk: it never points at missing bytes. */
export const attachments = pgTable(
  'attachments',
  {
    id: id(),
    proposalId: uuid()
      .notNull()
      .references(() => proposals.id),
    field: text().notNull(),
    name: text().notNull(),
    mime: text().notNull(),
    bytes: bigint({ mode: 'number' }).notNull(),
    sha256: text().notNull(),
    storageKey: text().notNull(),
    byPerson: uuid().notNull(),
    receivedAt: instant().notNull(),
    /** Taken out of the draft. A version that names it still has it. */
    removedAt: instant()
  },
  table => [index('attachments_proposal').on(table.proposalId), index('attachments_key').on(table.storageKey)]
)
