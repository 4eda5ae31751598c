import { randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { addPerson, giveRole, startSession } from '../../src/accounts/commands.ts'
import { makeToken } from '../../src/accounts/tokens/commands.ts'
import { attachments } from '../../src/attachments/tables.ts'
import { confirmations } from '../../src/calls/tables.ts'
import { known } from '../../src/cli/example/replay.ts'
import { rateLimits } from '../../src/db/tables.ts'
import { letters } from '../../src/notifications/tables.ts'
import { reviews } from '../../src/reviews/tables.ts'
import { twinOf } from '../../src/web/api/door.ts'
import { sessionCookie } from '../../src/web/sessions.ts'
import { freshDatabase } from '../support/database.ts'
import { momentNamed, theExample } from '../support/example.ts'
import { aSite } from '../support/site.ts'

type Walker = { name: string; cookie: string | null; token: string | null }

const EVERYBODY = ['stranger', 'AL-01', 'AL-02', 'J02', 'ORG-2', 'auditor', 'administrator']

/** Who walks when: everybody where most can be done, and those whose work it is in between. */
const MOMENTS: Record<string, string[]> = {
  eligibility: ['AL-01', 'ORG-2'],
  judging: EVERYBODY,
  panel: ['J02', 'ORG-2', 'auditor'],
  objections: ['AL-01', 'ORG-2'],
  announced: EVERYBODY
}

/** What a page says to a browser and a program hears in another way; everything else is word for word the same. */
const SAME_OTHERWISE: Record<string, string> = { sign_in: 'token_needed' }

t.test('whatever a page answers, whoever asks, a program hears the same', async t => {
  t.setTimeout(600_000)
  const database = await freshDatabase(t)
  const site = await aSite(t, { database, env: { DEMO: 'no' } })
  const { db } = site
  const example = theExample(db, site.store)
  const wrong: string[] = []
  let told = 0
  let refused = 0

  for (const [moment, people] of Object.entries(MOMENTS)) {
    await example.playTo(momentNamed(moment))
    const { cast } = example
    if (moment === 'eligibility') {
      const person = (name: string) => addPerson(db, { email: `${name}@example.org`, name, confirmed: true })
      cast.people.set('stranger', await person('stranger'))
      cast.people.set('auditor', await person('auditor'))
      const administrator = {
        email: 'administrator@example.org',
        name: 'administrator',
        confirmed: true,
        administrator: true
      }
      cast.people.set('administrator', await addPerson(db, administrator))
      const by = known(cast.people, 'ORG-1')
      const personId = known(cast.people, 'auditor')
      await giveRole(db, { personId, programmeId: cast.programmeId, role: 'auditor', confirmed: true, by })
    }
    const subject = await subjectNow()
    const walkers = await Promise.all([{ name: 'a visitor', cookie: null, token: null }, ...people.map(walker)])
    for (const { method, path, api } of site.app.twins) {
      await db.delete(rateLimits)
      const address = addressOf(path, subject)
      if (address === null) continue
      for (const who of walkers) {
        const page = await ask(method, address, {
          accept: 'application/json',
          ...(who.cookie && { cookie: who.cookie })
        })
        const program = await ask(method, twinOf(address), who.token ? { authorization: `Bearer ${who.token}` } : {})
        const fault = differenceBetween(page, program, method)
        if (fault) wrong.push(`${moment}: ${who.name} ${method} ${path} (${api.id}): ${fault}`)
        if (program.statusCode === 200) told += 1
        else refused += 1
      }
    }
  }
  t.strictSame(wrong, [])
  t.ok(told > 150, `${told} answers told`)
  t.ok(refused > 1000, `${refused} refused`)

  async function walker(code: string): Promise<Walker> {
    const personId = known(example.cast.people, code)
    const session = await startSession(db, { personId, shared: false, factors: ['test'], address: '' })
    const token = await makeToken(db, { name: 'parity', scope: 'act', days: 7, by: personId })
    return { name: code, cookie: `${sessionCookie(site.settings)}=${session}`, token }
  }

  async function subjectNow(): Promise<Record<string, string | null>> {
    const { cast } = example
    const proposal = cast.proposals.get('P01') ?? null
    const juror = cast.jurors.get('J02') ?? null
    const at = proposal ?? randomUUID()
    const [attachment] = await db.select().from(attachments).where(eq(attachments.proposalId, at)).limit(1)
    const [review] = await db
      .select()
      .from(reviews)
      .where(and(eq(reviews.proposalId, at), eq(reviews.jurorId, juror ?? randomUUID())))
    const written = await db.select().from(letters).where(eq(letters.proposalId, at))
    const asked = await db.select().from(confirmations).where(eq(confirmations.callId, cast.callId))
    const askedFor = (action: string) => asked.find(one => one.action === action)?.id ?? null
    return {
      call: 'awards-2026',
      programme: 'bli-2026',
      proposal,
      juror,
      attachment: attachment?.id ?? null,
      review: review?.id ?? null,
      letter: written.find(({ kind }) => kind === 'receipt')?.id ?? null,
      decision: written.find(({ kind }) => kind === 'decision')?.id ?? null,
      confirmation: askedFor('opening'),
      signing: askedFor('sign_off'),
      publishing: askedFor('publication'),
      field: 'support_letter',
      section: 'basics',
      criterion: 'need',
      token: 'nothing'
    }
  }

  /** Nothing is changed by walking: a page's form comes without its token, a program's act without its key. */
  async function ask(method: string, url: string, headers: Record<string, string>): Promise<LightMyRequestResponse> {
    return site.app.inject({ method: method as 'GET', url, headers: { host: 'awards.example.org', ...headers } })
  }
})

function addressOf(pattern: string, subject: Record<string, string | null>): string | null {
  const kinds: Record<string, string> = /sign-off/.test(pattern)
    ? { confirmation: 'signing' }
    : /publication/.test(pattern)
      ? { confirmation: 'publishing' }
      : /organise.*letters/.test(pattern)
        ? { letter: 'decision' }
        : {}
  let missing = false
  const address = pattern.replace(/:(\w+)/g, (_, name: string) => {
    const value = subject[kinds[name] ?? name]
    if (value === undefined) throw new Error(`${pattern}: the test knows no ${name}`)
    if (value === null) missing = true
    return value ?? ''
  })
  return missing ? null : address
}

function differenceBetween(
  page: LightMyRequestResponse,
  program: LightMyRequestResponse,
  method: string
): string | null {
  const heard = codeOf(program)
  if (program.statusCode >= 500) return `the program heard ${program.statusCode}`
  const toSignIn = page.statusCode === 303 && String(page.headers.location).startsWith('/sign-in')
  const said = toSignIn ? 'sign_in' : codeOf(page)
  if (said === 'forged' || said === 'http_403') {
    // Let in: the program is stopped only by what its own request lacks.
    return ['key_missing', 'version_missing', 'mistakes', 'http_415', 'http_406'].includes(heard)
      ? null
      : `the page would act, the program heard ${program.statusCode} ${heard}`
  }
  if (said) {
    const expected = SAME_OTHERWISE[said] ?? said
    return heard === expected ? null : `the page said ${said}, the program heard ${program.statusCode} ${heard}`
  }
  return page.statusCode === program.statusCode || (method === 'GET' && program.statusCode === 303)
    ? null
    : `the page answered ${page.statusCode}, the program heard ${program.statusCode} ${heard}`
}

function codeOf({ headers, body }: LightMyRequestResponse): string {
  if (!/problem\+json/.test(String(headers['content-type']))) return ''
  return (JSON.parse(body) as { code: string }).code
}
