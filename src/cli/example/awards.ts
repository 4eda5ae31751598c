import { askSignOff, signOff } from '../../awards/commands.ts'
import { askOpening, confirmOpening, endScreening } from '../../calls/commands.ts'
import { prepareDecisionLetters, releaseDecisionLetters } from '../../notifications/decisions/commands.ts'
import { askPublication, confirmPublication } from '../../publication/commands.ts'
import { freezeRanking } from '../../ranking/commands.ts'
import { applying, screening } from './applying.ts'
import { conflicts, programme, proposalFiles, reviewFiles, scoreHistory } from './data.ts'
import { found, writeCall } from './founding.ts'
import { assigning, conflicting, declareNone, inviteJury, reviewing, revising, seatJury } from './judging.ts'
import { after, by, DAY, type Happening, instant, known } from './replay.ts'

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
