import { eq } from 'drizzle-orm'
import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { calls } from '../../src/calls/tables.ts'
import { awardsHappenings } from '../../src/cli/example/awards.ts'
import { proposalFiles } from '../../src/cli/example/data.ts'
import { releaseClock } from '../../src/db/time.ts'
import { aStore, momentNamed, theExample } from '../support/example.ts'
import { aSite } from '../support/site.ts'

const PANEL = new Date('2026-10-29T13:00:00+02:00')
const CALL = '/organise/awards-2026'
const HOUR = 3_600_000

/** Where an answer leads, without what it says was done. */
const placeOf = ({ location }: { location: string }) => location.replace(/\?.*/, '')

t.test('the chair is the second person from the opening to the publication', async t => {
  const site = await aSite(t)
  const { db } = site
  const opens = new Date(
    Math.max(
      ...awardsHappenings()
        .slice(0, 4)
        .map(({ at }) => at.getTime())
    )
  )
  // Everything as in the example, except that ORG-2 does not confirm the opening.
  const happenings = awardsHappenings().filter(({ at }) => at.getTime() !== opens.getTime())
  const played = theExample(db, await aStore(t), happenings)
  await played.playTo(new Date(opens.getTime() - HOUR))
  const { people, cast } = { people: played.cast.people, cast: played.cast }
  const person = (code: string) => people.get(code) ?? ''
  const chairs = (personId: string, confirmed = true) =>
    db.transaction(tx =>
      giveRole(tx, { personId, programmeId: cast.programmeId, role: 'chair', confirmed, by: person('ORG-1') })
    )
  const chava = await site.person('Chava')
  const chair = await site.as(chava)
  const organiser = await site.as(person('ORG-1'))
  const applicantId = person(proposalFiles().find(({ id }) => id === 'P10')?.participant ?? '')

  await t.test('she reads what will be sealed, and opens the call', async t => {
    const path = `${CALL}/confirmations/${cast.asked.get('opening')}`
    t.equal((await chair.get(path)).status, 404, 'nobody has confirmed her yet')
    await chairs(chava.id, false)
    t.equal((await chair.get(path)).status, 404, 'a role that is not confirmed leads nowhere')
    t.notMatch((await chair.get('/desk')).text, 'opening the call')
    await chairs(chava.id)

    const desk = await chair.get('/desk')
    t.match(desk.text, 'A colleague waits for you to confirm: opening the call.')
    t.ok(desk.text.includes(`href="${path}"`))
    t.notMatch(desk.text, 'What you organise', 'she organises nothing')
    const page = await chair.get(path)
    t.match(page.text, 'Confirm: seal and open')
    t.notMatch(page.text, `href="${CALL}"`, 'no way to where she may not go')
    t.equal((await chair.get(`${CALL}/preview`)).status, 200)
    for (const place of ['', '/check', '/edit/texts', '/jury'])
      t.equal((await chair.get(`${CALL}${place}`)).status, 404)
    t.equal((await chair.post(path)).status, 303)
    t.match((await chair.get(path)).text, 'The rules are sealed')
    const [call] = await db.select().from(calls).where(eq(calls.slug, 'awards-2026'))
    t.match(call?.seal, /^[0-9a-f]{64}$/)
  })

  await played.playTo(momentNamed('judging'))

  await t.test('she confirms another date; a chair who applied does not', async t => {
    const form = await organiser.get(`${CALL}/changes`)
    const fields = Object.fromEntries(
      [...form.text.matchAll(/<input [^>]*name="([^"]+\.(?:day|time))"[^>]*>/g)].map(([input, name]) => [
        name,
        / value="([^"]*)"/.exec(input)?.[1] ?? ''
      ])
    )
    const changed = { ...fields, 'publicationAt.day': '2026-11-28', reason: 'The hall was taken' }
    const asked = await organiser.post(`${CALL}/changes`, changed)
    t.equal(asked.status, 303, asked.text)
    const path = placeOf(asked)

    await chairs(applicantId)
    const applicant = await site.as(applicantId)
    t.notMatch((await applicant.get('/desk')).text, 'a change of rules')
    t.equal((await applicant.get(path)).status, 404)
    t.equal((await applicant.post(path)).status, 404)

    t.match((await chair.get('/desk')).text, 'a change of rules')
    t.match((await chair.get(path)).text, 'The hall was taken')
    t.equal((await chair.post(path)).status, 303)
    t.match((await site.visitor().get('/calls/awards-2026/rules')).text, 'The hall was taken')
  })

  await played.playTo(PANEL)

  await t.test('she signs the decision; the chair with a conflict and the one who applied do not', async t => {
    t.equal((await organiser.post(`${CALL}/ranking`, { reason: '' })).status, 303)
    const path = placeOf(await organiser.post(`${CALL}/sign-off`))
    t.equal((await (await site.as(applicantId)).get(path)).status, 404)

    // J12 leads the panel and declared a conflict with P11.
    const seated = await site.as(person('J12'))
    t.notMatch((await seated.get('/desk')).text, 'signing off the ranking')
    const shown = await seated.get(path)
    t.match(shown.text, 'You stand aside from a proposal of this call')
    t.notMatch(shown.text, 'Sign this decision')
    t.equal((await seated.post(path)).status, 409)

    t.match((await chair.get('/desk')).text, 'signing off the ranking')
    t.match((await chair.get(path)).text, 'Sign this decision')
    t.equal((await chair.get(`${CALL}/ranking`)).status, 404)
    const signed = await chair.post(path)
    t.equal(placeOf(signed), path)
    t.match((await chair.open(signed.location)).text, 'The decision is signed')
    t.notMatch((await chair.get('/desk')).text, 'signing off the ranking')
  })

  await t.test('she confirms the publication; the others do not', async t => {
    t.equal((await organiser.post(`${CALL}/letters`)).status, 303)
    t.equal((await organiser.post(`${CALL}/letters/release`)).status, 303)
    await releaseClock(db, new Date('2026-11-20T10:00:00+02:00'))
    const path = placeOf(await organiser.post(`${CALL}/publication`, { day: '2026-11-28', time: '19:00' }))
    t.equal((await (await site.as(applicantId)).get(path)).status, 404)
    const seated = await site.as(person('J12'))
    t.notMatch((await seated.get('/desk')).text, 'publishing the results')
    t.match((await seated.get(path)).text, 'You stand aside from a proposal of this call')
    t.equal((await seated.post(path)).status, 409)

    t.match((await chair.get('/desk')).text, 'publishing the results')
    t.match((await chair.get(path)).text, 'Confirm the publication')
    t.equal((await chair.get(`${CALL}/publication`)).status, 404)
    const set = await chair.post(path)
    t.equal(placeOf(set), path)
    t.match((await chair.open(set.location)).text, 'The publication is set')
    await releaseClock(db, new Date('2026-11-28T19:00:00+02:00'))
    t.equal((await site.visitor().get('/calls/awards-2026/results')).status, 200)
  })
})
