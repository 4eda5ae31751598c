import { request } from 'node:http'
import type { Agent } from '../support/site.ts'
import { asOwner, cookieOf, signedIn } from './growing.ts'
import { anInstallation, type Installation, type Keep, running } from './installation.ts'
import { inLines, rounded, say } from './load.ts'

const MB = 2 ** 20
const AT_ONCE = 8

/** A proposal handed in with a file of 1 MiB, and one file of 1 GiB. */
export async function files(keep: Keep): Promise<void> {
  const folder = keep(await anInstallation('last-hour'))
  const site = await running(folder)
  // The example allows a few MB a file; the largest of this bench needs more.
  await asOwner(
    folder,
    sql => sql`update calls set rules = regexp_replace(rules::text, '"maxMb": [0-9.]+', '"maxMb": 1100', 'g')::jsonb`
  )
  const applicants = await applicantsIn(site)
  await submitting(site, applicants)
  await large(site, applicants[0] as Applicant)
  await site.stop()
}

type Applicant = { agent: Agent; proposal: string; field: string }

async function applicantsIn(site: Installation): Promise<Applicant[]> {
  const handedIn = await asOwner(
    site.folder,
    sql => sql<{ id: string; email: string; field: string }[]>`
      select p.id, e.email, (select field from attachments a where a.proposal_id = p.id order by field limit 1) as field
      from proposals p join people e on e.id = p.applicant_id
      where exists (select from versions v where v.proposal_id = p.id)
        and exists (select from attachments a where a.proposal_id = p.id)
      order by p.number limit ${AT_ONCE}`
  )
  return Promise.all(
    handedIn.map(async ({ id, email, field }) => ({ agent: await signedIn(site, email), proposal: id, field }))
  )
}

/** Eight applicants at once, each again and again: the old file goes, the form is opened, a new file comes, it is handed in. */
async function submitting(site: Installation, applicants: Applicant[]): Promise<void> {
  const { bytes: _, ...figures } = await inLines(
    site,
    applicants.map(({ agent, proposal, field }) => async turn => {
      await emptied(site, proposal, field)
      await agent.get(`/proposals/${proposal}/edit`)
      const sent = await agent.upload(`/proposals/${proposal}/attachments/${field}`, {
        [field]: { name: `letter-${turn}.pdf`, bytes: pdf(MB, turn), type: 'application/pdf' }
      })
      const handed = await agent.post(`/proposals/${proposal}/submission`)
      if (sent.status !== 303 || handed.status !== 303) throw new Error(`handing in: ${sent.status}, ${handed.status}`)
    }),
    10
  )
  say({ figure: 'handing in a proposal with 1 MiB', connections: applicants.length, ...figures })
}

/** Room for one file more, where the form takes only one. */
const emptied = (site: Installation, proposal: string, field: string) =>
  asOwner(
    site.folder,
    sql => sql`update attachments set removed_at = now() where proposal_id = ${proposal} and field = ${field}`
  )

function pdf(bytes: number, mark: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes)
  whole.fill(0x20)
  whole.set(Buffer.from(`%PDF-1.7\n% ${mark}\n`))
  whole.set(Buffer.from('\nstartxref\n0\n%%EOF\n'), bytes - 19)
  return whole
}

async function large(site: Installation, { agent, proposal, field }: Applicant): Promise<void> {
  await emptied(site, proposal, field)
  await agent.get(`/proposals/${proposal}/edit`)
  const memoryBefore = await site.memory()
  let peak = memoryBefore
  const watch = setInterval(async () => {
    peak = Math.max(peak, await site.memory())
  }, 100)
  const before = await site.cpu()
  const began = performance.now()
  const status = await send(
    `${site.url}/proposals/${proposal}/attachments/${field}?_csrf=${encodeURIComponent(await agent.token())}`,
    cookieOf(agent),
    field
  )
  const seconds = (performance.now() - began) / 1000
  clearInterval(watch)
  if (status !== 303) throw new Error(`a file of 1 GiB: ${status}`)
  say({
    figure: 'upload of 1 GiB',
    mbPerSecond: rounded(1024 / seconds, 0),
    cpuMs: (await site.cpu()) - before,
    memoryBeforeMb: rounded(memoryBefore, 0),
    memoryPeakMb: rounded(peak, 0)
  })
}

function send(url: string, cookie: string, field: string): Promise<number> {
  const boundary = 'laurel-bench'
  const block = Buffer.alloc(MB, 0x20)
  return new Promise((settle, fail) => {
    const sending = request(
      url,
      { method: 'POST', headers: { cookie, 'content-type': `multipart/form-data; boundary=${boundary}` } },
      answer => {
        answer.resume()
        settle(answer.statusCode ?? 0)
      }
    )
    sending.on('error', fail)
    void (async () => {
      sending.write(
        `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="large.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n`
      )
      for (let i = 0; i < 1023; i++)
        if (!sending.write(block)) await new Promise(drained => sending.once('drain', drained))
      sending.end(`${' '.repeat(MB - 30)}\nstartxref\n0\n%%EOF\n\r\n--${boundary}--\r\n`)
    })()
  })
}
