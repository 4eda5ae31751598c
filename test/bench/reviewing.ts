import type { Agent } from '../support/site.ts'
import { asOwner, cookieOf, grow, signedIn } from './growing.ts'
import { anInstallation, type Installation, type Keep, running } from './installation.ts'
import { exponent, inLines, measured, rounded, say } from './load.ts'

const SIZES = [35, 350, 2000]
const CONNECTIONS = [1, 8, 32]

type Seat = { agent: Agent; review: string; version: number }

/** Opening a review and saving it, as the call grows and as more jurors do so at once. */
export async function reviewing(keep: Keep): Promise<void> {
  const folder = keep(await anInstallation('judging'))
  const site = await running(folder)
  const opening: { size: number; value: number }[] = []
  const saving: { size: number; value: number }[] = []
  for (const size of SIZES) {
    await grow(folder, size)
    const seats = await seatsIn(site)
    const first = seats[0] as Seat
    const opened = await measured(site, { path: `/reviews/${first.review}`, cookie: cookieOf(first.agent) })
    opening.push({ size, value: opened.cpuMs })
    say({ figure: 'opening a review', size, target: '1.2 ms', ...opened })
    for (const connections of size === 2000 || size === 35 ? CONNECTIONS : [8]) {
      const { bytes: _, ...saved } = await inLines(site, seats.slice(0, connections).map(savingOf))
      if (connections === 8) saving.push({ size, value: saved.cpuMs })
      say({ figure: 'saving a review', size, connections, target: '2 ms', ...saved })
    }
  }
  say({ figure: 'growth: opening a review', exponent: exponent(opening) })
  say({ figure: 'growth: saving a review', exponent: exponent(saving) })
  say({ figure: 'memory after reviewing', memoryMb: rounded(await site.memory(), 0) })
  await site.stop()
}

/** What a juror's browser does while she scores: the whole sheet, with the version it was filled from. */
const savingOf = (seat: Seat) => async (turn: number) => {
  const { agent, review, version } = seat
  const fields = { version, score_need: turn % 5, note_need: `Said for the ${turn}th time` }
  const answer = await agent.post(`/reviews/${review}`, fields, { headers: { accept: 'application/json' } })
  if (answer.status !== 200) throw new Error(`saving a review: ${answer.status} ${answer.text}`)
  seat.version = JSON.parse(answer.text).version
}

/** Jurors who are writing a review, one for each connection at most; those who have not begun begin now. */
async function seatsIn(site: Installation): Promise<Seat[]> {
  const open = await asOwner(
    site.folder,
    sql => sql<{ proposal: string; email: string }[]>`
      select a.proposal_id as proposal, p.email from assignments a
      join jurors j on j.id = a.juror_id join people p on p.id = j.person_id
      left join reviews r on r.proposal_id = a.proposal_id and r.juror_id = a.juror_id
      where a.ended_at is null and a.released_at is not null and r.void_at is null
        and not exists (select from submissions s where s.review_id = r.id)
      order by a.id limit 32`
  )
  const seats: Seat[] = []
  for (const { proposal, email } of open) {
    const agent = await signedIn(site, email)
    await agent.token()
    const begun = await agent.post(`/jury/awards-2026/proposals/${proposal}`)
    const review = /^\/reviews\/([0-9a-f-]+)$/.exec(begun.location)?.[1]
    if (!review) throw new Error(`beginning a review: ${begun.status} ${begun.location}`)
    const page = await agent.get(`/reviews/${review}`)
    seats.push({ agent, review, version: Number(/name="version" value="(\d+)"/.exec(page.text)?.[1]) })
  }
  if (seats.length === 0) throw new Error('no review is being written')
  return seats
}
