import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { people } from '../accounts/tables.ts'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'
import { proposals } from '../proposals/tables.ts'

/** One person on one call's panel. */
export const jurors = pgTable(
  'jurors',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    personId: uuid().references(() => people.id),
    /** A short label for lists and imports (J01); never shown to applicants. */
    label: text().notNull(),
    email: text().notNull(),
    name: text().notNull(),
    nameLatin: text().notNull().default(''),
    country: text().notNull().default(''),
    city: text().notNull().default(''),
    institution: text().notNull().default(''),
    expertise: text().array().notNull().default([]),
    reads: text().array().notNull().default([]),
    language: text().notNull().default('en'),
    minLoad: integer().notNull().default(0),
    maxLoad: integer().notNull(),
    chair: boolean().notNull().default(false),
    invitedAt: instant().notNull(),
    acceptedAt: instant(),
    declinedAt: instant(),
    declineWord: text().notNull().default(''),
    /** Institutions and people a juror of a blind call is tied to. */
    ties: jsonb().$type<string[]>().notNull().default([]),
    endedAt: instant()
  },
  table => [
    unique('jurors_label').on(table.callId, table.label),
    unique('jurors_email').on(table.callId, table.email),
    index('jurors_person').on(table.personId)
  ]
)

/** A juror's word on one proposal, and what the organiser decided about it. The newest row of a pair stands. */
export const declarations = pgTable(
  'declarations',
  {
    id: id(),
    jurorId: uuid()
      .notNull()
      .references(() => jurors.id),
    proposalId: uuid()
      .notNull()
      .references(() => proposals.id),
    kind: text().notNull(),
    word: text().notNull().default(''),
    declaredAt: instant().notNull(),
    decision: text({ enum: ['recused', 'no_conflict'] }),
    decidedBy: uuid(),
    decidedAt: instant(),
    reason: text().notNull().default('')
  },
  table => [
    index('declarations_pair').on(table.jurorId, table.proposalId),
    index('declarations_proposal').on(table.proposalId)
  ]
)

export const assignments = pgTable(
  'assignments',
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
    source: text({ enum: ['solver', 'hand', 'import'] }).notNull(),
    locked: boolean().notNull().default(false),
    assignedAt: instant().notNull(),
    byPerson: uuid().notNull(),
    /** Jurors see an assignment only once it is released. */
    releasedAt: instant(),
    endedAt: instant(),
    endReason: text().notNull().default('')
  },
  table => [
    uniqueIndex('assignments_once').on(table.proposalId, table.jurorId).where(sql`${table.endedAt} is null`),
    index('assignments_call').on(table.callId),
    index('assignments_juror').on(table.jurorId)
  ]
)

/** One run of the solver, kept with what went in and what came out. */
export const assignmentRuns = pgTable('assignment_runs', {
  id: id(),
  callId: uuid()
    .notNull()
    .references(() => calls.id),
  input: jsonb().$type<Record<string, unknown>>().notNull(),
  result: jsonb().$type<Record<string, unknown>>().notNull(),
  byPerson: uuid().notNull(),
  at: instant().notNull()
})
