import { readFileSync } from 'node:fs'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { addPerson, giveRole } from '../../src/accounts/commands.ts'
import { askSignOff, signOff } from '../../src/awards/commands.ts'
import { awardsOf } from '../../src/awards/queries.ts'
import {
  askOpening,
  closeReviewing,
  confirmOpening,
  draftCall,
  endDeclarations,
  endScreening
} from '../../src/calls/commands.ts'
import { callAt } from '../../src/calls/queries.ts'
import { admissionRows, countries, EXAMPLE, programme } from '../../src/cli/example/data.ts'
import { admissionRules } from '../../src/cli/example/rules.ts'
import { holdClock } from '../../src/db/time.ts'
import { acceptSeat, assignByHand, declare, inviteJuror, releaseAssignments } from '../../src/panel/commands.ts'
import { makeProgramme, makeStage } from '../../src/programmes/commands.ts'
import {
  beginProposal,
  saveDraft,
  screenProposal,
  submitProposal,
  withdrawProposal
} from '../../src/proposals/commands.ts'
import { submittedTo } from '../../src/proposals/queries.ts'
import { proposals } from '../../src/proposals/tables.ts'
import { freezeRanking } from '../../src/ranking/commands.ts'
import { toFixed } from '../../src/ranking/fraction.ts'
import { recomputed, runsOf } from '../../src/ranking/queries.ts'
import { beginReview, saveReview, submitReview } from '../../src/reviews/commands.ts'
import { freshDatabase } from '../support/database.ts'

const ASSESSORS = ['ambassador', 'organiser'] as const
const CRITERIA = ['motivation', 'practice', 'idea', 'commitment']

