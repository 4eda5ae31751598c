import { randomUUID } from 'node:crypto'
import { and, asc, eq, isNull } from 'drizzle-orm'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { addPerson, giveRole, startSession } from '../../src/accounts/commands.ts'
import { attachments } from '../../src/attachments/tables.ts'
import type { State } from '../../src/calls/lifecycle.ts'
import { callAt } from '../../src/calls/queries.ts'
import { confirmations } from '../../src/calls/tables.ts'
import { known } from '../../src/cli/example/replay.ts'
import { rateLimits } from '../../src/db/tables.ts'
import { letters } from '../../src/notifications/tables.ts'
import { assignments } from '../../src/panel/tables.ts'
import { makeProgramme } from '../../src/programmes/commands.ts'
import { rankings } from '../../src/ranking/tables.ts'
import { reviews } from '../../src/reviews/tables.ts'
import { type Audience, type Permission, permissions } from '../../src/web/permissions.ts'
import { sessionCookie } from '../../src/web/sessions.ts'
import { freshDatabase } from '../support/database.ts'
import { momentNamed, theExample } from '../support/example.ts'
import { aSite } from '../support/site.ts'

/** Who walks, and what they are where the address names the call, P01, its files and letters, or J02's review of it. */
type Walker = { name: string; cookie: string | null; is: readonly Audience[]; interested: boolean }

/** Pages that know more than the table: what they may answer besides, and why. */
const BESIDES: Record<string, { status: number; why: string }> = {
  'POST /settings/language': { status: 422, why: 'a choice in the own browser needs no token' },
  'POST /settings/theme': { status: 422, why: 'a choice in the own browser needs no token' },
  'GET /founding': { status: 404, why: 'there is a founder already' },
  'GET /invitations/:token': { status: 404, why: 'nobody was invited with this token' },
  'GET /organise/programmes/new': { status: 404, why: 'for administrators and whoever organises already' },
  'GET /calls/:call/results': { status: 404, why: 'hidden until the minute of publication' },
  'GET /calls/:call/results.csv': { status: 404, why: 'hidden until the minute of publication' },
  'GET /calls/:call/results.json': { status: 404, why: 'hidden until the minute of publication' },
  'GET /calls/:call/results/bundle.json': { status: 404, why: 'hidden until the minute of publication' },
  'GET /calls/:call/results/verification': { status: 404, why: 'hidden until the minute of publication' },
  'GET /organise/:call/publication/bundle.json': { status: 404, why: 'not before two people have set a publication' },
  'GET /modules/*': { status: 404, why: 'the walk knows no file of this edition' },
  'GET /proposals/:proposal/result': { status: 404, why: 'nothing before the letters are released' },
  'GET /proposals/:proposal/withdrawal': { status: 409, why: 'not once the decision stands' },
  'GET /organise/:call/letters/stop': { status: 409, why: 'the example’s letters are of the past: none is under way' },
  'GET /organise/:call/letters/resumption': { status: 409, why: 'and none was stopped' },
  'GET /outbox/:letter/page': { status: 404, why: 'an administrator reads no letter about a proposal' },
  'GET /attachments/:attachment': { status: 404, why: 'an organiser who applied sees her own files only' },
  'GET /organise/:call/panel/:proposal': { status: 404, why: 'an organiser who applied stands aside for good' }
}

/** The confirmation or letter that an address is about, where there are several kinds. */
const KINDS: [RegExp, Record<string, string>][] = [
  [/sign-off/, { confirmation: 'signing' }],
  [/publication/, { confirmation: 'publishing' }],
  [/organise.*letters/, { letter: 'decision' }]
]

const STATES = ['call-open', 'eligibility', 'judging', 'panel', 'objections', 'announced']

