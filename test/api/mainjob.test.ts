import t from 'tap'
import { makeToken } from '../../src/accounts/tokens/commands.ts'
import { holdClock } from '../../src/db/time.ts'
import { type Done, Laurel } from '../../src/web/api/client.ts'
import { aSite, type Site } from '../support/site.ts'

const CALL = 'grants-2027'
const at = (rest = '') => `/organise/${CALL}${rest}`

const PDF = new TextEncoder().encode('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')

const DATES = {
  opensAt: '2027-03-01T09:00:00+02:00',
  deadline: '2027-03-31T17:00:00+03:00',
  screeningUntil: '2027-04-07T17:00:00+03:00',
  declarationsUntil: '2027-04-14T17:00:00+03:00',
  reviewingOpensAt: '2027-04-15T09:00:00+03:00',
  reviewingUntil: '2027-05-15T23:59:00+03:00',
  redressUntil: '2027-06-05T23:59:00+03:00',
  publicationAt: '2027-06-10T12:00:00+03:00'
}

const FORM = {
  sections: [
    {
      id: 'proposal',
      title: { en: 'Your proposal' },
      fields: [
        { id: 'title', type: 'text', required: true, label: { en: 'Title' } },
        { id: 'summary', type: 'longtext', required: true, label: { en: 'Summary' } },
        { id: 'letter', type: 'file', required: true, label: { en: 'Letter' }, maxFiles: 1, maxMb: 1, accept: ['pdf'] }
      ]
    }
  ]
}

/** Who scores whom how: Ada's proposal is the best for everybody. */
const POINTS: Record<string, number> = { Ada: 4.5, Bob: 3, Cyd: 2.5 }

