import { index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'
import { jurors } from '../panel/tables.ts'
import { proposals } from '../proposals/tables.ts'

/** One juror's scores and comments on one proposal; a draft until submitted. */
export const reviews = pgTable(
  'reviews',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    proposalId: uuid()
      .notNull()
      .references(() => proposals.id),
    jurorId: uuid()
      .notNull()
      .references(() => jurors.id),
    toApplicant: text().notNull().default(''),
    toApplicantLanguage: text().notNull().default('en'),
    toPanel: text().notNull().default(''),
    /** Counts saves: a stale save is answered with both texts, never overwrites. */
    version: integer().notNull().default(1),
    startedAt: instant().notNull(),
    savedAt: instant().notNull(),
    voidAt: instant(),
    voidReason: text().notNull().default('')
  },
  table => [
    unique('reviews_once').on(table.proposalId, table.jurorId),
    index('reviews_call').on(table.callId),
    index('reviews_juror').on(table.jurorId)
  ]
)

/** A score in whole units of the scale's step above zero (4.5 with half points is 9). A score not given has no row. */
export const scores = pgTable(
  'scores',
  {
    reviewId: uuid()
      .notNull()
      .references(() => reviews.id),
    criterion: text().notNull(),
    units: integer(),
    comment: text().notNull().default('')
  },
  table => [primaryKey({ columns: [table.reviewId, table.criterion] })]
)

/** The moment a juror handed a review in, with the whole of it as it then was. */
export const submissions = pgTable(
  'submissions',
  {
    id: id(),
    reviewId: uuid()
      .notNull()
      .references(() => reviews.id),
    jurorId: uuid().notNull(),
    at: instant().notNull(),
    scores: jsonb().$type<Record<string, number>>().notNull(),
    comments: jsonb().$type<Record<string, string>>().notNull(),
    toApplicant: text().notNull(),
    toPanel: text().notNull()
  },
  table => [index('submissions_review').on(table.reviewId)]
)

/** A score changed after its submission: the original stays, with a reason. */
export const scoreChanges = pgTable(
  'score_changes',
  {
    id: id(),
    reviewId: uuid()
      .notNull()
      .references(() => reviews.id),
    criterion: text().notNull(),
    unitsBefore: integer().notNull(),
    unitsAfter: integer().notNull(),
    reason: text().notNull(),
    byPerson: uuid().notNull(),
    at: instant().notNull()
  },
  table => [index('score_changes_review').on(table.reviewId)]
)