t.test('every cell of the permission table: who × which route × in which state', async t => {
  t.setTimeout(900_000)
  const database = await freshDatabase(t)
  const site = await aSite(t, { database, env: { DEMO: 'no' } })
  const { db } = site
  const example = theExample(db, site.store)
  const cookieOf = async (personId: string) =>
    `${sessionCookie(site.settings)}=${await startSession(db, { personId, shared: false, factors: ['test'], address: '' })}`
  const wrong: string[] = []
  let cells = 0

  for (const moment of STATES) {
    await example.playTo(momentNamed(moment))
    const { cast } = example
    await db.delete(rateLimits)
    if (moment === STATES[0]) await theOthers(cast.programmeId)
    const call = await callAt(db, cast.callId)
    const subject = await subjectAt(cast.callId, cast.proposals.get('P01'), cast.jurors.get('J02'))
    const walkers = await walkersOf()
    for (const [route, permission] of Object.entries(permissions)) {
      const [method = '', pattern = ''] = route.split(' ')
      const path = pathOf(pattern, ofKind(pattern, subject))
      for (const walker of walkers) {
        cells += 1
        const expected =
          path === null
            ? 'hidden'
            : expectation(permission, walker, call?.state ?? 'draft', {
                pattern,
                assigned: subject.assignment !== null
              })
        const answer = await ask(method, path ?? pathOf(pattern, nowhere()) ?? pattern, walker)
        const fault =
          expected === 'yes' && BESIDES[route]?.status === answer.statusCode ? null : faultIn(answer, method, expected)
        if (fault) wrong.push(`${moment}: ${walker.name} ${route}: ${fault}`)
      }
    }
  }
  t.ok(cells > 5000, `${cells} cells walked`)
  t.strictSame(wrong, [])

  /** Strangers and neighbours: another programme's organiser, an auditor, an administrator, nobody in particular. */
  async function theOthers(programmeId: string): Promise<void> {
    const { people } = example.cast
    const person = (name: string, administrator = false) =>
      addPerson(db, { email: `${name}@example.org`, name, confirmed: true, administrator })
    people.set('stranger', await person('stranger'))
    people.set('administrator', await person('administrator', true))
    people.set('auditor', await person('auditor'))
    people.set('neighbour', await person('neighbour', true))
    people.set('chair', await person('chair'))
    const by = known(people, 'neighbour')
    await makeProgramme(db, {
      slug: 'next-door',
      name: { en: 'Next door' },
      zone: 'UTC',
      currency: 'EUR',
      languages: ['en'],
      countries: [],
      by,
      organiser: { name: 'Next door', city: 'Sofia', country: 'BG', email: 'next@example.org', dataProtection: '' }
    })
    await giveRole(db, { personId: known(people, 'auditor'), programmeId, role: 'auditor', confirmed: true, by })
    await giveRole(db, { personId: known(people, 'chair'), programmeId, role: 'chair', confirmed: true, by })
    // ORG-3's colleague who applies herself: an organiser with an interest of her own.
    await giveRole(db, { personId: known(people, 'GR-02'), programmeId, role: 'organiser', confirmed: true, by })
  }

  async function walkersOf(): Promise<Walker[]> {
    const { people, proposals } = example.cast
    const applied = proposals.has('P01')
    const walker = async (name: string, code: string, is: Audience[], interested = false): Promise<Walker> => ({
      name,
      cookie: await cookieOf(known(people, code)),
      is,
      interested
    })
    const seated = example.cast.jurors.size > 0
    return [
      { name: 'a visitor', cookie: null, is: [], interested: false },
      await walker('a stranger', 'stranger', []),
      await walker('the applicant', 'AL-01', applied ? ['applicant'] : [], applied),
      await walker('another applicant', 'AL-02', [], applied),
      await walker('the juror of the review', 'J02', seated ? ['juror'] : []),
      await walker('the organiser', 'ORG-2', ['organiser']),
      await walker('an organiser who applied', 'GR-02', ['organiser'], applied),
      await walker('the auditor', 'auditor', ['auditor']),
      await walker('the chair', 'chair', ['chair']),
      await walker('an administrator', 'administrator', ['administrator']),
      await walker('an organiser next door', 'neighbour', ['administrator'])
    ]
  }

  async function subjectAt(
    callId: string,
    proposalId: string | undefined,
    jurorId: string | undefined
  ): Promise<Record<string, string | null>> {
    const first = async <Row>(query: Promise<Row[]>) => (await query)[0]
    const proposal = proposalId ?? null
    const attachment = await first(
      db
        .select()
        .from(attachments)
        .where(eq(attachments.proposalId, proposal ?? randomUUID()))
        .limit(1)
    )
    const review =
      proposal && jurorId
        ? await first(
            db
              .select()
              .from(reviews)
              .where(and(eq(reviews.proposalId, proposal), eq(reviews.jurorId, jurorId)))
          )
        : undefined
    const assignment =
      proposal && jurorId
        ? await first(
            db
              .select()
              .from(assignments)
              .where(
                and(eq(assignments.proposalId, proposal), eq(assignments.jurorId, jurorId), isNull(assignments.endedAt))
              )
          )
        : undefined
    const ranking = await first(
      db.select().from(rankings).where(eq(rankings.callId, callId)).orderBy(asc(rankings.position))
    )
    const written = await db
      .select()
      .from(letters)
      .where(eq(letters.proposalId, proposal ?? randomUUID()))
    const asked = await db.select().from(confirmations).where(eq(confirmations.callId, callId))
    const askedFor = (action: string) => asked.find(one => one.action === action)?.id ?? null
    return {
      call: 'awards-2026',
      programme: 'bli-2026',
      proposal,
      juror: jurorId ?? null,
      attachment: attachment?.id ?? null,
      review: review?.id ?? null,
      assignment: assignment?.id ?? null,
      ranking: ranking?.id ?? null,
      letter: written.find(({ kind }) => kind === 'receipt')?.id ?? null,
      decision: written.find(({ kind }) => kind === 'decision')?.id ?? null,
      confirmation: askedFor('opening'),
      signing: askedFor('sign_off'),
      publishing: askedFor('publication'),
      field: 'support_letter',
      section: 'basics',
      criterion: 'need',
      token: 'nothing',
      session: 'nothing',
      '*': 'laurel.css'
    }
  }

  async function ask(method: string, url: string, { cookie }: Walker): Promise<LightMyRequestResponse> {
    const options: InjectOptions = {
      method: method as 'GET',
      url,
      headers: { accept: 'text/html', host: 'awards.example.org', ...(cookie ? { cookie } : {}) }
    }
    return site.app.inject(options)
  }
})

