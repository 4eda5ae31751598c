import { boolean, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from '../db/columns.ts'

export const people = pgTable('people', {
  id: id(),
  /** Lower-cased and NFC: one address, one person. */
  email: text().notNull().unique(),
  name: text().notNull(),
  nameLatin: text().notNull().default(''),
  language: text().notNull().default('en'),
  zone: text(),
  country: text().notNull().default(''),
  institution: text().notNull().default(''),
  institutionEn: text().notNull().default(''),
  city: text().notNull().default(''),
  cityLatin: text().notNull().default(''),
  passwordHash: text(),
  administrator: boolean().notNull().default(false),
  confirmedAt: instant(),
  madeAt: instant().notNull(),
  disabledAt: instant()
})

export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the token; the token itself is only in the person's cookie. */
    tokenHash: text().primaryKey(),
    personId: uuid()
      .notNull()
      .references(() => people.id, { onDelete: 'cascade' }),
    shared: boolean().notNull().default(false),
    factors: text().array().notNull(),
    address: text().notNull().default(''),
    madeAt: instant().notNull(),
    seenAt: instant().notNull(),
    endsAt: instant().notNull()
  },
  table => [index('sessions_person').on(table.personId)]
)

/** What a program carries instead of a session: it acts as its person. The token itself is told once. */
export const tokens = pgTable(
  'tokens',
  {
    id: id(),
    personId: uuid()
      .notNull()
      .references(() => people.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** SHA-256 of the token. */
    hash: text().notNull().unique(),
    /** `read` only looks; `act` does what its person may do. */
    scope: text({ enum: ['read', 'act'] }).notNull(),
    madeAt: instant().notNull(),
    endsAt: instant().notNull(),
    lastUsedAt: instant(),
    revokedAt: instant()
  },
  table => [index('tokens_person').on(table.personId)]
)

/** A one-time code: sent by mail to sign in or to confirm a new address; or the console's, which makes the first account or signs one person in. */
export const codes = pgTable(
  'codes',
  {
    id: id(),
    email: text().notNull(),
    purpose: text({ enum: ['sign_in', 'sign_up', 'founding', 'link'] }).notNull(),
    codeHash: text().notNull(),
    /** What a sign-up typed, kept until its address is confirmed. */
    name: text().notNull().default(''),
    language: text().notNull().default('en'),
    passwordHash: text(),
    tries: integer().notNull().default(0),
    madeAt: instant().notNull(),
    endsAt: instant().notNull(),
    usedAt: instant()
  },
  table => [index('codes_email').on(table.email)]
)

/** Who organises, chairs, accompanies or audits: for a whole programme, or one of its calls. Jurors stand in `jurors`. */
export const roles = pgTable(
  'roles',
  {
    id: id(),
    personId: uuid()
      .notNull()
      .references(() => people.id),
    programmeId: uuid().notNull(),
    callId: uuid(),
    role: text({ enum: ['organiser', 'chair', 'ambassador', 'auditor'] }).notNull(),
    /** Confirmed when the person has signed in and accepted: only then may they be a second person. */
    confirmedAt: instant(),
    madeAt: instant().notNull(),
    endedAt: instant()
  },
  table => [
    uniqueIndex('roles_once').on(table.personId, table.programmeId, table.callId, table.role),
    index('roles_programme').on(table.programmeId)
  ]
)

export const invitations = pgTable(
  'invitations',
  {
    id: id(),
    tokenHash: text().notNull().unique(),
    email: text().notNull(),
    name: text().notNull().default(''),
    language: text().notNull().default('en'),
    purpose: text({ enum: ['organiser', 'auditor', 'juror'] }).notNull(),
    programmeId: uuid().notNull(),
    callId: uuid(),
    jurorId: uuid(),
    byPerson: uuid(),
    madeAt: instant().notNull(),
    endsAt: instant().notNull(),
    usedAt: instant(),
    declinedAt: instant(),
    word: text().notNull().default('')
  },
  table => [index('invitations_email').on(table.email)]
)
