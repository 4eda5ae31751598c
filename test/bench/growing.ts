import { join } from 'node:path'
import type { Sql } from 'postgres'
import { startSession } from '../../src/accounts/commands.ts'
import { connectTo, openDb } from '../../src/db/connect.ts'
import { ownerRole, siteRole } from '../../src/db/embedded.ts'
import { readSettings } from '../../src/settings.ts'
import { sessionCookie } from '../../src/web/sessions.ts'
import { Agent } from '../support/site.ts'
import type { Installation } from './installation.ts'

const database = 'laurel'

export async function asOwner<T>(folder: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connectTo({ host: join(folder, 'run'), database, username: ownerRole }, { max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

/** A browser in which a person of the example is signed in. */
export async function signedIn({ folder, url }: Installation, email: string): Promise<Agent> {
  const { db, sql, close } = openDb({ host: join(folder, 'run'), database, username: siteRole }, { max: 1 })
  try {
    const [person] = await sql<{ id: string }[]>`select id from people where email = ${email}`
    if (!person) throw new Error(`the example knows no ${email}`)
    const token = await startSession(db, { personId: person.id, shared: false, factors: ['bench'], address: '' })
    const agent = new Agent(url)
    agent.cookies.set(sessionCookie(readSettings({ DATA_DIR: folder })), token)
    return agent
  } finally {
    await close()
  }
}

export const cookieOf = ({ cookies }: Agent) => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

/**
 * Copies the example's proposals, jurors, assignments and reviews under new names until the call has `size` proposals.
 * Written past the rules, for only the amount matters here: what people did stands in the example.
 */
export async function grow(folder: string, size: number): Promise<void> {
  await asOwner(folder, sql =>
    sql.begin(async tx => {
      const [{ there, base, last }] = await tx<[{ there: number; base: number; last: number }]>`
        select count(*)::int as there,
               count(*) filter (where number not like '%-%')::int as base,
               coalesce(max(split_part(number, '-', 2)::int) filter (where number like '%-%'), 0) as last
        from proposals where number is not null`
      const copies = Math.ceil((size - there) / base)
      if (copies <= 0) return
      await tx`
        create temporary table copied_proposals on commit drop as
        select id as old, k, gen_random_uuid() as new, applicant_id as old_person, gen_random_uuid() as new_person,
               number || '-' || k as number
        from proposals, generate_series(${last + 1}::int, ${last + copies}::int) k
        where number not like '%-%' order by k, number limit ${size - there}`
      await tx`
        create temporary table copied_jurors on commit drop as
        select id as old, k, gen_random_uuid() as new, person_id as old_person, gen_random_uuid() as new_person,
               label || '-' || k as label
        from jurors, (select distinct k from copied_proposals) copies where label not like '%-%'`
      await copy(
        tx,
        'people',
        'copied_proposals c on t.id = c.old_person',
        `'id', c.new_person, 'email', c.k || '-' || t.email`
      )
      await copy(
        tx,
        'people',
        'copied_jurors c on t.id = c.old_person',
        `'id', c.new_person, 'email', c.k || '-' || t.email`
      )
      await copy(
        tx,
        'proposals',
        'copied_proposals c on t.id = c.old',
        `'id', c.new, 'applicant_id', c.new_person, 'number', c.number`
      )
      await copy(
        tx,
        'versions',
        'copied_proposals c on t.proposal_id = c.old',
        `'id', gen_random_uuid(), 'proposal_id', c.new, 'by_person', c.new_person,
         'applicant', t.applicant || jsonb_build_object('institution', t.applicant->>'institution' || ' ' || c.k)`
      )
      await copy(
        tx,
        'screenings',
        'copied_proposals c on t.proposal_id = c.old',
        `'id', gen_random_uuid(), 'proposal_id', c.new`
      )
      await copy(
        tx,
        'jurors',
        'copied_jurors c on t.id = c.old',
        `'id', c.new, 'person_id', c.new_person, 'label', c.label, 'email', c.k || '-' || t.email`
      )
      const both =
        'copied_proposals c on t.proposal_id = c.old join copied_jurors j on t.juror_id = j.old and j.k = c.k'
      for (const table of ['declarations', 'assignments'])
        await copy(tx, table, both, `'id', gen_random_uuid(), 'proposal_id', c.new, 'juror_id', j.new`)
      await tx.unsafe(
        `create temporary table copied_reviews on commit drop as
         select t.id as old, gen_random_uuid() as new, c.new as proposal, j.new as juror from reviews t join ${both}`
      )
      await copy(
        tx,
        'reviews',
        'copied_reviews c on t.id = c.old',
        `'id', c.new, 'proposal_id', c.proposal, 'juror_id', c.juror`
      )
      await copy(tx, 'scores', 'copied_reviews c on t.review_id = c.old', `'review_id', c.new`)
      await copy(
        tx,
        'submissions',
        'copied_reviews c on t.review_id = c.old',
        `'id', gen_random_uuid(), 'review_id', c.new, 'juror_id', c.juror`
      )
    })
  )
  await asOwner(folder, sql => sql`analyze`)
}

/** Every row of a table that the join names, once more, with the given columns changed. */
async function copy(
  sql: Sql | import('postgres').TransactionSql,
  table: string,
  join: string,
  changed: string
): Promise<void> {
  await (sql as Sql).unsafe(
    `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${changed}))).*
     from ${table} t join ${join}`
  )
}