const nowhere = () =>
  Object.fromEntries(
    [
      'call',
      'programme',
      'proposal',
      'juror',
      'attachment',
      'review',
      'assignment',
      'ranking',
      'letter',
      'confirmation',
      'field',
      'section',
      'criterion',
      'token',
      'session',
      '*'
    ].map(name => [name, randomUUID()])
  )

function ofKind(pattern: string, subject: Record<string, string | null>): Record<string, string | null> {
  const other = KINDS.find(([about]) => about.test(pattern))?.[1] ?? {}
  return {
    ...subject,
    ...Object.fromEntries(Object.entries(other).map(([name, kind]) => [name, subject[kind] ?? null]))
  }
}

/** The address with the subject's ids in it; `null` where the subject has none of a kind yet. */
function pathOf(pattern: string, values: Record<string, string | null>): string | null {
  let missing = false
  const path = pattern.replace(/:(\w+)|\*/g, (all, name) => {
    const value = values[name ?? all]
    if (value === undefined) throw new Error(`${pattern}: the test knows no ${all}`)
    if (value === null) missing = true
    return value ?? ''
  })
  return missing ? null : path
}

/** What the table says of one cell, said again in the test's own words. */
function expectation(
  permission: Permission,
  { cookie, is, interested }: Walker,
  state: State,
  { pattern, assigned }: { pattern: string; assigned: boolean }
): 'yes' | 'hidden' | 'wrong_state' | 'sign_in' {
  const aboutProposal = /:(proposal|review|attachment)\b/.test(pattern)
  const whom = [permission.for, ...(permission.also ?? [])]
  const admitted =
    whom.includes('everyone') ||
    (whom.includes('person') && cookie !== null) ||
    whom.some(audience => is.includes(audience) && (audience !== 'juror' || assigned || !aboutProposal))
  if (!admitted) return cookie === null ? 'sign_in' : 'hidden'
  if (permission.shutsOutInterested && interested && state !== 'final') return 'hidden'
  const aboutCall = /:(call|proposal|review|attachment|juror|ranking|letter)\b/.test(pattern)
  return permission.in && aboutCall && !permission.in.includes(state) ? 'wrong_state' : 'yes'
}

/**
 * What is wrong with an answer. A POST without a token is refused as forged (403) once the guard has let it through, so
 * nothing is changed by walking.
 */
function faultIn(answer: LightMyRequestResponse, method: string, expected: string): string | null {
  const status = answer.statusCode
  const toSignIn = status === 303 && String(answer.headers.location).startsWith('/sign-in')
  if (status >= 500) return `answered ${status}`
  switch (expected) {
    case 'sign_in':
      return toSignIn ? null : `answered ${status} instead of asking to sign in`
    case 'hidden':
      return status === 404 || toSignIn ? null : `answered ${status} instead of hiding`
    case 'wrong_state':
      return status === 409 ? null : `answered ${status} instead of naming the wrong state`
    default:
      if (method !== 'GET') return status === 403 ? null : `answered ${status} instead of asking for the token`
      return [200, 303, 304].includes(status) ? null : `answered ${status} instead of the page`
  }
}
