import { giveRole } from '../../src/accounts/commands.ts'
import { type CallRules, callRules, sealOf } from '../../src/calls/rules.ts'
import { startingRules } from '../../src/calls/starting.ts'
import { callDecisions, calls } from '../../src/calls/tables.ts'
import { holdClock } from '../../src/db/time.ts'
import { assignments, declarations, jurors } from '../../src/panel/tables.ts'
import { programmes, stages } from '../../src/programmes/tables.ts'
import { proposals, screenings, versions } from '../../src/proposals/tables.ts'
import { aSite } from '../support/site.ts'

export const WHILE_REVIEWING = new Date('2026-08-15T09:00:00Z')
export const AFTER_REVIEWING = new Date('2026-09-02T09:00:00Z')

const level = (text: string) => ({ en: text })
export const RUBRIC: CallRules['rubric'] = {
  scale: { min: 0, max: 5, step: 0.5, direction: 'higher', names: {} },
  criteria: [
    {
      id: 'need',
      weight: 60,
      name: { en: 'Need', bg: 'Потребност' },
      question: { en: 'Who needs this?' },
      levels: Object.fromEntries([0, 1, 2, 3, 4, 5].map(point => [point, level(`Need is at level ${point}.`)])),
      lookIn: ['title']
    },
    { id: 'plan', weight: 40, name: { en: 'Plan' }, question: { en: 'Can it work?' }, levels: {}, lookIn: [] }
  ],
  toApplicant: 'required'
}

function rulesWith(more: Partial<CallRules>): CallRules {
  const made = startingRules({ zone: 'Europe/Sofia', currency: 'EUR', languages: ['en', 'bg'], now: WHILE_REVIEWING })
  return callRules.parse({
    ...made,
    dates: {
      opensAt: '2026-06-10T09:00:00Z',
      deadline: '2026-07-10T14:00:00Z',
      screeningUntil: '2026-07-20T14:00:00Z',
      declarationsUntil: '2026-07-28T14:00:00Z',
      reviewingOpensAt: '2026-08-01T09:00:00Z',
      reviewingUntil: '2026-08-31T20:59:00Z',
      publicationAt: '2026-10-15T09:00:00Z'
    },
    rubric: RUBRIC,
    jury: { ...made.jury, dividedAt: 25 },
    ...more
  })
}

type Told = Parameters<typeof aSite>[0]

/**
 * A call in the middle of reviewing: Olu organises; Juno and Jana judge both proposals, Jana leads the panel; Ada and Bob
 * applied. Written as rows, since how a call comes here is told elsewhere.
 */
export async function aReviewing(t: Told, more: Partial<CallRules> = {}) {
  const site = await aSite(t)
  const { db } = site
  await holdClock(db, WHILE_REVIEWING)
  const one = async <Row>(rows: Promise<Row[]>): Promise<Row> => {
    const [row] = await rows
    if (!row) throw new Error('no row came back')
    return row
  }
  const olu = await site.person('Olu')
  const madeAt = new Date('2026-06-01T00:00:00Z')
  const programme = await one(
    db
      .insert(programmes)
      .values({
        slug: 'books',
        name: { en: 'Books for All' },
        organiser: { name: 'Open Shelf', city: 'Sofia', country: 'BG', email: 'team@example.org', dataProtection: '' },
        zone: 'Europe/Sofia',
        currency: 'EUR',
        languages: ['en', 'bg'],
        madeAt
      })
      .returning()
  )
  const stage = await one(
    db
      .insert(stages)
      .values({ programmeId: programme.id, slug: 'awards', kind: 'award', title: { en: 'Awards' }, position: 1 })
      .returning()
  )
  const rules = rulesWith(more)
  const call = await one(
    db
      .insert(calls)
      .values({
        programmeId: programme.id,
        stageId: stage.id,
        slug: 'awards',
        texts: { title: { en: 'Awards 2026', bg: 'Награди 2026' }, lede: {}, body: {} },
        rules,
        seal: sealOf(rules),
        madeBy: olu.id,
        madeAt
      })
      .returning()
  )
  await db.transaction(tx =>
    giveRole(tx, { personId: olu.id, programmeId: programme.id, role: 'organiser', confirmed: true, by: olu.id })
  )
  const decided = {
    opened: '06-09',
    screening_ended: '07-20',
    declarations_ended: '07-28',
    assignments_released: '07-30'
  }
  await db.insert(callDecisions).values(
    Object.entries(decided).map(([decision, day]) => ({
      callId: call.id,
      decision: decision as 'opened',
      at: new Date(`2026-${day}T15:00:00Z`),
      byPerson: olu.id
    }))
  )
  const proposal = async (name: string, number: string, title: string) => {
    const person = await site.person(name)
    const row = await one(
      db
        .insert(proposals)
        .values({ callId: call.id, applicantId: person.id, number, draft: {}, draftSavedAt: madeAt, madeAt })
        .returning()
    )
    await db.insert(versions).values({
      proposalId: row.id,
      position: 1,
      submittedAt: madeAt,
      byPerson: person.id,
      answers: { title },
      applicant: {
        name,
        nameLatin: name,
        email: person.email,
        institution: `Library of ${name}`,
        institutionEn: '',
        city: `${name}ville`,
        cityLatin: '',
        country: 'HR'
      },
      files: [],
      digest: number
    })
    await db.insert(screenings).values({ proposalId: row.id, outcome: 'eligible', byPerson: olu.id, at: madeAt })
    return { id: row.id, person }
  }
  const ada = await proposal('Ada', 'P01', 'Seeds on loan')
  const bob = await proposal('Bob', 'P02', 'Radio for teenagers')
  const juror = async (name: string, label: string, chair: boolean) => {
    const person = await site.person(name)
    const row = await one(
      db
        .insert(jurors)
        .values({
          callId: call.id,
          personId: person.id,
          label,
          email: person.email,
          name: `${name} Juror`,
          country: 'SI',
          maxLoad: 9,
          chair,
          reads: ['en'],
          invitedAt: madeAt,
          acceptedAt: madeAt
        })
        .returning()
    )
    for (const { id } of [ada, bob]) {
      await db.insert(declarations).values({ jurorId: row.id, proposalId: id, kind: 'none', declaredAt: madeAt })
      await db.insert(assignments).values({
        callId: call.id,
        proposalId: id,
        jurorId: row.id,
        source: 'hand',
        assignedAt: madeAt,
        byPerson: olu.id,
        releasedAt: madeAt
      })
    }
    return { id: row.id, person }
  }
  return {
    site,
    db,
    call,
    olu,
    ada,
    bob,
    juno: await juror('Juno', 'J01', false),
    jana: await juror('Jana', 'J02', true),
    clock: (at: Date) => holdClock(db, at)
  }
}
