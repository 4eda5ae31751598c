import { createReadStream } from 'node:fs'
import { addPerson, giveRole } from '../../accounts/commands.ts'
import { askSignOff, signOff } from '../../awards/commands.ts'
import { askOpening, confirmOpening, draftCall, endScreening, listPeople } from '../../calls/commands.ts'
import type { CallTexts } from '../../calls/tables.ts'
import { prepareDecisionLetters, releaseDecisionLetters } from '../../notifications/decisions/commands.ts'
import {
  acceptSeat,
  assignByHand,
  decideConflict,
  declare,
  inviteJuror,
  releaseAssignments
} from '../../panel/commands.ts'
import { standingDeclaration } from '../../panel/queries.ts'
import { makeProgramme, makeStage } from '../../programmes/commands.ts'
import type { Answers } from '../../proposals/answers.ts'
import { addAttachment, beginProposal, saveDraft, screenProposal, submitProposal } from '../../proposals/commands.ts'
import { askPublication, confirmPublication } from '../../publication/commands.ts'
import { freezeRanking } from '../../ranking/commands.ts'
import { beginReview, reviseScore, saveReview, submitReview } from '../../reviews/commands.ts'
import { unitsOf } from '../../reviews/rubric.ts'
import {
  assignmentRows,
  type ConflictFile,
  conflicts,
  countries,
  EXAMPLE,
  type JurorFile,
  jurorFiles,
  type Participant,
  type ProposalFile,
  participants,
  programme,
  proposalFiles,
  type ReviewFile,
  reviewFiles,
  scoreHistory,
  textOf
} from './data.ts'
import { type Happening, known, type Stage } from './replay.ts'
import { awardsRules } from './rules.ts'

const CALL = 'awards-2026'
const DAY = 86_400_000
const ZONES: Record<string, string> = {}

const instant = (text: string) => new Date(text)
const after = (at: Date, milliseconds: number) => new Date(at.getTime() + milliseconds)

/**
 * Facts that no file states, supplied in the plainest way. In words, for whoever loads the example: see `SUPPLIED`.
 */
export const SUPPLIED = [
  'ORG-1 makes the call a week before it opens and asks for its opening the day before; ORG-2 is the second person everywhere.',
  'Jurors are invited on 21 September 2026 at 10:00 Athens time and accept an hour later.',
  'Each proposal passes screening at its own checked_at, by its checked_by; ORG-1 ends screening at the date the call states.',
  'Jurors declare "none" at 20:00 on the last day for declarations for what conflicts.json does not name by then.',
  'ORG-1 decides conflicts, brings the assignment along as locked pairs when scoring opens and releases it at once.',
  'A draft holds only its title until its submission. A review is saved and submitted at its submitted_at.',
  'ORG-1 records the nine changes of the panel, freezes the ranking at 13:20 that day and asks ORG-2, who signs off twenty minutes later.',
  'Letters are prepared half an hour before they go. Publication is asked for on 20 November 2026 at 10:00 and confirmed half an hour later.'
] as const

/** Everything that happens in the innovation awards, from the example's files. */
export function awardsHappenings(): Happening[] {
  const { stages } = programme()
  const dates = stages[2]
  const opens = instant(dates.opens_at)
  const screened = instant(dates.eligibility_until)
  const panel = instant(dates.panel_meeting_at)
  const frozen = after(panel, 3 * 3_600_000 + 20 * 60_000)
  const letters = instant(dates.decision_letters_at)
  const redressed = instant('2026-11-20T10:00:00+02:00')
  const lastDay = after(instant(dates.conflict_declarations_until), -4 * 3_600_000 + 60_000)

  return [
    { at: after(opens, -7 * DAY), does: found },
    { at: after(opens, -7 * DAY), does: writeCall },
    {
      at: after(opens, -DAY),
      does: ask =>
        askOpening(ask.db, { callId: ask.cast.callId, by: by(ask, 'ORG-1') }).then(id =>
          ask.cast.asked.set('opening', id)
        )
    },
    {
      at: opens,
      does: stage =>
        confirmOpening(stage.db, { confirmationId: known(stage.cast.asked, 'opening'), by: by(stage, 'ORG-2') })
    },
    ...proposalFiles().flatMap(applying),
    { at: instant('2026-09-21T10:00:00+03:00'), does: inviteJury },
    { at: instant('2026-09-21T11:00:00+03:00'), does: seatJury },
    ...proposalFiles().map(screening),
    { at: screened, does: stage => endScreening(stage.db, { callId: stage.cast.callId, by: by(stage, 'ORG-1') }) },
    ...conflicts().flatMap(conflicting),
    { at: lastDay, does: stage => declareNone(stage, lastDay) },
    ...assigning(instant(dates.scoring_opens_at)),
    ...reviewFiles().flatMap(reviewing),
    ...scoreHistory().map(revising),
    {
      at: frozen,
      does: async stage => {
        stage.cast.rankingId = await freezeRanking(stage.db, { callId: stage.cast.callId, by: by(stage, 'ORG-1') })
      }
    },
    {
      at: after(frozen, 5 * 60_000),
      does: stage =>
        askSignOff(stage.db, { rankingId: stage.cast.rankingId, by: by(stage, 'ORG-1') }).then(id =>
          stage.cast.asked.set('sign-off', id)
        )
    },
    {
      at: after(frozen, 20 * 60_000),
      does: stage => signOff(stage.db, { confirmationId: known(stage.cast.asked, 'sign-off'), by: by(stage, 'ORG-2') })
    },
    {
      at: after(letters, -30 * 60_000),
      does: stage => prepareDecisionLetters(stage.db, { callId: stage.cast.callId, by: by(stage, 'ORG-1') })
    },
    {
      at: letters,
      does: stage => releaseDecisionLetters(stage.db, { callId: stage.cast.callId, by: by(stage, 'ORG-1') })
    },
    {
      at: redressed,
      does: stage =>
        askPublication(stage.db, {
          callId: stage.cast.callId,
          visibleAt: instant(dates.announcement_at),
          by: by(stage, 'ORG-1')
        }).then(id => stage.cast.asked.set('publication', id))
    },
    {
      at: after(redressed, 30 * 60_000),
      does: stage =>
        confirmPublication(stage.db, {
          confirmationId: known(stage.cast.asked, 'publication'),
          by: by(stage, 'ORG-2')
        })
    }
  ]
}

