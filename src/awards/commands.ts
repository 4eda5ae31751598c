import { organiserOf } from '../accounts/queries.ts'
import { ask, give, heldConfirmation } from '../calls/confirmations.ts'
import { decide } from '../calls/decisions.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { lockedCall, type StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { whyNotDecide } from '../panel/queries.ts'
import { submittedTo } from '../proposals/queries.ts'
import { computedAgain, isInterested, type Run, runsOf, runWith } from '../ranking/queries.ts'
import { must, Refused } from '../refusal.ts'
import { decisionFrom } from './decision.ts'
import { awards } from './tables.ts'

type By = { by: string }

/** Why a run cannot be signed: it is not the newest, or equal proposals stand across the line and wait for the draw. */
async function signable(tx: Tx, run: Run): Promise<void> {
  const [newest] = await runsOf(tx, run.callId)
  if (newest?.id !== run.id) throw new Refused({ code: 'newer_ranking' })
  const { selection } = computedAgain(run).result
  if (selection.tied.length > 0) throw new Refused({ code: 'tied_at_the_line', proposals: selection.tied })
}

/** Asks a second person to sign exactly this decision. */
export async function askSignOff(db: Db, { rankingId, by }: { rankingId: string } & By): Promise<string> {
  return db.transaction(async tx => {
    const { run, call } = await theirs(tx, rankingId, by)
    must(whyNotIn(call.state, ['ranked']))
    await signable(tx, run)
    return ask(tx, { callId: call.id, action: 'sign_off', payload: payloadOf(run), by, at: call.now })
  })
}

const payloadOf = (run: Run) => ({
  rankingId: run.id,
  inputHash: run.inputHash,
  decision: decisionFrom(computedAgain(run))
})

/** The second person signs: the outcome of every proposal is written down. Signed twice it is the same. */
export async function signOff(db: Db, { confirmationId, by }: { confirmationId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const { asked, call } = await heldConfirmation(tx, confirmationId, 'sign_off')
    if (asked.givenBy === by) return
    if (await isInterested(tx, call.id, by)) throw new Refused({ code: 'not_found' })
    must(await whyNotDecide(tx, by, call.id))
    const payload = (await give(tx, { confirmationId, by, at: call.now })) as ReturnType<typeof payloadOf>
    must(whyNotIn(call.state, ['ranked']))
    const run = await runWith(tx, payload.rankingId)
    if (!run) throw new Refused({ code: 'not_found' })
    await signable(tx, run)
    const idOf = new Map((await submittedTo(tx, call.id)).map(({ id, number }) => [number, id]))
    await tx.insert(awards).values(
      payload.decision.map(({ number, because, ...line }) => ({
        ...line,
        because: { ...because },
        callId: call.id,
        rankingId: run.id,
        proposalId: idOf.get(number) ?? '',
        at: call.now
      }))
    )
    await decide(tx, {
      callId: call.id,
      decision: 'signed_off',
      by: asked.askedBy,
      second: by,
      at: call.now,
      facts: { rankingId: run.id }
    })
    await remember(tx, {
      callId: call.id,
      what: 'decision.signed',
      about: run.id,
      byPerson: by,
      at: call.now,
      facts: {
        askedBy: asked.askedBy,
        inputHash: run.inputHash,
        digest: asked.digest,
        awarded: payload.decision.filter(({ outcome }) => outcome === 'awarded').map(({ number }) => number)
      }
    })
  })
}

async function theirs(tx: Tx, rankingId: string, by: string): Promise<{ run: Run; call: StandingCall }> {
  const run = await runWith(tx, rankingId)
  const call = run && (await lockedCall(tx, run.callId))
  if (!run || !call || !(await organiserOf(tx, by, call)) || (await isInterested(tx, call.id, by)))
    throw new Refused({ code: 'not_found' })
  return { run, call }
}
