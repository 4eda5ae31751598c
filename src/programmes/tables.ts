import { integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from '../db/columns.ts'

/** One text per language code: `{ en: '…', bg: '…' }`. */
export type Texts = Record<string, string>

export type Organiser = { name: string; city: string; country: string; email: string; dataProtection: string }

/** A country of the programme: how it is called, its zone and languages, and the footnote its name needs, if any. */
export type Country = { code: string; name: Texts; zone: string; languages: string[]; footnote?: string }

export const programmes = pgTable('programmes', {
  id: id(),
  slug: text().notNull().unique(),
  name: jsonb().$type<Texts>().notNull(),
  organiser: jsonb().$type<Organiser>().notNull(),
  zone: text().notNull(),
  currency: text().notNull(),
  languages: text().array().notNull(),
  countries: jsonb().$type<Country[]>().notNull().default([]),
  /** A programme with one person may say so; the public pages then print it. */
  singlePersonAt: instant(),
  madeAt: instant().notNull()
})

export const stages = pgTable(
  'stages',
  {
    id: id(),
    programmeId: uuid()
      .notNull()
      .references(() => programmes.id),
    slug: text().notNull(),
    kind: text({ enum: ['admission', 'training', 'award'] }).notNull(),
    title: jsonb().$type<Texts>().notNull(),
    position: integer().notNull()
  },
  table => [unique('stages_slug').on(table.programmeId, table.slug)]
)
