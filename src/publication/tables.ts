import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'
import { rankings } from '../ranking/tables.ts'
import type { Label } from './bundle.ts'

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
    /** What everybody can check the result with, and its digest, which history holds too. Absent in what was published before there were bundles. */
    bundle: jsonb().$type<Record<string, unknown>>(),
    bundleDigest: text(),
    rankingId: uuid().references(() => rankings.id),
    seal: text().notNull(),
    /** Of the bundle's input, as the page prints it. */
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

/**
 * The labels under which the scores of a run are published, drawn by lot once. Whoever reads them can link what jurors gave:
 * they go into the auditor's bundle and nowhere else.
 */
export const bundleLabels = pgTable('bundle_labels', {
  rankingId: uuid()
    .primaryKey()
    .references(() => rankings.id),
  labels: jsonb().$type<Label[]>().notNull(),
  at: instant().notNull()
})
