import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { and, asc, eq, isNotNull, sql } from 'drizzle-orm'
import { attachments } from '../attachments/tables.ts'
import { sealOf } from '../calls/rules.ts'
import { calls } from '../calls/tables.ts'
import { connectTo, type Db, type Target } from '../db/connect.ts'
import { appendOnlyTables } from '../db/migrate.ts'
import { realTime } from '../db/time.ts'
import { saltedDigest } from '../history/chain.ts'
import { chains, faults } from '../history/queries.ts'
import { historyEntries, historyValues } from '../history/tables.ts'
import { receiptDigest } from '../proposals/receipt.ts'
import { proposals, versions } from '../proposals/tables.ts'
import { publications } from '../publication/tables.ts'
import { whyNotScore } from '../reviews/rubric.ts'
import { reviews, scores } from '../reviews/tables.ts'
import { NotKept, type Store } from '../storage/store.ts'
import { decisionsStand, publicationsStand, rankingsRecompute } from './outcomes.ts'

/** One sentence about one thing. `note`: nothing is wrong, but whoever runs the site should know. */
export type Finding = { is: 'well' | 'note' | 'wrong'; says: string }

export type Examined = { db: Db; store: Store; owner: Target; site: Target }

const well = (says: string): Finding => ({ is: 'well', says })
const note = (says: string): Finding => ({ is: 'note', says })
const wrong = (says: string): Finding => ({ is: 'wrong', says })

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`

type Check = (house: Examined) => Promise<Finding[]>

/** In order: what everything else stands on comes first. */
export const checks: readonly Check[] = [
  databaseAnswers,
  rolesAreTwo,
  historyIsClosed,
  historyHolds,
  valuesMatch,
  publishedHeadsStand,
  storeWorks,
  filesAreWhole,
  orphansAreFew,
  sealsMatch,
  receiptsMatch,
  scoresAreOnScale,
  rankingsRecompute,
  decisionsStand,
  publicationsStand,
  winnersAreWithinNumber,
  disabledAreOut
]

async function databaseAnswers({ db }: Examined): Promise<Finding[]> {
  const [row] = await db.execute<{ version: string }>(sql`select current_setting('server_version') as version`)
  return [well(`The database answers (PostgreSQL ${row?.version}).`)]
}

async function rolesAreTwo({ owner, site }: Examined): Promise<Finding[]> {
  const [owns, works] = await Promise.all([roleAt(owner), roleAt(site)])
  return owns === works
    ? [
        note(
          `There is only one database role (${works}): whoever has its password can change history. Set DATABASE_OWNER_URL to a second one that owns the tables.`
        )
      ]
    : [well(`The tables belong to ${owns}, and the site works as ${works}.`)]
}

async function roleAt(target: Target): Promise<string> {
  const client = connectTo(target, { max: 1 })
  try {
    const [row] = await client<[{ role: string }]>`select current_user as role`
    return row.role
  } finally {
    await client.end({ timeout: 5 })
  }
}

async function historyIsClosed({ db }: Examined): Promise<Finding[]> {
  const open: string[] = []
  for (const table of appendOnlyTables()) {
    const [row] = await db.execute<{ may: boolean; owns: boolean }>(sql`
      select has_table_privilege(current_user, ${table}, 'update, delete') as may,
             exists (select from pg_tables where tablename = ${table} and tableowner = current_user) as owns`)
    if (row?.may && !row.owns) open.push(table)
  }
  return open.length > 0
    ? [wrong(`The site's role may change ${open.join(' and ')}. Start the site once: it takes that right away again.`)]
    : []
}

async function historyHolds({ db }: Examined): Promise<Finding[]> {
  const found = await faults(db)
  const said = {
    gap: 'is missing, or stands twice',
    broken_link: 'does not follow the one before it',
    changed: 'was changed'
  }
  if (found.length > 0)
    return found.map(({ chain, position, fault }) => wrong(`History of ${chain}: entry ${position} ${said[fault]}.`))
  const all = (await chains(db)).length
  return [well(`History holds in ${counted(all, 'chain', 'chains')}, from the first entry to the last.`)]
}

async function valuesMatch({ db }: Examined): Promise<Finding[]> {
  const rows = await db
    .select({
      chain: historyEntries.chain,
      position: historyEntries.position,
      digests: historyEntries.digests,
      field: historyValues.field,
      value: historyValues.value,
      salt: historyValues.salt
    })
    .from(historyValues)
    .innerJoin(historyEntries, eq(historyValues.entryId, historyEntries.id))
  return rows
    .filter(({ digests, field, salt, value }) => digests[field] !== saltedDigest(salt, value))
    .map(({ chain, position, field }) =>
      wrong(`History of ${chain}: the text "${field}" beside entry ${position} is not the one that was remembered.`)
    )
}

/** A chain that was cut short holds in itself; what was published of it tells. */
async function publishedHeadsStand({ db }: Examined): Promise<Finding[]> {
  const rows = await db
    .select({ slug: calls.slug, entry: historyEntries.id })
    .from(publications)
    .innerJoin(calls, eq(publications.callId, calls.id))
    .leftJoin(
      historyEntries,
      and(
        eq(historyEntries.chain, sql`${publications.callId}::text`),
        eq(historyEntries.hash, publications.historyHead)
      )
    )
  return rows
    .filter(({ entry }) => entry === null)
    .map(({ slug }) => wrong(`History of the call ${slug} no longer holds the entry that its results page names.`))
}