const by = ({ cast }: Stage, code: string) => known(cast.people, code)

/** The programme with its three organisers; the participants and jurors have accounts from the training. */
async function found(stage: Stage): Promise<void> {
  const { db, cast, passwordHash } = stage
  const { id, name, organiser, timezone, currency, languages, stages } = programme()
  const { footnotes, countries: all } = countries()
  for (const { code, timezone } of all) ZONES[code] = timezone
  const person = (code: string, facts: Omit<Parameters<typeof addPerson>[1], 'confirmed' | 'passwordHash'>) =>
    addPerson(db, { ...facts, confirmed: true, passwordHash: passwordHash(code) }).then(id => cast.people.set(code, id))

  for (const member of organiser.team) {
    await person(member.id, {
      email: member.email,
      name: member.name,
      nameLatin: member.name_latin,
      language: member.languages[0] ?? 'en',
      zone: timezone,
      // Whoever founds an installation looks after its accounts too.
      administrator: member.id === 'ORG-1'
    })
  }
  for (const applicant of participants()) await person(applicant.id, participantFacts(applicant))
  for (const juror of jurorFiles().jurors) {
    const { email, name, name_latin, ui, country, city, affiliation } = juror
    await person(juror.id, {
      email,
      name,
      nameLatin: name_latin,
      language: ui,
      country,
      city,
      institution: affiliation,
      zone: ZONES[country] ?? timezone
    })
  }
  const first = by(stage, 'ORG-1')
  cast.programmeId = await makeProgramme(db, {
    slug: id,
    name,
    zone: timezone,
    currency,
    languages: languages.application,
    organiser: {
      name: organiser.name,
      city: organiser.city,
      country: organiser.country,
      email: organiser.email,
      dataProtection: organiser.data_protection_contact
    },
    countries: all.map(({ code, name, timezone, languages }) => ({
      code,
      name,
      zone: timezone,
      languages,
      ...(footnotes[code] ? { footnote: footnotes[code] } : {})
    })),
    by: first
  })
  for (const { id } of organiser.team) {
    await giveRole(db, {
      personId: by(stage, id),
      programmeId: cast.programmeId,
      role: 'organiser',
      confirmed: true,
      by: first
    })
  }
  const titled = { admission: stages[0].title, training: stages[1].title, awards: stages[2].title }
  const translated = { admission: 'Приемен конкурс', training: 'Онлайн обучение', awards: 'Награди за нови услуги' }
  for (const [position, [slug, kind]] of (
    [
      ['admission', 'admission'],
      ['training', 'training'],
      ['awards', 'award']
    ] as const
  ).entries()) {
    const stageId = await makeStage(db, {
      programmeId: cast.programmeId,
      slug,
      kind,
      title: { en: titled[slug], bg: translated[slug] },
      position: position + 1,
      by: first
    })
    cast.people.set(`stage:${slug}`, stageId)
  }
}

const participantFacts = ({
  email,
  name,
  name_latin,
  ui,
  country,
  city,
  city_latin,
  library,
  library_en
}: Participant) => ({
  email,
  name,
  nameLatin: name_latin,
  language: ui,
  country,
  city,
  cityLatin: city_latin,
  institution: library,
  institutionEn: library_en,
  zone: ZONES[country] ?? 'Europe/Athens'
})

