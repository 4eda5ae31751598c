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

/** Reviews that are begun and not handed in, each with its juror signed in: at most one for each connection. */
async function seatsIn(site: Installation): Promise<Seat[]> {
  const drafts = await asOwner(
    site.folder,
    sql => sql<{ id: string; email: string }[]>`
      select distinct on (j.id) r.id, p.email from reviews r
      join jurors j on j.id = r.juror_id join people p on p.id = j.person_id
      where not exists (select from submissions s where s.review_id = r.id) and r.void_at is null
      order by j.id, r.id limit 32`
  )
  const seats: Seat[] = []
  for (const { id, email } of drafts) {
    const agent = await signedIn(site, email)
    const page = await agent.get(`/reviews/${id}`)
    if (page.status === 200) seats.push({ agent, cookie: cookieOf(agent), token: await agent.token(), review: id })
  }
  if (seats.length === 0) throw new Error('no review is being written')
  return seats
}
