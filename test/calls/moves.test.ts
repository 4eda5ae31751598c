import { sql } from 'drizzle-orm'
import t from 'tap'
import { addPerson, giveRole } from '../../src/accounts/commands.ts'
import {
  askOpening,
  confirmOpening,
  draftCall,
  editCall,
  endDeclarations,
  endScreening,
  extendDeadline,
  listPeople
} from '../../src/calls/commands.ts'
import { callAt } from '../../src/calls/queries.ts'
import { callRules, sealOf } from '../../src/calls/rules.ts'
import { startingRules } from '../../src/calls/starting.ts'
import { holdClock } from '../../src/db/time.ts'
import { faults } from '../../src/history/queries.ts'
import { makeProgramme, makeStage, switchSinglePerson } from '../../src/programmes/commands.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'

const start = new Date('2026-06-01T10:00:00Z')
const organiser = {
  name: 'Open Shelf',
  city: 'Sofia',
  country: 'BG',
  email: 'us@example.org',
  dataProtection: 'us@example.org'
}

async function aProgramme({ db }: TestDatabase) {
  await holdClock(db, start)
  const person = (name: string, administrator = false) =>
    db.transaction(tx => addPerson(tx, { email: `${name}@example.org`, name, confirmed: true, administrator }))
  const olu = await person('olu', true)
  const omar = await person('omar')
  const eve = await person('eve')
  const programmeId = await makeProgramme(db, {
    slug: 'innovators',
    name: { en: 'Innovators' },
    organiser,
    zone: 'Europe/Sofia',
    currency: 'EUR',
    languages: ['en', 'bg'],
    countries: [],
    by: olu
  })
  const stage = { programmeId, slug: 'awards', kind: 'award' as const, title: { en: 'Awards' }, position: 1 }
  const stageId = await makeStage(db, { ...stage, by: olu })
  return { olu, omar, eve, programmeId, stage, stageId }
}

function rules() {
  const made = startingRules({ zone: 'Europe/Sofia', currency: 'EUR', languages: ['en', 'bg'], now: start })
  for (const criterion of made.rubric.criteria) {
    criterion.question = { en: 'Why?' }
    criterion.levels = Object.fromEntries([0, 1, 2, 3, 4, 5].map(point => [String(point), { en: `Level ${point}` }]))
  }
  return callRules.parse(made)
}

const texts = { title: { en: 'Awards' }, lede: {}, body: { en: 'Come.' } }
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: { refusal?: { code: string }; mistakes?: { code: string }[] }) =>
      error.refusal?.code ?? error.mistakes?.[0]?.code ?? error
  )

t.test('only whoever organises makes and changes', async t => {
  const database = await freshDatabase(t)
  const { db } = database
  const { olu, eve, stage, stageId, programmeId } = await aProgramme(database)
  const facts = { name: { en: 'Mine' }, organiser, zone: 'UTC', currency: 'EUR', languages: ['en'], countries: [] }
  t.equal(await code(makeProgramme(db, { slug: 'mine', ...facts, by: eve })), 'not_found')
  t.equal(await code(makeProgramme(db, { slug: 'innovators', ...facts, by: olu })), 'slug_taken')
  t.equal(await code(makeStage(db, { ...stage, slug: 'mine', by: eve })), 'not_found')
  t.equal(await makeStage(db, { ...stage, by: olu }), stageId, 'asked twice, it is the same stage')
  t.equal(await code(draftCall(db, { stageId, slug: 'mine', texts, rules: rules(), by: eve })), 'not_found')
  t.equal(await code(draftCall(db, { stageId, slug: 'programmes', texts, rules: rules(), by: olu })), 'slug_form')
  const callId = await draftCall(db, { stageId, slug: 'awards', texts, rules: rules(), by: olu })
  t.equal(await code(draftCall(db, { stageId, slug: 'awards', texts, rules: rules(), by: olu })), 'slug_taken')
  t.equal(await code(editCall(db, { callId, version: 1, texts, by: eve })), 'not_found')
  t.equal(await code(askOpening(db, { callId, by: eve })), 'not_found')
  t.equal(await editCall(db, { callId, version: 1, texts, by: olu }), 2)
  t.equal(await code(editCall(db, { callId, version: 1, texts, by: olu })), 'stale_edit')
  t.equal(await code(switchSinglePerson(db, { programmeId, on: true, by: eve })), 'not_found')
})

