import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { people } from '../accounts/tables.ts'
import { calls } from '../calls/tables.ts'
import { id, instant } from '../db/columns.ts'
import type { Answers } from './answers.ts'

/** Who applies, as it stood when the version was submitted. */
export type Applicant = {
  name: string
  nameLatin: string
  email: string
  institution: string
  institutionEn: string
  city: string
  cityLatin: string
  country: string
}

/** A file of a submitted version: the bytes are named by their SHA-256. */
export type VersionFile = {
  attachmentId: string
  field: string
  name: string
  mime: string
  bytes: number
  sha256: string
}

export const proposals = pgTable(
  'proposals',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    applicantId: uuid()
      .notNull()
      .references(() => people.id),
    /** For people: random and short, given at the first submission; imported proposals keep theirs. */
    number: text(),
    /** The working draft. It never enters any figure, list, export or letter. */
    draft: jsonb().$type<Answers>().notNull(),
    draftVersion: integer().notNull().default(1),
    draftSavedAt: instant().notNull(),
    madeAt: instant().notNull(),
    withdrawnAt: instant(),
    withdrawalReason: text().notNull().default('')
  },
  table => [
    uniqueIndex('proposals_number').on(table.callId, table.number),
    uniqueIndex('proposals_one_per_person')
      .on(table.callId, table.applicantId)
      .where(sql`${table.withdrawnAt} is null`),
    index('proposals_applicant').on(table.applicantId)
  ]
)

/** What was submitted, frozen. The last one stands. */
export const versions = pgTable(
  'versions',
  {
    id: id(),
    proposalId: uuid()
      .notNull()
      .references(() => proposals.id),
    position: integer().notNull(),
    submittedAt: instant().notNull(),
    byPerson: uuid().notNull(),
    answers: jsonb().$type<Answers>().notNull(),
    applicant: jsonb().$type<Applicant>().notNull(),
    files: jsonb().$type<VersionFile[]>().notNull(),
    /** SHA-256 of the canonical JSON of call, number, answers, files and time: printed on the receipt. */
    digest: text().notNull()
  },
  table => [unique('versions_position').on(table.proposalId, table.position)]
)

export const screenings = pgTable(
  'screenings',
  {
    id: id(),
    proposalId: uuid()
      .notNull()
      .references(() => proposals.id),
    outcome: text({ enum: ['eligible', 'refused'] }).notNull(),
    reason: text().notNull().default(''),
    byPerson: uuid().notNull(),
    at: instant().notNull()
  },
  table => [index('screenings_proposal').on(table.proposalId, table.at)]
)
