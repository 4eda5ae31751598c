import t from 'tap'
import { theAwards } from '../proposals/support.ts'
import { momentNamed } from '../support/example.ts'
import { type Program, programsOf, type Told } from './support.ts'

type Entry = Record<string, unknown>

const nextOf = ({ headers }: Told) => /^<\/api\/v1([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
const mistakesIn = ({ json }: Told) => (json.errors as { pointer: string; code: string }[]) ?? []
const pointersIn = (told: Told) => mistakesIn(told).map(({ pointer }) => pointer)

async function whole(program: Program, path: string, list: string): Promise<Entry[]> {
  const answer = await program.get(path)
  t.equal(answer.status, 200, `${path} ${answer.text.slice(0, 300)}`)
  t.equal(nextOf(answer), undefined, `${path} fits one page`)
  return answer.json[list] as Entry[]
}

async function walked(program: Program, path: string, list: string): Promise<Entry[]> {
  const seen: Entry[] = []
  for (let next: string | undefined = path; next; ) {
    const answer: Told = await program.get(next)
    t.equal(answer.status, 200, `${next} ${answer.text.slice(0, 300)}`)
    seen.push(...(answer.json[list] as Entry[]))
    next = nextOf(answer)
  }
  return seen
}

t.test('long lists are read in pages and narrowed', async t => {
  t.setTimeout(300_000)
  const { site, cast, playTo } = await theAwards(t, 'judging')
  const programs = programsOf(site)
  const olu = await programs.for(cast.people.get('ORG-1') ?? '')
  const juror = await programs.for(cast.people.get('J02') ?? '')
  const at = '/organise/awards-2026'

  t.test('how many and from where is read exactly, or not at all', async t => {
    const list = `${at}/proposals`
    for (const limit of ['0', '-1', 'x', '', '1.5', '1e2', '+5', '0x10', '501', '99999999999999999999', '7&limit=7'])
      t.match(
        (await olu.get(`${list}?limit=${limit}`)).json,
        { status: 422, code: 'mistakes', errors: [{ pointer: '/limit' }] },
        `limit=${limit}`
      )
    t.match(mistakesIn(await olu.get(`${list}?limit=501`)), [{ code: 'too_big' }])
    t.match(mistakesIn(await olu.get(`${list}?limit=0`)), [{ code: 'too_small' }])
    for (const limit of ['1', '500']) t.equal((await olu.get(`${list}?limit=${limit}`)).status, 200)

    const next = nextOf(await olu.get(`${list}?limit=10`)) ?? ''
    const cursor = new URL(next, 'http://here').searchParams.get('cursor') ?? ''
    t.ok(cursor)
    t.equal((await olu.get(`${list}?limit=3&cursor=${cursor}`)).status, 200, 'the size of a page may change on the way')
    const broken = [
      '',
      'x',
      '0',
      cursor.slice(0, -1),
      `${cursor}A`,
      `x${cursor}`,
      Buffer.from(JSON.stringify([10, null])).toString('base64url'),
      `${cursor}&cursor=${cursor}`
    ]
    for (const each of broken)
      t.match(
        (await olu.get(`${list}?cursor=${each}`)).json,
        { status: 422, errors: [{ pointer: '/cursor', code: 'cursor_not_ours' }] },
        `cursor=${each}`
      )
    t.strictSame(pointersIn(await olu.get(`${at}/jury?cursor=${cursor}`)), ['/cursor'], 'another list’s')
    t.strictSame(pointersIn(await olu.get(`${list}?country=BG&cursor=${cursor}`)), ['/cursor'], 'narrowed otherwise')
    t.strictSame(pointersIn(await olu.get(`${list}?limit=0&cursor=x&colour=red`)).sort(), [
      '/colour',
      '/cursor',
      '/limit'
    ])
    t.strictSame(pointersIn(await olu.get(`${at}/proposals.csv?limit=5`)), ['/limit'], 'a table is whole')
  })

  t.test('every long list goes in pages, whatever its size', async t => {
    for (const [path, list] of [
      [`${at}/proposals`, 'rows'],
      [`${at}/jury`, 'seats'],
      [`${at}/declarations`, 'conflicts'],
      [`${at}/assignment`, 'rows'],
      [`${at}/progress`, 'waiting']
    ] as const) {
      const all = await whole(olu, `${path}?limit=500`, list)
      t.ok(all.length > 2, `${path}: ${all.length}`)
      const limit = Math.max(1, Math.floor(all.length / 3))
      t.strictSame(await walked(olu, `${path}?limit=${limit}`, list), all, path)
    }
    const all = await whole(juror, '/jury/awards-2026/declarations', 'proposals')
    t.ok(all.length > 7)
    t.strictSame(await walked(juror, '/jury/awards-2026/declarations?limit=7', 'proposals'), all)
  })

  t.test('submitted proposals, by country, by outcome, by text', async t => {
    const list = `${at}/proposals`
    const all = await whole(olu, list, 'rows')
    const [first] = all
    const among = (query: string) => whole(olu, `${list}?${query}`, 'rows')
    const here = all.filter(({ country }) => country === first?.country)
    t.ok(here.length > 0 && here.length < all.length)
    t.strictSame(await among(`country=${first?.country}`), here)
    t.strictSame(await walked(olu, `${list}?country=${first?.country}&limit=1`, 'rows'), here, 'also page after page')
    for (const outcome of ['eligible', 'refused'])
      t.strictSame(
        await among(`screening=${outcome}`),
        all.filter(({ screening }) => screening === outcome),
        outcome
      )
    t.strictSame(
      await among('screening=waiting'),
      all.filter(({ screening }) => screening === null)
    )
    for (const query of ['country=Atlantis', 'screening=perhaps', 'q=no%20such%20words%20anywhere'])
      t.strictSame(await among(query), [], query)

    for (const field of ['number', 'proposalTitle', 'applicant', 'institution'] as const) {
      const text = String(first?.[field])
      t.ok(
        (await among(`q=${encodeURIComponent(text.toUpperCase())}`)).some(({ id }) => id === first?.id),
        text
      )
    }
    const marked = all.find(one => /[^\p{M}]\p{M}/u.test(String(one.institution).normalize('NFD')))
    const bare = String(marked?.institution).normalize('NFD').replace(/\p{M}/gu, '')
    t.ok(
      (await among(`q=${encodeURIComponent(bare)}`)).some(({ id }) => id === marked?.id),
      bare
    )
    t.ok((await among(`country=${first?.country}&q=${first?.number}`)).length === 1)

    t.match(mistakesIn(await olu.get(`${list}?colour=red`)), [{ pointer: '/colour', code: 'unknown' }])
    t.match(mistakesIn(await olu.get(`${list}?country=BG&country=RO`)), [{ pointer: '/country', code: 'not_valid' }])
    t.match(mistakesIn(await olu.get(`${list}?q=${'x'.repeat(201)}`)), [{ pointer: '/q', code: 'too_long' }])
    const table = { headers: { accept: 'text/csv' } }
    t.match(
      mistakesIn(await olu.get(`${list}?country=BG`, table)),
      [{ pointer: '/country', code: 'unknown' }],
      'a table is whole'
    )
    t.equal((await olu.get(list, table)).status, 303)
  })

  t.test('declarations, of everybody and of one’s own', async t => {
    const list = `${at}/declarations`
    const all = await whole(olu, list, 'conflicts')
    const [first] = all
    for (const [name, fields] of [
      ['proposal', ['id', 'mark']],
      ['juror', ['jurorId', 'juror']],
      ['kind', ['kind']],
      ['standing', ['standing']]
    ] as const)
      for (const field of fields) {
        const value = String(first?.[field])
        t.strictSame(
          await whole(olu, `${list}?${name}=${encodeURIComponent(value)}`, 'conflicts'),
          all.filter(one => one[field] === value),
          `${name}=${value}`
        )
      }
    t.strictSame(pointersIn(await olu.get(`${list}?country=BG`)), ['/country'])
    const own = '/jury/awards-2026/declarations'
    const mine = await whole(juror, own, 'proposals')
    t.strictSame(await whole(juror, `${own}?proposal=${mine[3]?.mark}`, 'proposals'), [mine[3]])
    t.strictSame(
      await whole(juror, `${own}?kind=${first?.kind}`, 'proposals'),
      mine.filter(({ kind }) => kind === first?.kind)
    )
    t.strictSame(
      await whole(juror, `${own}?standing=none`, 'proposals'),
      mine.filter(({ standing }) => standing === 'none')
    )
  })

  t.test('the assignment and the jury', async t => {
    const all = await whole(olu, `${at}/assignment`, 'rows')
    const [first] = all
    const [reader] = (first?.readers ?? []) as { jurorId: string; juror: string }[]
    const theirs = all.filter(({ readers }) => JSON.stringify(readers).includes(String(reader?.jurorId)))
    t.ok(theirs.length < all.length)
    t.strictSame(await whole(olu, `${at}/assignment?juror=${reader?.jurorId}`, 'rows'), theirs)
    t.strictSame(
      await whole(olu, `${at}/assignment?juror=${encodeURIComponent(String(reader?.juror))}`, 'rows'),
      theirs
    )
    t.strictSame(await whole(olu, `${at}/assignment?proposal=${first?.id}`, 'rows'), [first])
    t.ok((await whole(olu, `${at}/assignment?q=${encodeURIComponent(String(first?.name))}`, 'rows')).length >= 1)
    const seats = await whole(olu, `${at}/jury`, 'seats')
    t.strictSame(
      await whole(olu, `${at}/jury?q=${encodeURIComponent(String(seats[1]?.email).toUpperCase())}`, 'seats'),
      [seats[1]]
    )
  })

  t.test('a version that cannot be read was never ours', async t => {
    const { toJudge, submitted } = (await juror.get('/jury/awards-2026')).json as Record<string, Entry[]>
    const review = [...(toJudge ?? []), ...(submitted ?? [])].find(({ reviewId }) => reviewId)?.reviewId
    const sheet = { scores: {}, toApplicant: '', toPanel: '' }
    const texts = { title: { en: 'Other' }, lede: { en: 'Other' }, body: { en: 'Other' } }
    for (const ifMatch of ['"of another"', '"0"', `"${'9'.repeat(60)}"`, '*']) {
      const stale = { status: 412, code: 'version_stale' }
      t.match((await juror.post(`/reviews/${review}`, sheet, { ifMatch })).json, stale, `review ${ifMatch}`)
      t.match((await olu.post(`${at}/edit/texts`, texts, { ifMatch })).json, stale, `call ${ifMatch}`)
    }
  })

  t.test('letters, by where they are on their way', async t => {
    await playTo(momentNamed('announced'))
    const list = `${at}/letters`
    const all = await whole(olu, list, 'letters')
    t.ok(all.length > 10)
    const [first] = all
    t.strictSame(await whole(olu, `${list}?proposal=${first?.number}`, 'letters'), [first])
    t.strictSame(
      await whole(olu, `${list}?outcome=awarded`, 'letters'),
      all.filter(({ outcome }) => outcome === 'awarded')
    )
    const statuses = { waiting: 0, released: 0, stopped: 0, sent: 0 }
    for (const status of Object.keys(statuses) as (keyof typeof statuses)[])
      statuses[status] = (await whole(olu, `${list}?status=${status}`, 'letters')).length
    t.equal(
      Object.values(statuses).reduce((sum, count) => sum + count),
      all.length,
      JSON.stringify(statuses)
    )
    t.equal(statuses.sent, all.filter(({ sentAt }) => sentAt !== null).length)
    t.strictSame(await whole(olu, `${list}?status=eaten`, 'letters'), [])
    const outbox = await programs.nobody.get('/outbox?status=waiting&limit=5')
    t.ok([200, 401].includes(outbox.status), outbox.text)
    t.strictSame(pointersIn(await olu.get(`${at}/ranking?limit=5`)), ['/limit'], 'the ranked list is always whole')
    t.equal(nextOf(await olu.get(`${at}/ranking`)), undefined)
  })
})

t.test('what is edited is named by one exact version, or not at all', async t => {
  const { site, cast } = await theAwards(t, 'call-open')
  const ada = await programsOf(site).for(cast.people.get('BG-03') ?? '')
  const { json } = await ada.post('/calls/awards-2026/proposals')
  const save = `/proposals/${json.id}/draft`
  const etag = (await ada.get(`/proposals/${json.id}/edit`)).headers.get('etag') ?? ''
  for (const ifMatch of ['*', `W/${etag}`, `${etag}, "17"`, etag.replaceAll('"', ''), '""', '"17"', '"of another"'])
    t.match(
      (await ada.post(save, { answers: { title: 'Over it' } }, { ifMatch })).json,
      { status: 412, code: 'version_stale' },
      ifMatch
    )
  t.match((await ada.post(save, { answers: {} })).json, { status: 428, code: 'version_missing' })
  t.equal((await ada.post(save, { answers: {} }, { ifMatch: etag })).status, 200)
})
