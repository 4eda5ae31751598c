import { and, eq } from 'drizzle-orm'
import { giveRole } from '../accounts/commands.ts'
import { people } from '../accounts/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { decidingTime } from '../db/time.ts'
import { remember } from '../history/commands.ts'
import { Mistaken, must, Refused } from '../refusal.ts'
import { organisesAny, organisesProgramme, othersWhoMayConfirm, type Programme } from './queries.ts'
import { factsVersion, whyNotSinglePerson, whyNotSlug } from './rules.ts'
import { type Country, type Organiser, programmes, stages, type Texts } from './tables.ts'

export type ProgrammeFacts = {
  name: Texts
  organiser: Organiser
  zone: string
  currency: string
  languages: string[]
  countries: Country[]
}

/**
 * Makes a programme; whoever makes it organises it. For administrators of the installation, and for people who organise
 * a programme here already.
 */
export async function makeProgramme(
  db: Db,
  { slug, by, ...facts }: ProgrammeFacts & { slug: string; by: string }
): Promise<string> {
  return db.transaction(async tx => {
    const [maker] = await tx.select().from(people).where(eq(people.id, by)).for('share')
    if (!maker || maker.disabledAt) throw new Refused({ code: 'not_found' })
    if (!maker.administrator && !(await organisesAny(tx, by))) throw new Refused({ code: 'not_found' })
    const [taken] = await tx.select({ id: programmes.id }).from(programmes).where(eq(programmes.slug, slug))
    if (taken) throw new Mistaken([{ field: 'slug', code: 'slug_taken' }])
    must(whyNotSlug(slug))
    const at = await decidingTime(tx)
    const [made] = await tx
      .insert(programmes)
      .values({ slug, ...facts, madeAt: at })
      .onConflictDoNothing()
      .returning({ id: programmes.id })
    if (!made) throw new Mistaken([{ field: 'slug', code: 'slug_taken' }])
    await giveRole(tx, { personId: by, programmeId: made.id, role: 'organiser', confirmed: true, by })
    await remember(tx, { what: 'programme.made', about: made.id, byPerson: by, at, facts: { slug } })
    return made.id
  })
}

export async function editProgramme(
  db: Db,
  {
    programmeId,
    version,
    by,
    ...facts
  }: ProgrammeFacts & { programmeId: string; version?: string | undefined; by: string }
): Promise<void> {
  await db.transaction(async tx => {
    const programme = await ownProgramme(tx, programmeId, by)
    if (version !== undefined && version !== factsVersion(programme))
      throw new Mistaken([{ field: 'version', code: 'stale_profile' }])
    await tx.update(programmes).set(facts).where(eq(programmes.id, programmeId))
    const at = await decidingTime(tx)
    await remember(tx, {
      what: 'programme.edited',
      about: programmeId,
      byPerson: by,
      at,
      facts: { zone: facts.zone, currency: facts.currency, languages: facts.languages },
      values: { organiser: facts.organiser }
    })
  })
}

/** Adds a stage. Asked twice for the same one, it answers the first. */
export async function makeStage(
  db: Db,
  {
    programmeId,
    slug,
    kind,
    title,
    position,
    by
  }: {
    programmeId: string
    slug: string
    kind: (typeof stages.$inferSelect)['kind']
    title: Texts
    position: number
    by: string
  }
): Promise<string> {
  return db.transaction(async tx => {
    await ownProgramme(tx, programmeId, by)
    must(whyNotSlug(slug))
    const [there] = await tx
      .select({ id: stages.id, kind: stages.kind })
      .from(stages)
      .where(and(eq(stages.programmeId, programmeId), eq(stages.slug, slug)))
    if (there && there.kind !== kind) throw new Mistaken([{ field: 'slug', code: 'slug_taken' }])
    if (there) return there.id
    const [made] = await tx
      .insert(stages)
      .values({ programmeId, slug, kind, title, position })
      .returning({ id: stages.id })
    if (!made) throw new Refused({ code: 'not_found' })
    const at = await decidingTime(tx)
    await remember(tx, { what: 'stage.made', about: made.id, byPerson: by, at, facts: { programmeId, slug, kind } })
    return made.id
  })
}

/**
 * A programme with one person may say that there is no second one; its public pages then print it. Refused while
 * somebody else could confirm.
 */
export async function switchSinglePerson(
  db: Db,
  { programmeId, on, by }: { programmeId: string; on: boolean; by: string }
): Promise<void> {
  await db.transaction(async tx => {
    const programme = await ownProgramme(tx, programmeId, by)
    if ((programme.singlePersonAt !== null) === on) return
    if (on) must(whyNotSinglePerson(await othersWhoMayConfirm(tx, programmeId, by)))
    const at = await decidingTime(tx)
    await tx
      .update(programmes)
      .set({ singlePersonAt: on ? at : null })
      .where(eq(programmes.id, programmeId))
    await remember(tx, { what: 'programme.single_person', about: programmeId, byPerson: by, at, facts: { on } })
  })
}

async function ownProgramme(tx: Tx, programmeId: string, by: string): Promise<Programme> {
  const [programme] = await tx.select().from(programmes).where(eq(programmes.id, programmeId)).for('update')
  if (!programme || !(await organisesProgramme(tx, by, programmeId))) throw new Refused({ code: 'not_found' })
  return programme
}