t.test('the admission call is another call over the same tables and rules: 96 apply for 35 places', async t => {
  t.setTimeout(300_000)
  const { db } = await freshDatabase(t)
  const at = (text: string) => holdClock(db, new Date(text))
  const rows = admissionRows()
  const { id, name, organiser, timezone, currency, languages } = programme()

  await at('2026-01-05T09:00:00+02:00')
  const olu = await addPerson(db, { email: 'olu@example.org', name: 'Olu', confirmed: true, administrator: true })
  const omar = await addPerson(db, { email: 'omar@example.org', name: 'Omar', confirmed: true })
  const programmeId = await makeProgramme(db, {
    slug: id,
    name,
    zone: timezone,
    currency,
    languages: languages.application,
    by: olu,
    organiser: {
      name: organiser.name,
      city: organiser.city,
      country: organiser.country,
      email: organiser.email,
      dataProtection: organiser.data_protection_contact
    },
    countries: countries().countries.map(({ code, name, timezone, languages }) => ({
      code,
      name,
      zone: timezone,
      languages
    }))
  })
  await giveRole(db, { personId: omar, programmeId, role: 'organiser', confirmed: true, by: olu })
  const stageId = await makeStage(db, {
    programmeId,
    slug: 'admission',
    kind: 'admission',
    title: { en: 'Admission competition' },
    position: 1,
    by: olu
  })
  const title = { en: 'Admission competition 2026', bg: 'Приемен конкурс 2026' }
  const callId = await draftCall(db, {
    stageId,
    slug: 'admission-2026',
    texts: { title, lede: title, body: title },
    rules: admissionRules(),
    by: olu
  })
  const opening = await askOpening(db, { callId, by: olu })
  await at('2026-01-12T10:00:00+02:00')
  await confirmOpening(db, { confirmationId: opening, by: omar })

  const proposalOf = new Map<string, string>()
  for (const { code = '', country = '' } of rows) {
    const by = await addPerson(db, {
      email: `${code.toLowerCase()}@example.org`,
      name: code,
      country,
      institution: `Library ${code}`,
      city: code,
      confirmed: true
    })
    const proposalId = await beginProposal(db, { callId, by })
    proposalOf.set(code, proposalId)
    await saveDraft(db, {
      proposalId,
      answers: { title: `An idea of ${code}`, motivation: 'For the readers of our town.' },
      by
    })
    await submitProposal(db, { proposalId, by, number: code })
    if (rows.find(row => row.code === code)?.status === 'withdrawn')
      await withdrawProposal(db, { proposalId, reason: 'Moved away', by })
  }
  const ambassador = await addPerson(db, { email: 'ambassador@example.org', name: 'Amira', confirmed: true })
  const assessor = await addPerson(db, { email: 'assessor@example.org', name: 'Petar', confirmed: true })
  const seats: Record<string, { id: string; by: string }> = {}
  for (const [label, by, email] of [
    ['ambassador', ambassador, 'ambassador@example.org'],
    ['organiser', assessor, 'assessor@example.org']
  ] as const) {
    const { jurorId } = await inviteJuror(db, {
      callId,
      by: olu,
      juror: {
        label,
        email,
        name: label,
        nameLatin: '',
        country: '',
        city: '',
        institution: '',
        expertise: [],
        reads: ['en'],
        language: 'en',
        maxLoad: 100,
        chair: false
      }
    })
    await acceptSeat(db, { jurorId, by })
    seats[label] = { id: jurorId, by }
  }

  await at('2026-02-25T12:00:00+02:00')
  const ineligible = rows.filter(({ status }) => status === 'ineligible').map(({ code }) => code)
  for (const { id, number } of await submittedTo(db, callId)) {
    const refused = ineligible.includes(number)
    await screenProposal(db, {
      proposalId: id,
      outcome: refused ? 'refused' : 'eligible',
      reason: refused ? 'Does not work in a public library' : '',
      by: olu
    })
  }
  await endScreening(db, { callId, by: olu })
  const eligible = (await submittedTo(db, callId)).filter(({ screening }) => screening === 'eligible')
  t.equal(eligible.length, 86, '86 of 96 are scored')
  for (const label of ASSESSORS) {
    const seat = seats[label]
    if (seat)
      await declare(db, {
        jurorId: seat.id,
        declarations: eligible.map(({ id }) => ({ proposalId: id, kind: 'none', word: '' })),
        by: seat.by
      })
  }
  await endDeclarations(db, { callId, by: olu })
  await assignByHand(db, {
    callId,
    source: 'import',
    by: olu,
    pairs: eligible.flatMap(({ id }) => Object.values(seats).map(seat => ({ proposalId: id, jurorId: seat.id })))
  })
  await releaseAssignments(db, { callId, by: olu })

  await at('2026-03-01T12:00:00+02:00')
  for (const row of rows.filter(({ total }) => total !== '')) {
    for (const label of ASSESSORS) {
      const by = seats[label]?.by ?? ''
      const reviewId = await beginReview(db, { proposalId: proposalOf.get(row.code ?? '') ?? '', by })
      await saveReview(db, {
        reviewId,
        by,
        scores: Object.fromEntries(CRITERIA.map(criterion => [criterion, Number(row[`${label}_${criterion}`])])),
        comments: {},
        toApplicant: '',
        toPanel: ''
      })
      await submitReview(db, { reviewId, by })
    }
  }
  await closeReviewing(db, { callId, by: olu })
  const rankingId = await freezeRanking(db, { callId, by: olu })
  await signOff(db, { confirmationId: await askSignOff(db, { rankingId, by: olu }), by: omar })
  t.equal((await callAt(db, callId))?.state, 'decided')

  const [run] = await runsOf(db, callId)
  const sheet = run ? recomputed(run).sheet : []
  const decided = new Map((await awardsOf(db, callId)).map(({ proposalId, outcome }) => [proposalId, outcome]))
  const numbers = new Map(
    (await db.select().from(proposals).where(eq(proposals.callId, callId))).map(({ id, number }) => [number ?? '', id])
  )
  const wanted = readFileSync(new URL('expected/admission.csv', EXAMPLE), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split(','))
  t.strictSame(
    wanted.map(([number = '', country]) => {
      const row = sheet.find(({ id }) => id === number)
      return [number, country, row?.total ? toFixed(row.total, 2) : '', decided.get(numbers.get(number) ?? '')]
    }),
    wanted,
    'places and reserves by country as expected'
  )
  const outcomes = [...decided.values()]
  t.strictSame(
    [
      outcomes.filter(outcome => outcome === 'awarded').length,
      outcomes.filter(outcome => outcome === 'reserve').length
    ],
    [35, 11]
  )
})
