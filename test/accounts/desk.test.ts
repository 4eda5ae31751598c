import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { callDecisions, calls, confirmations, listedPeople } from '../../src/calls/tables.ts'
import { awardsRules } from '../../src/cli/example/rules.ts'
import { holdClock } from '../../src/db/time.ts'
import { acceptSeat, inviteJuror } from '../../src/panel/commands.ts'
import { jurors } from '../../src/panel/tables.ts'
import { programmes, stages } from '../../src/programmes/tables.ts'
import { beginProposal } from '../../src/proposals/commands.ts'
import { proposals } from '../../src/proposals/tables.ts'
import { aSite, type Site } from '../support/site.ts'

const dates = awardsRules().dates
const daysAfter = (moment: string, days: number) => new Date(new Date(moment).getTime() + days * 24 * 3_600_000)

/** A call that Olu organises, open for anyone or for listed people. */
async function anOpenCall(site: Site, who: 'anyone' | 'listed' = 'anyone') {
  const olu = await site.person('Olu')
  const madeAt = daysAfter(dates.opensAt, -30)
  const [programme] = await site.db
    .insert(programmes)
    .values({
      slug: 'books',
      name: { en: 'Books for All' },
      organiser: { name: 'Open Shelf', city: 'Sofia', country: 'BG', email: 'team@example.org', dataProtection: '' },
      zone: 'Europe/Sofia',
      currency: 'EUR',
      languages: ['en'],
      madeAt
    })
    .returning()
  const programmeId = programme?.id ?? ''
  await site.db.transaction(tx =>
    giveRole(tx, { personId: olu.id, programmeId, role: 'organiser', confirmed: true, by: olu.id })
  )
  const [stage] = await site.db
    .insert(stages)
    .values({ programmeId, slug: 'awards', kind: 'award', title: { en: 'Awards' }, position: 1 })
    .returning()
  const rules = { ...awardsRules(), applicants: { who, onePerInstitution: false } }
  const texts = { title: { en: 'New services' }, lede: {}, body: {} }
  const [call] = await site.db
    .insert(calls)
    .values({
      ...{ programmeId, stageId: stage?.id ?? '', slug: 'services', texts, rules, seal: 'f'.repeat(64) },
      ...{ madeBy: olu.id, madeAt }
    })
    .returning()
  const callId = call?.id ?? ''
  await site.db.insert(callDecisions).values({ callId, decision: 'opened', at: madeAt, byPerson: olu.id })
  await holdClock(site.db, daysAfter(dates.opensAt, 1))
  return { olu, callId }
}

const deskOf = async (site: Site, person: { id: string }) => (await (await site.as(person)).get('/desk')).text

t.test('a desk with nothing on it says where to look', async t => {
  const site = await aSite(t)
  const text = await deskOf(site, await site.person('Ada'))
  t.match(text, 'nobody has asked you to judge or organise')
  t.match((await site.visitor().get('/desk')).location, '/sign-in?to=%2Fdesk')
})

t.test('an administrator of an empty site is led to the first programme', async t => {
  const site = await aSite(t)
  const text = await deskOf(site, await site.person('Olu', { administrator: true }))
  t.match(text, 'href="/organise/programmes/new"')
})

t.test('Ada sees the open call, then her draft and until when; Bob sees nothing of hers', async t => {
  const site = await aSite(t)
  const { callId } = await anOpenCall(site)
  const [ada, bob] = [await site.person('Ada'), await site.person('Bob')]
  t.match(await deskOf(site, ada), 'Calls you may apply to')

  const proposalId = await beginProposal(site.db, { callId, by: ada.id })
  await site.db.update(proposals).set({ draft: { title: 'Bicycles that bring books' } })
  const hers = await deskOf(site, ada)
  t.match(hers, '1 thing waits for you')
  t.match(hers, 'Bicycles that bring books')
  t.match(hers, `href="/proposals/${proposalId}`)
  t.match(hers, 'Athens time')
  t.notMatch(hers, 'Calls you may apply to')
  t.notMatch(await deskOf(site, bob), 'Bicycles')

  await holdClock(site.db, daysAfter(dates.deadline, 1))
  const late = await deskOf(site, ada)
  t.match(late, 'It was not submitted before the call closed')
  t.match(late, 'Nothing waits for you')
})

