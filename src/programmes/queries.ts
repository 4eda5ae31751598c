import { and, asc, countDistinct, desc, eq, getTableColumns, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import { people, roles } from '../accounts/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { programmes, stages } from './tables.ts'

export type Programme = typeof programmes.$inferSelect
export type Stage = typeof stages.$inferSelect

/** The programme a page is about; without one, the installation's only or newest programme. */
export async function programmeShown(db: Db | Tx, programmeId: string | null): Promise<Programme | null> {
  const query = db.select().from(programmes)
  const [programme] = programmeId
    ? await query.where(eq(programmes.id, programmeId))
    : await query.orderBy(desc(programmes.madeAt), asc(programmes.slug)).limit(1)
  return programme ?? null
}

/** The version of a programme that a call was read with, from memory where it was seen before. */
export async function programmeOfCall(
  db: Db | Tx,
  { programmeId, programmeStamp }: { programmeId: string; programmeStamp: string }
): Promise<Programme | null> {
  const known = kept.get(programmeId)
  if (known?.stamp === programmeStamp) return known.programme
  const [read] = await db
    .select({ ...getTableColumns(programmes), stamp: sql<string>`programmes.xmin::text || programmes.ctid::text` })
    .from(programmes)
    .where(eq(programmes.id, programmeId))
  if (!read) return null
  const { stamp, ...programme } = read
  if (kept.size >= KEPT_PROGRAMMES) kept.clear()
  kept.set(programmeId, { stamp, programme })
  return programme
}

const KEPT_PROGRAMMES = 100
const kept = new Map<string, { stamp: string; programme: Programme }>()

export async function programmeAt(db: Db | Tx, slug: string): Promise<Programme | null> {
  const [programme] = await db.select().from(programmes).where(eq(programmes.slug, slug))
  return programme ?? null
}

export async function allProgrammes(db: Db | Tx): Promise<Programme[]> {
  return db.select().from(programmes).orderBy(desc(programmes.madeAt), asc(programmes.slug))
}

export async function stagesOf(db: Db | Tx, programmeId: string): Promise<Stage[]> {
  return db
    .select()
    .from(stages)
    .where(eq(stages.programmeId, programmeId))
    .orderBy(asc(stages.position), asc(stages.slug))
}

/** Whether a person organises a programme as a whole. */
export async function organisesProgramme(db: Db | Tx, personId: string, programmeId: string): Promise<boolean> {
  const [held] = await db
    .select({ id: roles.id })
    .from(roles)
    .where(
      and(
        eq(roles.personId, personId),
        eq(roles.programmeId, programmeId),
        eq(roles.role, 'organiser'),
        isNull(roles.callId),
        isNull(roles.endedAt)
      )
    )
    .limit(1)
  return held !== undefined
}

/** Whether a person organises any programme here. */
export async function organisesAny(db: Db | Tx, personId: string): Promise<boolean> {
  const [held] = await db
    .select({ id: roles.id })
    .from(roles)
    .where(and(eq(roles.personId, personId), eq(roles.role, 'organiser'), isNull(roles.callId), isNull(roles.endedAt)))
    .limit(1)
  return held !== undefined
}

/** The programmes that a person organises as a whole. */
export async function programmesOf(db: Db | Tx, personId: string): Promise<Programme[]> {
  const held = await db
    .selectDistinct({ programmeId: roles.programmeId })
    .from(roles)
    .where(and(eq(roles.personId, personId), eq(roles.role, 'organiser'), isNull(roles.callId), isNull(roles.endedAt)))
  if (held.length === 0) return []
  return db
    .select()
    .from(programmes)
    .where(
      inArray(
        programmes.id,
        held.map(({ programmeId }) => programmeId)
      )
    )
    .orderBy(desc(programmes.madeAt), asc(programmes.slug))
}

/** How many other confirmed people of a programme could be the second one. */
export async function othersWhoMayConfirm(db: Db | Tx, programmeId: string, personId: string): Promise<number> {
  const [row] = await db
    .select({ others: countDistinct(roles.personId) })
    .from(roles)
    .innerJoin(people, eq(roles.personId, people.id))
    .where(
      and(
        eq(roles.programmeId, programmeId),
        ne(roles.personId, personId),
        inArray(roles.role, ['organiser', 'chair', 'auditor']),
        isNull(roles.callId),
        isNotNull(roles.confirmedAt),
        isNull(roles.endedAt),
        isNull(people.disabledAt)
      )
    )
  return row?.others ?? 0
}

export type TeamMember = {
  personId: string
  name: string
  email: string
  role: (typeof roles.$inferSelect)['role']
  confirmedAt: Date | null
}

/** Who holds a role for the whole of a programme. */
export async function teamOf(db: Db | Tx, programmeId: string): Promise<TeamMember[]> {
  return db
    .select({
      personId: people.id,
      name: people.name,
      email: people.email,
      role: roles.role,
      confirmedAt: roles.confirmedAt
    })
    .from(roles)
    .innerJoin(people, eq(roles.personId, people.id))
    .where(and(eq(roles.programmeId, programmeId), isNull(roles.callId), isNull(roles.endedAt)))
    .orderBy(asc(roles.madeAt), asc(people.name))
}
