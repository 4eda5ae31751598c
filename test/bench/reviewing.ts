import type { Agent } from '../support/site.ts'
import { asOwner, cookieOf, grow, signedIn } from './growing.ts'
import { anInstallation, type Installation, type Keep, running } from './installation.ts'
import { exponent, measured, rounded, say } from './load.ts'

const SIZES = [35, 350, 2000]
const CONNECTIONS = [1, 8, 32]

type Seat = { agent: Agent; cookie: string; token: string; review: string }

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
    const opened = await measured(site, { path: `/reviews/${first.review}`, cookie: first.cookie })
    opening.push({ size, value: opened.cpuMs })
    say({ figure: 'opening a review', size, target: '1.2 ms', ...opened })
    for (const connections of size === 2000 || size === 35 ? CONNECTIONS : [8]) {
      const saved = await measured(site, {
        path: `/reviews/${first.review}`,
        method: 'POST',
        connections,
        requestOf: position => {
          const { cookie, token, review } = seats[position % seats.length] as Seat
          return {
            path: `/reviews/${review}`,
            headers: { cookie, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams({
              _csrf: token,
              score_need: String(position % 5),
              note_need: `Saved ${position}`
            }).toString()
          }
        }
      })
      if (connections === 8) saving.push({ size, value: saved.cpuMs })
      say({ figure: 'saving a review', size, connections, target: '2 ms', ...saved })
    }
  }
  say({ figure: 'growth: opening a review', exponent: exponent(opening) })
  say({ figure: 'growth: saving a review', exponent: exponent(saving) })
  say({ figure: 'memory after reviewing', memoryMb: rounded(await site.memory(), 0) })
  await site.stop()
}

/** Jurors who are writing a review, one for each connection at most; those who have not begun begin now. */
async function seatsIn(site: Installation): Promise<Seat[]> {
  const open = await asOwner(
    site.folder,
    sql => sql<{ proposal: string; email: string }[]>`
      select distinct on (j.id) a.proposal_id as proposal, p.email from assignments a
      join jurors j on j.id = a.juror_id join people p on p.id = j.person_id
      left join reviews r on r.proposal_id = a.proposal_id and r.juror_id = a.juror_id
      where a.ended_at is null and a.released_at is not null and r.void_at is null
        and not exists (select from submissions s where s.review_id = r.id)
      order by j.id, a.proposal_id limit 32`
  )
  const seats: Seat[] = []
  for (const { proposal, email } of open) {
    const agent = await signedIn(site, email)
    await agent.token()
    const begun = await agent.post(`/jury/awards-2026/proposals/${proposal}`)
    const review = /^\/reviews\/([0-9a-f-]+)$/.exec(begun.location)?.[1]
    if (!review) throw new Error(`beginning a review: ${begun.status} ${begun.location}`)
    await agent.get(`/reviews/${review}`)
    seats.push({ agent, cookie: cookieOf(agent), token: await agent.token(), review })
  }
  if (seats.length === 0) throw new Error('no review is being written')
  return seats
}