async function storeWorks({ store }: Examined): Promise<Finding[]> {
  return store.check().then(
    () => [well('Files can be written and read.')],
    error => [wrong(`Files cannot be written or read: ${(error.cause as Error | undefined)?.message ?? error.message}`)]
  )
}

async function filesAreWhole({ db, store }: Examined): Promise<Finding[]> {
  const rows = await db.select().from(attachments).orderBy(asc(attachments.receivedAt))
  const found: Finding[] = []
  for (const { id, storageKey, bytes, sha256 } of rows) {
    const kept = await measured(store, storageKey)
    if (!kept) found.push(wrong(`The bytes of attachment ${id} are missing (file ${storageKey}).`))
    else if (kept.bytes !== bytes || kept.sha256 !== sha256)
      found.push(wrong(`The bytes of attachment ${id} are not those that were received (file ${storageKey}).`))
  }
  return found.length > 0
    ? found
    : [well(`${counted(rows.length, 'attachment is', 'attachments are')} there, every byte as received.`)]
}

async function measured(store: Store, key: string): Promise<{ bytes: number; sha256: string } | null> {
  let source: Readable
  try {
    source = await store.open(key)
  } catch (error) {
    if (error instanceof NotKept) return null
    throw error
  }
  const digest = createHash('sha256')
  let bytes = 0
  for await (const chunk of source) {
    digest.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: digest.digest('hex') }
}

async function orphansAreFew({ db, store }: Examined): Promise<Finding[]> {
  const rows = await db.select({ key: attachments.storageKey }).from(attachments)
  const known = new Set(rows.map(({ key }) => key))
  const anHourAgo = new Date((await realTime(db)).getTime() - 3_600_000)
  let orphans = 0
  for await (const { key, storedAt } of store.list()) if (!known.has(key) && storedAt < anHourAgo) orphans += 1
  return orphans > 0
    ? [note(`${counted(orphans, 'file belongs', 'files belong')} to nothing; the nightly sweep removes them.`)]
    : []
}

async function sealsMatch({ db }: Examined): Promise<Finding[]> {
  const rows = await db
    .select({ slug: calls.slug, rules: calls.rules, seal: calls.seal })
    .from(calls)
    .where(isNotNull(calls.seal))
  const broken = rows.filter(({ rules, seal }) => sealOf(rules) !== seal)
  if (broken.length > 0)
    return broken.map(({ slug }) => wrong(`The rules of the call ${slug} are not those of its seal.`))
  return rows.length > 0 ? [well(`${counted(rows.length, 'call has', 'calls have')} the rules of the seal.`)] : []
}

async function receiptsMatch({ db }: Examined): Promise<Finding[]> {
  const rows = await db
    .select({ version: versions, number: proposals.number, call: calls.slug })
    .from(versions)
    .innerJoin(proposals, eq(versions.proposalId, proposals.id))
    .innerJoin(calls, eq(proposals.callId, calls.id))
  const broken = rows.filter(({ version, number, call }) => {
    const { answers, files, submittedAt, digest } = version
    return (
      receiptDigest({ call, number: number ?? '', submittedAt: submittedAt.toISOString(), answers, files }) !== digest
    )
  })
  if (broken.length > 0)
    return broken.map(({ call, number, version }) =>
      wrong(`Version ${version.position} of proposal ${number} in ${call} is not the one on its receipt.`)
    )
  return rows.length > 0
    ? [well(`${counted(rows.length, 'submitted version is', 'submitted versions are')} as on the receipts.`)]
    : []
}

async function scoresAreOnScale({ db }: Examined): Promise<Finding[]> {
  const rows = await db
    .select({ reviewId: reviews.id, criterion: scores.criterion, units: scores.units, rules: calls.rules })
    .from(scores)
    .innerJoin(reviews, eq(scores.reviewId, reviews.id))
    .innerJoin(calls, eq(reviews.callId, calls.id))
    .where(isNotNull(scores.units))
  return rows
    .filter(({ units, rules }) => whyNotScore(units ?? Number.NaN, rules.rubric.scale))
    .map(({ reviewId, criterion }) => wrong(`Review ${reviewId} has a score outside the scale (${criterion}).`))
}

async function winnersAreWithinNumber({ db }: Examined): Promise<Finding[]> {
  const rows = await db.execute<{ slug: string; winners: number; most: number }>(sql`
    select c.slug, count(*)::int as winners, (c.rules->'awards'->>'count')::int as most
    from awards a join calls c on c.id = a.call_id
    where a.outcome = 'awarded' group by c.id having count(*) > (c.rules->'awards'->>'count')::int`)
  return rows.map(({ slug, winners, most }) => wrong(`The call ${slug} has ${winners} awards and may give ${most}.`))
}

async function disabledAreOut({ db }: Examined): Promise<Finding[]> {
  const [row] = await db.execute<{ open: number }>(sql`
    select count(*)::int as open from sessions s join people p on p.id = s.person_id
    where p.disabled_at is not null and s.ends_at > clock_timestamp()`)
  return row && row.open > 0 ? [wrong(`${counted(row.open, 'session', 'sessions')} of closed accounts are open.`)] : []
}
