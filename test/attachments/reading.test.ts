import { and, eq, inArray, isNull, notInArray } from 'drizzle-orm'
import t from 'tap'
import { attachments } from '../../src/attachments/tables.ts'
import { holdClock } from '../../src/db/time.ts'
import { assignments, declarations } from '../../src/panel/tables.ts'
import { theAwards } from '../proposals/support.ts'

const NOWHERE = '00000000-0000-4000-8000-000000000000'

t.test('a juror has the files of what is theirs to judge, and no others', async t => {
  const { site, cast, as } = await theAwards(t, 'judging')
  const { db } = site
  const jurorId = cast.jurors.get('J02') ?? ''
  const juror = await as('J02')
  const given = (
    await db
      .select({ proposalId: assignments.proposalId })
      .from(assignments)
      .where(and(eq(assignments.jurorId, jurorId), isNull(assignments.endedAt)))
  ).map(({ proposalId }) => proposalId)
  const fileOf = async (proposalIds: string[], among = true) => {
    const [file] = await db
      .select()
      .from(attachments)
      .where(
        and(
          among ? inArray(attachments.proposalId, proposalIds) : notInArray(attachments.proposalId, proposalIds),
          isNull(attachments.removedAt),
          eq(attachments.mime, 'application/pdf')
        )
      )
      .limit(1)
    if (!file) throw new Error('the example has no such file')
    return file
  }
  const bytesOf = async (key: string) => {
    const chunks: Buffer[] = []
    for await (const chunk of await site.store.open(key)) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }
  const get = async (id: string, cookie: string) =>
    fetch(`${site.url}/attachments/${id}`, { headers: { cookie }, redirect: 'manual' })
  const cookie = [...juror.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  const own = await fileOf(given)
  const answer = await get(own.id, cookie)
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'application/pdf')
  t.equal(answer.headers.get('cache-control'), 'private, no-store')
  t.notOk(answer.headers.get('content-disposition')?.includes(own.name), 'its name does not tell who sent it')
  t.ok(Buffer.from(await answer.arrayBuffer()).equals(await bytesOf(own.storageKey)), 'every byte as it was sent')

  const [never, unassigned] = [await get(NOWHERE, cookie), await get((await fileOf(given, false)).id, cookie)]
  t.equal(unassigned.status, 404)
  t.equal(never.status, 404, 'as one that never was')

  // C02: J02 declared a conflict with P13, and was recused.
  const recused = await fileOf([cast.proposals.get('P13') ?? ''])
  t.equal((await get(recused.id, cookie)).status, 404)

  // A conflict declared later takes the file away at once, before anybody has decided it.
  await db.insert(declarations).values({
    jurorId,
    proposalId: own.proposalId,
    kind: 'family',
    word: 'A cousin joined them',
    declaredAt: new Date('2026-10-14T20:30:00+03:00')
  })
  t.equal((await get(own.id, cookie)).status, 404)

  const other = await fileOf(given.filter(id => id !== own.proposalId))
  t.equal((await get(other.id, cookie)).status, 200)
  await db
    .update(assignments)
    .set({ releasedAt: null })
    .where(and(eq(assignments.jurorId, jurorId), eq(assignments.proposalId, other.proposalId)))
  t.equal((await get(other.id, cookie)).status, 404, 'nothing before the assignment is released')

  await holdClock(db, new Date('2026-10-14T21:00:00+03:00'))
  for (const code of ['AL-01', 'GR-02']) {
    const stranger = await as(code)
    const mine = await fileOf([...cast.proposals.values()].filter(id => id === recused.proposalId))
    t.equal((await stranger.get(`/attachments/${mine.id}`)).status, 404, 'nor has another applicant it')
  }
})
