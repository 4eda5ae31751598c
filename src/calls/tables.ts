import { index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from '../db/columns.ts'
import { programmes, stages, type Texts } from '../programmes/tables.ts'
import type { Decision } from './lifecycle.ts'
import type { CallRules } from './rules.ts'

export type CallTexts = { title: Texts; lede: Texts; body: Texts }

export const calls = pgTable('calls', {
  id: id(),
  programmeId: uuid()
    .notNull()
    .references(() => programmes.id),
  stageId: uuid()
    .notNull()
    .references(() => stages.id),
  slug: text().notNull().unique(),
  texts: jsonb().$type<CallTexts>().notNull(),
  /** Free to change until `seal` is set; from then on only with a reason and a second person. */
  rules: jsonb().$type<CallRules>().notNull(),
  /** SHA-256, hex, of the rules' canonical JSON. */
  seal: text(),
  /** Counts saves, so that two tabs cannot overwrite each other in silence. */
  version: integer().notNull().default(1),
  madeBy: uuid().notNull(),
  madeAt: instant().notNull()
})

/** What people decided about a call, one row each: the state is worked out from these and the dates. */
export const callDecisions = pgTable(
  'call_decisions',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    decision: text().$type<Decision>().notNull(),
    at: instant().notNull(),
    byPerson: uuid().notNull(),
    secondPerson: uuid(),
    facts: jsonb().$type<Record<string, unknown>>().notNull().default({})
  },
  table => [unique('call_decisions_once').on(table.callId, table.decision)]
)

/** A weighty action asked for by one person, waiting for another. */
export const confirmations = pgTable(
  'confirmations',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    action: text({ enum: ['opening', 'rule_change', 'sign_off', 'publication', 'erasure'] }).notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    /** SHA-256 of the canonical payload: the second person confirms exactly what the first one asked. */
    digest: text().notNull(),
    reason: text().notNull().default(''),
    askedBy: uuid().notNull(),
    askedAt: instant().notNull(),
    givenBy: uuid(),
    givenAt: instant(),
    withdrawnAt: instant()
  },
  table => [index('confirmations_call').on(table.callId)]
)

/** A changed rule after opening stands here with its reason and is shown publicly. */
export const ruleChanges = pgTable('rule_changes', {
  id: id(),
  callId: uuid()
    .notNull()
    .references(() => calls.id),
  before: jsonb().$type<CallRules>().notNull(),
  after: jsonb().$type<CallRules>().notNull(),
  seal: text().notNull(),
  reason: text().notNull(),
  byPerson: uuid().notNull(),
  secondPerson: uuid().notNull(),
  at: instant().notNull()
})

/** Who may apply, where the call says "listed people". */
export const listedPeople = pgTable(
  'listed_people',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    email: text().notNull(),
    name: text().notNull(),
    nameLatin: text().notNull().default(''),
    institution: text().notNull().default(''),
    institutionEn: text().notNull().default(''),
    city: text().notNull().default(''),
    cityLatin: text().notNull().default(''),
    country: text().notNull().default(''),
    language: text().notNull().default('en')
  },
  table => [unique('listed_people_once').on(table.callId, table.email)]
)

/** A later deadline, for one person or (no person) for all. */
export const extensions = pgTable(
  'extensions',
  {
    id: id(),
    callId: uuid()
      .notNull()
      .references(() => calls.id),
    personId: uuid(),
    until: instant().notNull(),
    reason: text().notNull(),
    byPerson: uuid().notNull(),
    at: instant().notNull()
  },
  table => [index('extensions_call').on(table.callId)]
)