async function writeCall(stage: Stage): Promise<void> {
  const { db, cast } = stage
  const first = by(stage, 'ORG-1')
  cast.callId = await draftCall(db, {
    stageId: by(stage, 'stage:awards'),
    slug: CALL,
    texts: callTexts(),
    rules: awardsRules(),
    by: first
  })
  await listPeople(db, {
    callId: cast.callId,
    people: participants().map(({ email, name, name_latin, library, library_en, city, city_latin, country, ui }) => ({
      email,
      name,
      nameLatin: name_latin,
      institution: library,
      institutionEn: library_en,
      city,
      cityLatin: city_latin,
      country,
      language: ui
    })),
    by: first
  })
}

/** Title, the first paragraph's facts as lede, and the body, from the call's texts in each language they exist in. */
function callTexts(): CallTexts {
  const texts: CallTexts = { title: {}, lede: {}, body: {} }
  for (const language of ['en', 'bg', 'el', 'sq', 'ro', 'sr']) {
    const [heading = '', ...rest] = textOf(`calls/awards.${language}.md`).split('\n')
    const body = rest
      .join('\n')
      .replace(/^\*[^*]+\*$/m, '')
      .trim()
    texts.title[language] = heading.replace(/^#\s*/, '').trim()
    texts.body[language] = body
  }
  texts.lede = {
    en: 'Five initial grants of up to 4,000 euro each for a new service in a public library, open to the 35 participants of our online training.',
    bg: 'Пет начални гранта до 4000 евро за нова услуга в обществена библиотека, за 35-те участници в нашето онлайн обучение.'
  }
  return texts
}

function applying(file: ProposalFile): Happening[] {
  return [
    {
      at: instant(file.created_at),
      does: async stage => {
        const person = by(stage, file.participant)
        const proposalId = await beginProposal(stage.db, { callId: stage.cast.callId, by: person })
        stage.cast.proposals.set(file.id, proposalId)
        await saveDraft(stage.db, { proposalId, answers: { title: file.title }, by: person })
      }
    },
    {
      at: instant(file.submitted_at),
      does: async stage => {
        const person = by(stage, file.participant)
        const proposalId = known(stage.cast.proposals, file.id)
        await saveDraft(stage.db, { proposalId, answers: answersOf(file), by: person })
        for (const { field, path, name, mime } of file.attachments) {
          const stored = await stage.store.put(createReadStream(new URL(encodePath(path), EXAMPLE)))
          await addAttachment(stage.db, {
            proposalId,
            field,
            file: { key: stored.key, name, mime, bytes: stored.bytes, sha256: stored.sha256 },
            by: person
          })
        }
        await submitProposal(stage.db, { proposalId, by: person, number: file.id })
      }
    }
  ]
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/')

/** What was typed: numbers as text, as the form keeps them. */
function answersOf(file: ProposalFile): Answers {
  return {
    ...file.eligibility.answers,
    language: file.language,
    title: file.title,
    title_en: file.title_en,
    summary: file.summary,
    summary_en: file.summary_en,
    theme: file.theme,
    keywords: file.keywords,
    ...file.answers,
    milestones: file.milestones.map(({ month, what }) => ({ month: String(month), what })),
    partners: file.partners,
    budget: file.budget.map(({ category, item, quantity, unit_cost, own }) => ({
      category,
      item,
      quantity: String(quantity),
      unit_cost: unit_cost.toFixed(2),
      own: own.toFixed(2)
    })),
    decl_true: true,
    decl_rules: true,
    decl_publish: true
  }
}

function screening({ id, eligibility }: ProposalFile): Happening {
  return {
    at: instant(eligibility.checked_at),
    does: stage =>
      screenProposal(stage.db, {
        proposalId: known(stage.cast.proposals, id),
        outcome: 'eligible',
        reason: '',
        by: by(stage, eligibility.checked_by)
      })
  }
}

async function inviteJury(stage: Stage): Promise<void> {
  const { chair, jurors } = jurorFiles()
  for (const juror of jurors) {
    const { jurorId } = await inviteJuror(stage.db, {
      callId: stage.cast.callId,
      juror: { ...profileOf(juror), chair: juror.id === chair },
      by: by(stage, 'ORG-1')
    })
    stage.cast.jurors.set(juror.id, jurorId)
  }
}

const profileOf = ({
  id,
  email,
  name,
  name_latin,
  country,
  city,
  affiliation,
  expertise,
  reads,
  ui,
  capacity
}: JurorFile) => ({
  label: id,
  email,
  name,
  nameLatin: name_latin,
  country,
  city,
  institution: affiliation,
  expertise,
  reads,
  language: ui,
  maxLoad: capacity
})

async function seatJury(stage: Stage): Promise<void> {
  for (const { id } of jurorFiles().jurors)
    await acceptSeat(stage.db, { jurorId: known(stage.cast.jurors, id), by: by(stage, id) })
}

function conflicting({
  juror,
  proposal,
  kind,
  text,
  declared_at,
  decision,
  decided_at,
  reason
}: ConflictFile): Happening[] {
  const pair = (stage: Stage) => ({
    jurorId: known(stage.cast.jurors, juror),
    proposalId: known(stage.cast.proposals, proposal)
  })
  return [
    {
      at: instant(declared_at),
      does: stage => {
        const { jurorId, proposalId } = pair(stage)
        return declare(stage.db, { jurorId, declarations: [{ proposalId, kind, word: text }], by: by(stage, juror) })
      }
    },
    {
      at: instant(decided_at),
      does: async stage => {
        const { jurorId, proposalId } = pair(stage)
        const declaration = await standingDeclaration(stage.db, jurorId, proposalId)
        await decideConflict(stage.db, {
          declarationId: declaration?.id ?? '',
          decision,
          reason,
          by: by(stage, 'ORG-1')
        })
      }
    }
  ]
}

async function declareNone(stage: Stage, at: Date): Promise<void> {
  const named = new Set(
    conflicts()
      .filter(({ declared_at }) => instant(declared_at) <= after(at, DAY))
      .map(({ juror, proposal }) => `${juror} ${proposal}`)
  )
  const files = proposalFiles()
  for (const { id, country } of jurorFiles().jurors) {
    const free = files.filter(file => file.country !== country && !named.has(`${id} ${file.id}`))
    await declare(stage.db, {
      jurorId: known(stage.cast.jurors, id),
      declarations: free.map(file => ({ proposalId: known(stage.cast.proposals, file.id), kind: 'none', word: '' })),
      by: by(stage, id)
    })
  }
}

function assigning(opens: Date): Happening[] {
  const rows = assignmentRows()
  const at = new Set(rows.map(({ assigned_at = '' }) => instant(assigned_at).getTime()))
  const pairs = [...at].map(
    (time): Happening => ({
      at: new Date(time),
      does: stage =>
        assignByHand(stage.db, {
          callId: stage.cast.callId,
          source: 'import',
          by: by(stage, 'ORG-1'),
          pairs: rows
            .filter(({ assigned_at = '' }) => instant(assigned_at).getTime() === time)
            .map(({ proposal = '', juror = '' }) => ({
              proposalId: known(stage.cast.proposals, proposal),
              jurorId: known(stage.cast.jurors, juror),
              locked: true
            }))
        })
    })
  )
  return [
    ...pairs,
    { at: opens, does: stage => releaseAssignments(stage.db, { callId: stage.cast.callId, by: by(stage, 'ORG-1') }) }
  ]
}

function reviewing(file: ReviewFile): Happening[] {
  return [
    {
      at: instant(file.started_at),
      does: async stage =>
        void stage.cast.reviews.set(
          file.id,
          await beginReview(stage.db, {
            proposalId: known(stage.cast.proposals, file.proposal),
            by: by(stage, file.juror)
          })
        )
    },
    {
      at: instant(file.submitted_at),
      does: async stage => {
        const reviewId = known(stage.cast.reviews, file.id)
        const scale = awardsRules().rubric.scale
        await saveReview(stage.db, {
          reviewId,
          by: by(stage, file.juror),
          scores: Object.fromEntries(
            Object.entries(beforePanel(file)).map(([criterion, value]) => [criterion, unitsOf(value, scale)])
          ),
          comments: file.comments,
          toApplicant: file.to_applicant,
          toApplicantLanguage: file.to_applicant_language,
          toPanel: file.to_panel
        })
        await submitReview(stage.db, { reviewId, by: by(stage, file.juror) })
      }
    }
  ]
}

/** The scores as the juror gave them, before the panel changed some. */
function beforePanel({ id, scores }: ReviewFile): Record<string, number> {
  const changed = scoreHistory()
    .filter(({ review }) => review === id)
    .map(({ criterion = '', old }) => [criterion, Number(old)])
  return { ...scores, ...Object.fromEntries(changed) }
}

function revising({
  review = '',
  criterion = '',
  new: next,
  changed_at = '',
  reason = ''
}: Record<string, string>): Happening {
  return {
    at: instant(changed_at),
    does: stage =>
      reviseScore(stage.db, {
        reviewId: known(stage.cast.reviews, review),
        criterion,
        units: unitsOf(Number(next), awardsRules().rubric.scale),
        reason,
        by: by(stage, 'ORG-1')
      })
  }
}