t.test('a call for listed people is on their desks only', async t => {
  const site = await aSite(t)
  const { callId } = await anOpenCall(site, 'listed')
  const [ada, bob] = [await site.person('Ada'), await site.person('Bob')]
  await site.db.insert(listedPeople).values({ callId, email: ada.email, name: 'Ada' })
  t.match(await deskOf(site, ada), 'New services')
  t.notMatch(await deskOf(site, bob), 'New services')
})

t.test('whoever asked cannot be the second person, so a confirmation waits on the colleague’s desk alone', async t => {
  const site = await aSite(t)
  const { olu, callId } = await anOpenCall(site)
  const [call] = await site.db.select().from(calls)
  const omar = await site.person('Omar')
  await site.db.transaction(tx =>
    giveRole(tx, {
      ...{ personId: omar.id, programmeId: call?.programmeId ?? '', role: 'auditor', confirmed: true, by: olu.id }
    })
  )
  await site.db.insert(confirmations).values({
    ...{ callId, action: 'rule_change', payload: {}, digest: '', askedBy: olu.id, askedAt: new Date(dates.opensAt) }
  })
  t.notMatch(await deskOf(site, olu), 'waits for you to confirm')
  const his = await deskOf(site, omar)
  t.match(his, 'A colleague waits for you to confirm: a change of rules.')
  t.match(his, '1 thing waits for you')
  t.notMatch(his, '/organise/programmes/books/team', 'an auditor invites nobody')
})

t.test('Juno is asked by letter, accepts, and finds the jury on her desk', async t => {
  const site = await aSite(t)
  const { olu, callId } = await anOpenCall(site)
  const juror = { email: 'juno@example.org', name: 'Juno', nameLatin: 'Juno', country: 'BG', city: 'Ruse' }
  const more = { institution: '', expertise: [], reads: ['en'], language: 'en', maxLoad: 5, chair: false }
  await inviteJuror(site.db, { callId, juror: { ...juror, ...more }, by: olu.id })
  const [letter] = await site.lettersTo(juror.email)
  t.match(letter?.subject, 'Would you judge “New services”?')
  const link = /\/invitations\/[\w-]+/.exec(letter?.text ?? '')?.[0] ?? ''
  const juno = site.visitor()
  t.match((await juno.get(link)).text, 'Applicants never learn who judged them')
  t.equal((await juno.post(`${link}/acceptance`, { name: 'Juno' })).location, '/jury/services?done=invitation_accepted')
  t.match((await juno.get('/desk')).text, 'What you judge')
  t.match(await site.db.select().from(jurors), [{ acceptedAt: Date }])

  await inviteJuror(site.db, { callId, juror: { ...juror, ...more, email: 'june@example.org' }, by: olu.id })
  const other = /\/invitations\/[\w-]+/.exec((await site.lettersTo('june@example.org'))[0]?.text ?? '')?.[0] ?? ''
  await site.visitor().post(`${other}/refusal`, { word: 'No time' })
  const seats = await site.db.select().from(jurors)
  t.match(
    seats.find(({ email }) => email === 'june@example.org'),
    { declineWord: 'No time', acceptedAt: null }
  )
})

t.test('somebody who judges a call is not invited to apply to it', async t => {
  const site = await aSite(t)
  const { olu, callId } = await anOpenCall(site)
  const juno = await site.person('Juno')
  const juror = { email: juno.email, name: 'Juno', nameLatin: '', country: 'BG', city: '', institution: '' }
  const more = { expertise: [], reads: ['en'], language: 'en', maxLoad: 5, chair: false }
  const { jurorId } = await inviteJuror(site.db, { callId, juror: { ...juror, ...more }, by: olu.id })
  await acceptSeat(site.db, { jurorId, by: juno.id })
  t.notMatch(await deskOf(site, juno), 'Calls you may apply to')
})