t.test('opening takes two, and what is changed in between must be asked again', async t => {
  const database = await freshDatabase(t)
  const { db } = database
  const { olu, omar, eve, programmeId, stageId } = await aProgramme(database)
  const callId = await draftCall(db, { stageId, slug: 'awards', texts, rules: rules(), by: olu })
  t.equal(await code(askOpening(db, { callId, by: olu })), 'not_ready', 'there is no second person')
  await db.transaction(tx => giveRole(tx, { personId: omar, programmeId, role: 'organiser', confirmed: true, by: olu }))
  t.equal(await code(switchSinglePerson(db, { programmeId, on: true, by: olu })), 'not_alone')

  const asked = await askOpening(db, { callId, by: olu })
  t.equal(await askOpening(db, { callId, by: olu }), asked)
  await editCall(db, { callId, version: 1, rules: { ...rules(), graceMinutes: 20 }, by: omar })
  t.equal(await code(confirmOpening(db, { confirmationId: asked, by: omar })), 'asked_is_withdrawn')

  const again = await askOpening(db, { callId, by: olu })
  t.equal(await code(confirmOpening(db, { confirmationId: again, by: olu })), 'second_person_needed')
  t.equal(await code(confirmOpening(db, { confirmationId: again, by: eve })), 'not_found')
  await Promise.all([1, 2, 3].map(() => confirmOpening(db, { confirmationId: again, by: omar })))
  const call = await callAt(db, callId)
  t.equal(call?.seal, sealOf({ ...rules(), graceMinutes: 20 }))
  t.equal(call?.state, 'draft', 'sealed, it opens at its own time')
  await holdClock(db, new Date(rules().dates.opensAt))
  t.equal((await callAt(db, callId))?.state, 'open')
  t.equal(await code(editCall(db, { callId, version: 2, rules: rules(), by: olu })), 'wrong_state')
  t.equal(await code(listPeople(db, { callId, people: [], by: olu })), 'sealed_already')
  const [opened] = await db.execute<{ entries: number }>(
    sql`select count(*)::int as entries from history_entries where what = 'call.opened'`
  )
  t.equal(opened?.entries, 1, 'three clicks, one entry')
  t.strictSame(await faults(db), [])
})

t.test('alone, in single-person mode, the asker confirms', async t => {
  const database = await freshDatabase(t)
  const { db } = database
  const { olu, programmeId, stageId } = await aProgramme(database)
  const callId = await draftCall(db, { stageId, slug: 'awards', texts, rules: rules(), by: olu })
  await switchSinglePerson(db, { programmeId, on: true, by: olu })
  const asked = await askOpening(db, { callId, by: olu })
  await confirmOpening(db, { confirmationId: asked, by: olu })
  t.ok((await callAt(db, callId))?.seal)
})

t.test('a call moves on by time and by people', async t => {
  const database = await freshDatabase(t)
  const { db } = database
  const { olu, programmeId, stageId } = await aProgramme(database)
  const callId = await draftCall(db, { stageId, slug: 'awards', texts, rules: rules(), by: olu })
  await switchSinglePerson(db, { programmeId, on: true, by: olu })
  await confirmOpening(db, { confirmationId: await askOpening(db, { callId, by: olu }), by: olu })
  const { dates } = rules()
  const state = async () => (await callAt(db, callId))?.state
  await holdClock(db, new Date(dates.deadline))
  t.equal(await state(), 'open', 'the deadline itself is still in time')
  const later = new Date(Date.parse(dates.deadline) + 3_600_000)
  t.equal(await code(extendDeadline(db, { callId, until: later, reason: '', by: olu })), 'reason_needed')
  await extendDeadline(db, { callId, until: later, reason: 'Storm', by: olu })
  await extendDeadline(db, { callId, until: later, reason: 'Storm', by: olu })
  t.equal((await callAt(db, callId))?.life.deadline.getTime(), later.getTime())
  await holdClock(db, new Date(later.getTime() + 1))
  t.equal(await state(), 'closed')
  t.equal(await code(endScreening(db, { callId, by: olu })), 'wrong_state')
  await holdClock(db, new Date(later.getTime() + 16 * 60_000))
  t.equal(await state(), 'screening')
  await endScreening(db, { callId, by: olu })
  await endScreening(db, { callId, by: olu })
  t.equal(await state(), 'declaring')
  t.equal(await code(endDeclarations(db, { callId, by: olu })), 'no_jurors')
  await holdClock(db, new Date(Date.parse(dates.declarationsUntil) + 1))
  t.equal(await state(), 'assigning')
  await endDeclarations(db, { callId, by: olu })
  t.strictSame(await faults(db), [])
})