t.test('the whole road by program: from an empty site to a public result', async t => {
  t.setTimeout(300_000)
  const site = await aSite(t)
  const { db } = site
  const clock = (moment: string) => holdClock(db, new Date(moment))
  const visitor = new Laurel(site.url)
  const people = new Map<string, string>()
  const programFor = async (name: string) => {
    const by = people.get(name) ?? ''
    return new Laurel(site.url, await makeToken(db, { name: 'main job', scope: 'act', days: 7, by }))
  }
  const applies = ['Ada', 'Bob', 'Cyd']
  const judges = ['Juno', 'Jana', 'Jorn']
  for (const name of applies) people.set(name, (await site.person(name)).id)
  people.set('Olu', (await site.person('Olu', { administrator: true })).id)
  await clock('2027-02-01T09:00:00Z')
  const olu = await programFor('Olu')
  let omar = olu

  await t.test('a programme, a stage, and a second person who accepts by the link in a letter', async t => {
    await olu.act('/organise/programmes', {
      slug: 'library-lights',
      name: { en: 'Library Lights' },
      organiser: {
        name: 'Reading Rooms Foundation',
        city: 'Sofia',
        country: 'BG',
        email: 'hello@example.org',
        dataProtection: 'data@example.org'
      },
      zone: 'Europe/Sofia',
      currency: 'EUR',
      languages: ['en'],
      countries: [{ code: 'BG', zone: 'Europe/Sofia' }]
    })
    await olu.act('/organise/programmes/library-lights/stages', {
      slug: 'grants',
      kind: 'award',
      title: { en: 'Grants' }
    })
    const omars = { name: 'Omar', email: 'omar@example.org', role: 'organiser', language: 'en' }
    await olu.act('/organise/programmes/library-lights/team', omars)
    const link = await invitationTo(site, omars.email)
    t.match(await visitor.get(link), { purpose: 'organiser', asNew: true })
    await visitor.act(`${link}/acceptance`, { name: 'Omar' })
    people.set('Omar', await idOf(site, omars.email))
    omar = await programFor('Omar')
    t.match(await olu.get('/organise/programmes/library-lights'), {
      members: [{ role: 'organiser' }, { role: 'organiser' }]
    })
  })

  await t.test('a call is drafted, made part by part, checked, and opened by the second person', async t => {
    const { stageList } = await olu.get<{ stageList: { id: string }[] }>('/organise/programmes/library-lights')
    const stage = stageList[0]?.id
    await olu.act('/organise/programmes/library-lights/calls', {
      slug: CALL,
      stage,
      title: { en: 'Grants for reading rooms' }
    })
    const edit = (part: string, body: object, to = part) => olu.edit(at(`/edit/${part}`), at(`/edit/${to}`), body)
    await edit('texts', {
      title: { en: 'Grants' },
      lede: { en: 'Two grants.' },
      body: { en: 'Write to us about an idea.' }
    })
    await edit('dates', { zone: 'Europe/Sofia', graceMinutes: 15, dates: DATES })
    await edit('applicants', { who: 'anyone', onePerInstitution: false })
    await edit('form', { form: FORM }, 'form/import')
    for (const id of ['need', 'idea', 'plan']) {
      const { told } = await olu.get<{ told: { rules: { rubric: { criteria: { id: string; name: object }[] } } } }>(
        at(`/edit/rubric/${id}`)
      )
      const name = told.rules.rubric.criteria.find(one => one.id === id)?.name
      const levels = Object.fromEntries(
        [0, 1, 2, 3, 4, 5].map(point => [String(point), { en: `What ${point} of 5 means` }])
      )
      await edit(`rubric/${id}`, { name, question: { en: `Is the ${id} shown?` }, levels, lookIn: ['summary'] })
    }
    const jury = await olu.get<{ told: { rules: { jury: object; blind: string } } }>(at('/edit/jury'))
    await edit('jury', {
      jury: { ...jury.told.rules.jury, reviewsPerProposal: 2, minReviews: 2, maxLoad: 5, minReaders: 0 },
      blind: 'both_hidden',
      toApplicant: 'required'
    })
    await edit('awards', {
      currency: 'EUR',
      ranking: { method: 'weightedMean', rounding: null, tieLadder: ['criterion:need', 'share'], draw: null },
      awards: { count: 1, reserve: 1, amount: null, fund: null, limits: [], seats: null }
    })
    await edit('publication', { provisional: 'letters', winners: ['title', 'name'], reserve: ['title'], counts: [] })
    const check = await olu.get<{ gaps: { code: string; stops: boolean }[] }>(at('/check'))
    t.strictSame(
      check.gaps.filter(({ stops }) => stops),
      []
    )
    const asked = await olu.act(at('/opening'))
    await t.rejects(olu.act(asked.location), { status: 409, code: 'second_person_needed' }, 'not by whoever asked')
    t.match(await omar.get(asked.location), { action: 'opening', mayConfirm: true, sealHash: /^[0-9a-f]{64}$/ })
    await omar.act(asked.location)
    t.match(await olu.get(at()), { sealHash: /^[0-9a-f]{64}$/ })
  })

  await t.test('three people apply with a letter attached', async t => {
    await clock('2027-03-10T09:00:00Z')
    t.match(await visitor.get(`/calls/${CALL}`), { standing: 'open' })
    for (const name of applies) {
      const one = await programFor(name)
      await one.edit('/account', '/account/profile', {
        name,
        language: 'en',
        country: 'BG',
        institution: `${name}’s library`
      })
      const { id } = await one.act(`/calls/${CALL}/proposals`)
      const answers = { title: `Idea of ${'ABC'[applies.indexOf(name)]}`, summary: 'Seeds are lent like books.' }
      await one.edit(`/proposals/${id}/edit`, `/proposals/${id}/draft`, { answers })
      await t.rejects(
        one.act(`/proposals/${id}/submission`),
        { status: 422, code: 'incomplete' },
        'the letter is missing'
      )
      await one.upload(`/proposals/${id}/attachments/letter`, 'letter', `${name}.pdf`, PDF)
      const { location } = await one.act(`/proposals/${id}/submission`)
      t.match(await one.get(location), { id, stands: true })
    }
  })

  await t.test('eligibility, jurors by invitation, declarations, assignment', async t => {
    await clock('2027-04-01T09:00:00Z')
    const { rows } = await olu.get<{ rows: { id: string }[] }>(at('/proposals'))
    t.equal(rows.length, 3)
    await olu.act(at('/screenings'), { proposals: rows.map(({ id }) => id) })
    await olu.act(at('/screening/end'))
    for (const name of judges) {
      const email = `${name.toLowerCase()}@example.org`
      await olu.act(at('/jury'), { name, email, language: 'en', reads: ['en'], maxLoad: 5 })
      await visitor.act(`${await invitationTo(site, email)}/acceptance`, { name })
      people.set(name, await idOf(site, email))
    }
    for (const name of judges) {
      const juror = await programFor(name)
      const asked = await juror.get<{ silent: number; proposals: unknown[] }>(`/jury/${CALL}/declarations`)
      t.equal(asked.silent, 3)
      t.notMatch(JSON.stringify(asked), /Ada|Bob|Cyd/, 'a blind call names nobody')
      await juror.act(`/jury/${CALL}/declarations`, { declarations: [], rest: true })
    }
    await olu.act(at('/declarations/end'))
    await olu.act(at('/assignment'))
    const { rows: assigned } = await olu.get<{ rows: { readers: unknown[]; few: boolean }[] }>(at('/assignment'))
    t.strictSame(
      assigned.map(({ readers, few }) => [readers.length, few]),
      [
        [2, false],
        [2, false],
        [2, false]
      ]
    )
    await olu.act(at('/assignment/release'))
  })

  await t.test('jurors score what they were given, without learning from whom', async t => {
    await clock('2027-04-20T09:00:00Z')
    const titles = Object.fromEntries(applies.map((name, place) => [`Idea of ${'ABC'[place]}`, name]))
    for (const name of judges) {
      const juror = await programFor(name)
      const { toJudge } = await juror.get<{ toJudge: { id: string; heading: string }[] }>(`/jury/${CALL}`)
      for (const { id: proposal, heading } of toJudge) {
        const { id } = await juror.act(`/jury/${CALL}/proposals/${proposal}`)
        const sheet = await juror.get<{ criteria: { id: string }[] }>(`/reviews/${id}`)
        t.notMatch(
          JSON.stringify(sheet),
          /Ada|Bob|Cyd|’s library/,
          'nothing of the applicant, in no answer and no file name'
        )
        const points = POINTS[titles[heading] ?? ''] ?? 0
        const scores = Object.fromEntries(sheet.criteria.map(one => [one.id, points]))
        const words = { scores, comments: {}, toApplicant: 'Thank you.', toPanel: '' }
        await t.rejects(
          juror.edit(`/reviews/${id}`, `/reviews/${id}`, { ...words, scores: { need: 4.2 } }),
          { status: 422, errors: [{ pointer: '/scores/need' }] },
          'a point that the scale does not have'
        )
        await t.rejects(
          juror.edit(`/reviews/${id}`, `/reviews/${id}/submission`, {}),
          { status: 422, errors: [{ pointer: '/scores/need' }] },
          'what is missing is named as it is read and saved'
        )
        await juror.edit(`/reviews/${id}`, `/reviews/${id}`, words)
        await juror.edit(`/reviews/${id}`, `/reviews/${id}/submission`, {})
      }
    }
    await olu.act(at('/progress/closing'))
  })

  await t.test('ranked, signed by the second person, told by letter', async t => {
    const { rows } = await olu.get<{ rows: { heading: string; meanPoints: number }[] }>(at('/panel'))
    t.equal(rows.find(({ heading }) => heading === 'Idea of A')?.meanPoints, 90)
    await olu.act(at('/ranking'))
    const { ranked } = await olu.get<{ ranked: { rank: number; outcome: string; total: number }[] }>(at('/ranking'))
    t.strictSame(
      ranked.map(({ rank, outcome, total }) => [rank, outcome, total]),
      [
        [1, 'awarded', 90],
        [2, 'reserve', 60],
        [3, 'not_awarded', 50]
      ]
    )
    const asked = await olu.act(at('/sign-off'))
    t.match(await omar.get(asked.location), { action: 'sign_off', decision: [{ outcome: 'awarded', rank: 1 }, {}, {}] })
    await omar.act(asked.location)
    await clock('2027-05-25T09:00:00Z')
    await olu.act(at('/letters'))
    t.match(await olu.get(at('/letters')), { count: 3, mayRelease: true })
    await olu.act(at('/letters/release'))
    const ada = await programFor('Ada')
    const { proposals } = await ada.get<{ proposals: { id: string }[] }>('/proposals')
    t.match(await ada.get(`/proposals/${proposals[0]?.id}/result`), { outcome: 'awarded', totalPoints: 90 })
  })

  await t.test('published by the second person, and read by anybody', async t => {
    await clock('2027-06-06T09:00:00Z')
    await t.rejects(visitor.get(`/calls/${CALL}/results`), { name: 'Problem', code: 'not_found' })
    const asked = await olu.act<Done>(at('/publication'), { visibleAt: '2027-06-10T12:00:00+03:00' })
    t.match(await omar.get(asked.location), { action: 'publication', visibleAt: '2027-06-10T09:00:00.000Z' })
    await omar.act(asked.location)
    await clock('2027-06-10T09:00:00Z')
    const results = await visitor.get<{ content: { awarded: object[]; reserve: object[] } }>(`/calls/${CALL}/results`)
    t.match(results.content, {
      awarded: [{ name: 'Ada', title: { en: 'Idea of A' } }],
      reserve: [{ title: { en: 'Idea of B' } }]
    })
    t.match(new TextDecoder().decode(await visitor.bytes(`/calls/${CALL}/results.csv`)), 'Idea of A')
  })
})

async function invitationTo(site: Site, email: string): Promise<string> {
  const text = (await site.lettersTo(email)).at(-1)?.text ?? ''
  return /\/invitations\/[\w-]+/.exec(text)?.[0] ?? ''
}

async function idOf(site: Site, email: string): Promise<string> {
  const rows = await site.database.sql<{ id: string }[]>`select id from people where email = ${email}`
  return rows[0]?.id ?? ''
}
