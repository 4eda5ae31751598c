import { eq } from 'drizzle-orm'
import t from 'tap'
import { attachments } from '../../src/attachments/tables.ts'
import { extensions } from '../../src/calls/tables.ts'
import { chainOf, faults } from '../../src/history/queries.ts'
import { tasksOf, type World } from '../../src/jobs/tasks.ts'
import { beginProposal, saveDraft, withdrawProposal } from '../../src/proposals/commands.ts'
import { isEmptyDraft } from '../../src/proposals/completeness.ts'
import { sweepDrafts } from '../../src/proposals/jobs.ts'
import { proposals } from '../../src/proposals/tables.ts'
import { aReviewing } from '../reviews/support.ts'

const OPEN = new Date('2026-06-20T09:00:00Z')
const CLOSED = new Date('2026-07-10T14:05:00Z')
const DECLARING = new Date('2026-07-21T09:00:00Z')

t.test('what nobody wrote in is empty; one word, tick or row is not', async t => {
  const empty = [{}, { title: '' }, { title: ' ', language: 'sq' }, { ticked: false, list: [], rows: [{ item: '' }] }]
  const begun = [{ title: 'S' }, { ticked: true }, { list: ['seeds'] }, { rows: [{ item: 'Shelf' }] }]
  t.same(empty.map(isEmptyDraft), [true, true, true, true])
  t.same(begun.map(isEmptyDraft), [false, false, false, false])
})

t.test('empty drafts are deleted when nobody can go on with them, and nothing else is', async t => {
  const { site, db, call, ada, olu, clock } = await aReviewing(t)
  await clock(OPEN)
  const draftOf = async (name: string, answers: Record<string, string> = {}) => {
    const person = await site.person(name)
    const proposalId = await beginProposal(db, { callId: call.id, by: person.id })
    if (Object.keys(answers).length > 0) await saveDraft(db, { proposalId, answers, by: person.id })
    return { proposalId, person }
  }
  const zora = await draftOf('Zora', { title: '', language: 'sq' })
  const cora = await draftOf('Cora', { title: 'A seed' })
  const dana = await draftOf('Dana')
  const file = {
    field: 'letter',
    name: 'letter.pdf',
    mime: 'application/pdf',
    bytes: 1,
    sha256: '0'.repeat(64),
    storageKey: 'ab',
    byPerson: dana.person.id,
    receivedAt: OPEN
  }
  await db.insert(attachments).values({ ...file, proposalId: dana.proposalId })
  await db.insert(attachments).values({ ...file, proposalId: zora.proposalId, removedAt: OPEN })
  const ella = await draftOf('Ella')
  await withdrawProposal(db, { proposalId: ella.proposalId, reason: '', by: ella.person.id })
  const late = await draftOf('Lara')
  await db.insert(extensions).values({
    ...{ callId: call.id, personId: late.person.id, until: new Date('2026-07-25T14:00:00Z'), reason: 'Ill' },
    ...{ byPerson: olu.id, at: OPEN }
  })
  const left = async () => new Set((await db.select({ id: proposals.id }).from(proposals)).map(({ id }) => id))
  const all = await left()

  for (const moment of [OPEN, CLOSED]) {
    await clock(moment)
    t.equal(await sweepDrafts({ db }), 0, 'somebody may still go on, or be given a later deadline')
  }
  const desk = async () => (await (await site.as(zora.person)).get('/desk')).text
  t.match(await desk(), 'It was not submitted before the call closed')

  await clock(DECLARING)
  const counts = await Promise.all([sweepDrafts({ db }), sweepDrafts({ db })])
  t.equal(counts[0] + counts[1], 2, 'two at once delete each of them once')
  const now = await left()
  t.same([...all].filter(id => !now.has(id)).sort(), [zora.proposalId, ella.proposalId].sort())
  for (const { proposalId } of [cora, dana, late]) t.ok(now.has(proposalId))
  t.ok(now.has(ada.id))
  t.equal((await db.select().from(attachments).where(eq(attachments.storageKey, 'ab'))).length, 1)
  t.notMatch(await desk(), 'not submitted')
  t.equal((await (await site.as(zora.person)).get(`/proposals/${zora.proposalId}`)).status, 404)

  await clock(new Date('2026-07-26T09:00:00Z'))
  await tasksOf({ db, logger: { info: () => {} } } as unknown as World)['sweep-drafts']?.({})
  t.notOk((await left()).has(late.proposalId), 'the later deadline is over too')
  const told = (await chainOf(db, call.id)).filter(({ what }) => what === 'draft.deleted')
  t.equal(told.length, 3)
  t.same(await faults(db), [])
})
