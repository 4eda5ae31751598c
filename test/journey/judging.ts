import { eq, sql } from 'drizzle-orm'
import { people } from '../../src/accounts/tables.ts'
import { assignments, jurors } from '../../src/panel/tables.ts'
import { proposals } from '../../src/proposals/tables.ts'
import { beginReview, saveReview, submitReview } from '../../src/reviews/commands.ts'
import { reviews } from '../../src/reviews/tables.ts'
import { CALL, organiseAt, type Road } from './road.ts'
import type { Test } from './telling.ts'

/** Points that the jury gives to need, idea and plan, by the title of a proposal. */
const POINTS: Record<string, [string, string, string]> = {
  'A reading room under the linden trees': ['4', '3.5', '3'],
  'The river remembers': ['4', '3.5', '2.5'],
  'Voices of the harbour': ['3.5', '3.5', '2.5'],
  'Stories on wheels': ['3.5', '3', '2.5'],
  'The sewing library': ['3', '3', '3'],
  'Street names and who they were': ['2.5', '2.5', '2.5'],
  'Tools for every hand': ['2', '2', '2']
}
const CRITERIA = ['need', 'idea', 'plan'] as const
const pointsFor = (title: string) => POINTS[title] ?? (['0', '0', '0'] as const)

/** From the closed call to the last submitted review. */
export async function judging(t: Test, road: Road): Promise<void> {
  const { db } = road.site
  const olu = await road.visitor('Olu')

  await t.test('Olu checks who may take part: one is refused with a reason, seven go to the jury', async t => {
    await road.clock('2027-04-01T08:00:00Z')
    await olu.open(organiseAt('/proposals'))
    t.match(await olu.heading, '8 submitted proposals')
    await olu.follow('A boat full of books')
    await olu.fill({ outcome: 'refused' })
    await olu.meets(422, () => olu.press('Save the check'))
    t.match(await olu.text(), 'Say why, in a sentence or two')
    await olu.fill({ outcome: 'refused', reason: 'The letter of the director is not signed.' })
    await olu.press('Save the check')
    await olu.open(organiseAt('/proposals'))
    for (const box of await olu.page.locator('input[name=proposal]').all()) await box.check()
    await olu.press('Let the chosen ones through')
    t.match(await olu.text(), 'All are checked.')
    await olu.press('End the eligibility check')
    t.match(await olu.text(), 'The eligibility check is ended.')
  })

  await t.test('she invites Juno on the page and three more with a list', async t => {
    await olu.open(organiseAt('/jury'))
    await olu.fill({ name: 'Juno Berg', email: 'juno@example.org', language: 'en', reads: ['en', 'bg'], maxLoad: '5' })
    await olu.press('Send the invitation')
    t.match(await olu.text(), 'The invitation is sent.')
    const list = 'email,name,reads,max_load\nmila@example.org,Mila,en,5\nnora@example.org,Nora,en,5\n'
    await olu.page.getByLabel('List of jurors (CSV)').setInputFiles({
      name: 'jurors.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`${list}pavel@example.org,Pavel,en bg,5\n`)
    })
    await olu.press('Invite everybody on the list')
    t.match(await olu.heading, '0 of 4 invited jurors have accepted')
  })

  await t.test('all four accept by the links in their letters', async t => {
    for (const [name, scripts] of [
      ['Juno', true],
      ['Mila', false]
    ] as const) {
      const juror = await road.visitor(name, { scripts })
      await juror.open(await road.linkFor(`${name.toLowerCase()}@example.org`, '/invitations/'))
      t.match(await juror.heading, 'Judge “Grants for reading rooms”')
      await juror.fill({ name })
      await juror.press('Accept')
      t.match(await juror.text(), 'You have accepted. Welcome.')
    }
    for (const name of ['nora', 'pavel']) {
      const link = await road.linkFor(`${name}@example.org`, '/invitations/')
      const agent = road.site.visitor()
      await agent.get(link)
      t.equal((await agent.post(`${link}/acceptance`, { name })).status, 303)
    }
    await olu.open(organiseAt('/jury'))
    t.match(await olu.heading, '4 of 4 invited jurors have accepted')
  })

  await t.test('every juror declares; Juno has a conflict, in her own words', async t => {
    const juno = await road.visitor('Juno')
    await juno.open(`/jury/${CALL}/declarations`)
    t.match(await juno.heading, '7 proposals wait for your word')
    const wheels = juno.page.locator('.declaration').filter({ hasText: 'Stories on wheels' })
    await wheels.getByLabel('I have a conflict').check()
    await juno.page.getByLabel('I have looked at all of them').check()
    await juno.meets(422, () => juno.press('Save my declarations'))
    t.match(await juno.text(), 'Choose what kind of conflict it is.')
    await wheels.getByLabel('What kind').selectOption({ index: 2 })
    await wheels.getByLabel('In your words').fill('Bob is my cousin.')
    await juno.page.getByLabel('I have looked at all of them').check()
    await juno.press('Save my declarations')
    t.match(await juno.text(), 'Your declarations are saved.')
    const mila = await road.visitor('Mila')
    await mila.open(`/jury/${CALL}/declarations`)
    await mila.fill({ rest: true })
    await mila.press('Save my declarations')
    for (const name of ['nora', 'pavel']) {
      const agent = await agentOf(road, `${name}@example.org`)
      t.equal((await agent.post(`/jury/${CALL}/declarations`, { rest: true })).status, 303)
    }
  })

  await t.test('Olu decides the conflict, and ends the declarations', async t => {
    await olu.open(organiseAt('/declarations'))
    t.match(await olu.text(), 'Bob is my cousin.')
    await olu.page.getByLabel('Your reason').first().fill('A relative cannot judge.')
    await olu.press('Does not judge this proposal')
    t.match(await olu.text(), 'The decision is noted.')
    await olu.press('End declarations')
    t.match(await olu.text(), 'Declarations have ended.')
  })

  await t.test(
    'she gives one proposal by hand, assigns the rest automatically, changes a reader, and releases',
    async t => {
      const reads = () => olu.page.getByRole('region', { name: 'Read by' })
      const others = () => olu.page.getByRole('region', { name: 'Could read it' })
      // Juno, who scores it by hand later, is given it first: what people chose, the solver keeps.
      await olu.open(organiseAt('/assignment'))
      await olu.follow('A reading room under the linden trees')
      await olu.press(/^Assign.*Juno Berg$/, others())
      await olu.follow('Back to all proposals')
      await olu.press('Assign automatically')
      t.match(await olu.heading, '14 of 14 reviews have a reader')
      await olu.follow('A reading room under the linden trees')
      t.match(await reads().innerText(), 'Juno')
      await olu.press(/^Take it away.*(Mila|Nora|Pavel)$/, reads())
      t.match(await olu.text(), 'The proposal is taken away.')
      await olu.press(/^Assign.*(Mila|Nora|Pavel)$/, others())
      t.match(await reads().innerText(), 'Assigned by hand')
      await olu.follow('Back to all proposals')
      await olu.press('Release and write to the jurors')
      t.match(await olu.text(), 'The assignment is released, and the jurors are told.')
      t.match((await road.site.lettersTo('juno@example.org')).at(-1)?.subject, /proposals? waits? for you/)
    }
  )

  await t.test('Juno scores with keys beside the sentences, comments, is saved as she goes, and submits', async t => {
    await road.clock('2027-04-16T08:00:00Z')
    const juno = await road.visitor('Juno')
    const { page } = juno
    await juno.open(`/jury/${CALL}`)
    t.notMatch(await juno.text(), 'Stories on wheels')
    await juno.press(/A reading room under the linden trees/)
    await page.keyboard.press('4')
    await page.keyboard.press('n')
    await page.keyboard.press('3')
    await page.keyboard.press('.')
    await page.keyboard.press('n')
    const kept = page.waitForResponse(
      answer => answer.url().includes('/reviews/') && answer.request().postData()?.includes('Warm') === true
    )
    await page.keyboard.press('3')
    await page.getByText('3 of 3 criteria scored.').waitFor()
    await page.getByLabel('Comment to the applicant').fill('Warm, well planned and close to people.')
    t.equal((await kept).status(), 200)
    await page.getByText(/^Saved at/).waitFor()
    await juno.press('Check and submit')
    t.match(await juno.heading, 'A last look before it counts')
    for (const score of ['4 of 4', '3.5 of 4', '3 of 4']) t.match(await juno.text(), score)
    await juno.press('Submit the review')
    t.match(await juno.text(), 'Your review is submitted and counts.')
  })

  await t.test('Mila, without scripts, scores by choosing and submits', async t => {
    const mila = await road.visitor('Mila')
    await mila.open(`/jury/${CALL}`)
    await mila.press(/^Read and score/)
    const [need, idea, plan] = pointsFor(await mila.heading)
    await mila.fill({ score_need: need, score_idea: idea, score_plan: plan })
    await mila.meets(422, () => mila.press('Check and submit'))
    t.match(await mila.text(), 'Write at least one sentence to the applicant.')
    await mila.fill({ to_applicant: 'A sound idea, told clearly.' })
    await mila.press('Check and submit')
    await mila.press('Submit the review')
    t.match(await mila.text(), 'Your review is submitted and counts.')
  })

  await t.test('until all are in, Olu sees who has scored and not what; the others submit theirs', async t => {
    await olu.open(organiseAt('/progress'))
    t.match(await olu.heading, '2 of 14 reviews submitted')
    t.equal(await olu.page.getByRole('button', { name: 'Close reviewing now' }).count(), 0)
    const left = await db
      .select({
        proposalId: assignments.proposalId,
        by: jurors.personId,
        title: sql<string>`${proposals.draft}->>'title'`
      })
      .from(assignments)
      .innerJoin(jurors, eq(jurors.id, assignments.jurorId))
      .innerJoin(proposals, eq(proposals.id, assignments.proposalId))
      .where(
        sql`${assignments.endedAt} is null and not exists (select from ${reviews}
          where ${reviews.proposalId} = ${assignments.proposalId} and ${reviews.jurorId} = ${assignments.jurorId})`
      )
    t.equal(left.length, 12)
    for (const { proposalId, by, title } of left) {
      if (!by) continue
      // Ada left another title in a draft that she did not submit.
      const points = pointsFor(title.startsWith('Something') ? 'A reading room under the linden trees' : title)
      const scores = Object.fromEntries(CRITERIA.map((id, place) => [id, Number(points[place]) * 2]))
      const reviewId = await beginReview(db, { proposalId, by })
      await saveReview(db, { reviewId, scores, comments: {}, toApplicant: 'Thank you for it.', toPanel: '', by })
      await submitReview(db, { reviewId, by })
    }
  })
}

async function agentOf(road: Road, email: string) {
  const [person] = await road.site.db.select({ id: people.id }).from(people).where(eq(people.email, email))
  if (!person) throw new Error(`nobody has the address ${email}`)
  return road.site.as(person.id)
}
