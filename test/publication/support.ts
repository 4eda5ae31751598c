import { eq } from 'drizzle-orm'
import { callAt, type StandingCall } from '../../src/calls/queries.ts'
import { calls } from '../../src/calls/tables.ts'
import type { Db } from '../../src/db/connect.ts'
import type { AuditorsBundle, PublicBundle } from '../../src/publication/bundle.ts'
import { auditorsBundleOf, publicationsOf } from '../../src/publication/queries.ts'
import { databaseFrom, type TestDatabase } from '../support/database.ts'
import { aStore, momentNamed, theExample } from '../support/example.ts'

type Told = Parameters<typeof databaseFrom>[0]

/** The example as it stands when its results are public; played once in a run, then copied. */
export async function thePublishedExample(t: Told): Promise<TestDatabase> {
  return databaseFrom(t, 'example-announced', async ({ db }) => {
    await theExample(db, await aStore(t)).playTo(momentNamed('announced'))
  })
}

export async function theCall(db: Db): Promise<StandingCall> {
  const [row] = await db.select({ id: calls.id }).from(calls).where(eq(calls.slug, 'awards-2026'))
  const call = await callAt(db, row?.id ?? '')
  if (!call) throw new Error('The example has no call')
  return call
}

/** Both bundles of the published example. */
export async function itsBundles(db: Db): Promise<{ open: PublicBundle; closed: AuditorsBundle }> {
  const call = await theCall(db)
  const [published] = await publicationsOf(db, call.id)
  const closed = await auditorsBundleOf(db, call)
  if (!published?.bundle || !closed) throw new Error('The example has no bundle')
  return { open: published.bundle as unknown as PublicBundle, closed }
}
