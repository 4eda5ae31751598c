import { eq, ne } from 'drizzle-orm'
import t from 'tap'
import { callDecisions, extensions } from '../../src/calls/tables.ts'
import { beginProposal, saveDraft } from '../../src/proposals/commands.ts'
import { aReviewing } from '../reviews/support.ts'

const OPEN = new Date('2026-06-20T09:00:00Z')
const CLOSED = new Date('2026-07-10T15:00:00Z')
const PATH = '/organise/awards/extensions'

t.test('a later deadline for one: they are told, and nobody else may write on', async t => {
  const { site, db, call, olu, juno, clock } = await aReviewing(t)
  // Nothing of what comes after has been decided yet.
  await db.delete(callDecisions).where(ne(callDecisions.decision, 'opened'))
  await clock(OPEN)
  const [cora, dora] = [await site.person('Cora'), await site.person('Dora')]
  const begun = ({ id: by }: { id: string }) => beginProposal(db, { callId: call.id, by })
  const [hers, other] = [await begun(cora), await begun(dora)]
  const agent = await site.as(olu)
  const until = { 'until.day': '2026-07-14', 'until.time': '18:00' }
  const given = () => db.select().from(extensions)

  t.match((await agent.get(PATH)).text, 'Cora (cora@example.org)')
  const mistaken = [
    [{ ...until, person: cora.id, reason: ' ' }, 'reason'],
    [{ ...until, 'until.day': 'soon', person: cora.id, reason: 'Ill' }, 'until.day'],
    [{ ...until, person: juno.person.id, reason: 'Ill' }, 'person'],
    [{ ...until, person: 'Cora', reason: 'Ill' }, 'person']
  ] as const
  for (const [fields, field] of mistaken) {
    const answer = await agent.post(PATH, fields)
    t.equal(answer.status, 422, field)
    t.match(answer.text, `href="#${field}"`)
  }
  t.equal((await agent.post(PATH, { ...until, 'until.day': '2026-07-01', person: cora.id, reason: 'Ill' })).status, 409)
  for (const who of [await site.as(cora), await site.as(juno.person), site.visitor()]) {
    const answer = await who.post(PATH, { ...until, person: cora.id, reason: 'Ill' })
    t.ok(answer.status === 404 || answer.location.startsWith('/sign-in'), 'only organisers')
  }
  t.same(await given(), [])

  const give = () => agent.post(PATH, { ...until, person: cora.id, reason: 'The power was out' })
  t.equal((await give()).location, `${PATH}?done=extended`)
  t.equal((await give()).status, 303)
  t.equal((await given()).length, 1, 'pressed twice it is one')
  t.match((await agent.get(PATH)).text, 'The power was out')
  const [letter] = await site.lettersTo(cora.email)
  t.match(letter, { kind: 'extension', text: /14 July 2026/ })
  t.same(await site.lettersTo(dora.email), [])
  t.notMatch((await site.visitor().get('/calls/awards')).text, 'The power was out', 'it is nobody else’s business')

  await clock(CLOSED)
  t.match((await (await site.as(cora)).get('/desk')).text, '14 July 2026')
  await saveDraft(db, { proposalId: hers, answers: { title: 'In time' }, by: cora.id })
  await t.rejects(saveDraft(db, { proposalId: other, answers: { title: 'Too late' }, by: dora.id }))
})

t.test('once the proposals are with the jury no deadline moves', async t => {
  const { site, db, call, olu, ada } = await aReviewing(t)
  const agent = await site.as(olu)
  t.equal((await agent.get(PATH)).status, 409)
  const fields = { 'until.day': '2026-12-14', 'until.time': '18:00', person: ada.person.id, reason: 'Ill' }
  t.equal((await agent.post(PATH, fields)).status, 409)
  t.same(await db.select().from(extensions).where(eq(extensions.callId, call.id)), [])
})
