import {
  acceptSeat,
  assignByHand,
  decideConflict,
  declare,
  inviteJuror,
  releaseAssignments
} from '../../panel/commands.ts'
import { standingDeclaration } from '../../panel/queries.ts'
import { beginReview, reviseScore, saveReview, submitReview } from '../../reviews/commands.ts'
import { unitsOf } from '../../reviews/rubric.ts'
import {
  assignmentRows,
  type ConflictFile,
  conflicts,
  type JurorFile,
  jurorFiles,
  proposalFiles,
  type ReviewFile,
  scoreHistory
} from './data.ts'
import { after, by, DAY, type Happening, instant, known, type Stage } from './replay.ts'
import { awardsRules } from './rules.ts'

export async function inviteJury(stage: Stage): Promise<void> {
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

export async function seatJury(stage: Stage): Promise<void> {
  for (const { id } of jurorFiles().jurors)
    await acceptSeat(stage.db, { jurorId: known(stage.cast.jurors, id), by: by(stage, id) })
}

export function conflicting({
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

export async function declareNone(stage: Stage, at: Date): Promise<void> {
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

export function assigning(opens: Date): Happening[] {
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

export function reviewing(file: ReviewFile): Happening[] {
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

export function revising({
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
