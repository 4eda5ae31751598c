import { eq } from 'drizzle-orm'
import t from 'tap'
import { hashPassword } from '../../src/accounts/commands.ts'
import { foundingToken, TRIES } from '../../src/accounts/entry/commands.ts'
import { codes, people, sessions } from '../../src/accounts/tables.ts'
import { type Agent, type Answer, aSite, type Site } from '../support/site.ts'

const PASSWORD = 'quince harbour lantern'

/** The newest code in an address's letters. */
async function codeTo(site: Site, email: string): Promise<string> {
  const letter = (await site.lettersTo(email)).at(-1)
  const code = /^ {4}(\d{4} \d{4})$/m.exec(letter?.text ?? '')?.[1]
  if (!code) throw new Error(`no code in the letter to ${email}`)
  return code
}

/** Another eight digits. */
const notThe = (code: string) => String((Number(code.replace(' ', '')) + 1) % 100_000_000).padStart(8, '0')

/** What a page shows, without what differs from one request to the next. */
const shown = ({ text }: Answer) =>
  text
    .replace(/<input type="hidden" name="_csrf" value="[^"]+">/g, '')
    .replace(/nonce="[^"]+"/g, '')
    .replace(/[a-z]+@example\.org/g, 'somebody')

const signedIn = async (agent: Agent) => (await agent.get('/account')).status === 200

t.test('Ada makes an account, and the code in the letter shows that the address is hers', async t => {
  const site = await aSite(t)
  const ada = site.visitor()
  const asked = await ada.post('/sign-up', {
    name: 'Ада Бирон',
    email: ' ADA@Example.org ',
    password: PASSWORD,
    to: '/'
  })
  t.strictSame([asked.status, asked.location], [303, '/sign-in/code'])
  t.strictSame(await site.db.select().from(people), [], 'nobody is there before the code')
  t.match((await ada.get('/sign-in/code')).text, 'ada@example.org')

  const entered = await ada.post('/sign-in/code/entry', { code: await codeTo(site, 'ada@example.org') })
  t.strictSame([entered.status, entered.location], [303, '/'])
  t.ok(await signedIn(ada))
  const [person] = await site.db.select().from(people)
  t.match(person, { name: 'Ада Бирон', email: 'ada@example.org', confirmedAt: Date })

  const later = site.visitor()
  await later.post('/sign-in', { email: 'ada@example.org', password: PASSWORD })
  t.ok(await signedIn(later), 'the password she chose lets her in')
})

t.test('whether an address is known, no page tells', async t => {
  const site = await aSite(t)
  await site.person('Ada', { passwordHash: await hashPassword(PASSWORD) })
  const known = site.visitor()
  const unknown = site.visitor()
  const both = async (path: string, fields: Record<string, string>) => [
    await known.post(path, { ...fields, email: 'ada@example.org' }),
    await unknown.post(path, { ...fields, email: 'bob@example.org' })
  ]
  for (const [path, fields] of [
    ['/sign-in', { password: 'not this one' }],
    ['/sign-in/code', {}],
    ['/sign-up', { name: 'Somebody', password: PASSWORD }]
  ] as const) {
    const [here, there] = await both(path, fields)
    t.strictSame([here?.status, here?.location], [there?.status, there?.location], path)
    if (here?.status === 422 && there) t.equal(shown(here), shown(there), `${path}: the same words`)
    if (here?.status === 303)
      t.equal(
        shown(await known.get('/sign-in/code')),
        shown(await unknown.get('/sign-in/code')),
        `${path}: the same page`
      )
  }

  // After a sign-in code was asked for, a wrong one is answered alike too.
  await both('/sign-in/code', {})
  const [here, there] = await both('/sign-in/code/entry', { code: '00000000' })
  t.strictSame([here?.status, there?.status], [422, 422])
  if (here && there) t.equal(shown(here), shown(there))
})

t.test('the owner of a known address learns of it by mail, and nothing about the account changes', async t => {
  const site = await aSite(t)
  await site.person('Ada')
  const visitor = site.visitor()
  await visitor.post('/sign-up', { name: 'Mallory', email: 'ada@example.org', password: PASSWORD })
  t.match((await site.lettersTo('ada@example.org')).at(-1)?.subject, 'You have an account already')
  await visitor.post('/sign-in/code/entry', { code: await codeTo(site, 'ada@example.org') })
  const [ada] = await site.db.select().from(people)
  t.match(ada, { name: 'Ada', passwordHash: null })
})

t.test('a name in the letter cannot carry a link, since the letter holds no name', async t => {
  const site = await aSite(t)
  await site.visitor().post('/sign-up', { name: 'Click http://evil.example', email: 'bob@example.org', password: '' })
  const [letter] = await site.lettersTo('bob@example.org')
  t.notMatch(letter?.text, /evil/)
})

t.test('a code has five tries, then none, not even the right one', async t => {
  const site = await aSite(t)
  await site.person('Ada')
  const ada = site.visitor()
  await ada.post('/sign-in/code', { email: 'ada@example.org' })
  const code = await codeTo(site, 'ada@example.org')
  for (let left = TRIES - 1; left > 0; left--) {
    const wrong = await ada.post('/sign-in/code/entry', { code: notThe(code) })
    t.equal(wrong.status, 422)
    t.match(wrong.text, left === 1 ? 'You have 1 try left' : `You have ${left} tries left`)
  }
  t.match((await ada.post('/sign-in/code/entry', { code: notThe(code) })).text, 'This code no longer works')
  t.match((await ada.post('/sign-in/code/entry', { code })).text, 'This code no longer works')
  t.notOk(await signedIn(ada))

  await ada.post('/sign-in/code/another')
  await ada.post('/sign-in/code/entry', { code: await codeTo(site, 'ada@example.org') })
  t.ok(await signedIn(ada), 'another code does it')
})

t.test('fifty tries at once are still five', async t => {
  const site = await aSite(t)
  await site.person('Ada')
  const ada = site.visitor()
  await ada.post('/sign-in/code', { email: 'ada@example.org' })
  await ada.token()
  const wrong = notThe(await codeTo(site, 'ada@example.org'))
  const answers = await Promise.all(Array.from({ length: 50 }, () => ada.post('/sign-in/code/entry', { code: wrong })))
  t.equal(answers.filter(({ text }) => /tr(y|ies) left/.test(text)).length, TRIES - 1)
  const [code] = await site.db.select().from(codes)
  t.equal(code?.tries, TRIES)
})

t.test('a code works once, in the browser that asked for it, and for fifteen minutes', async t => {
  const site = await aSite(t)
  await site.person('Ada')
  const ada = site.visitor()
  await ada.post('/sign-in/code', { email: 'ada@example.org' })
  const code = await codeTo(site, 'ada@example.org')
  const thief = site.visitor()
  t.equal((await thief.post('/sign-in/code/entry', { code })).status, 409, 'elsewhere it is worth nothing')

  const twin = site.visitor()
  for (const [name, value] of ada.cookies) twin.cookies.set(name, value)
  await ada.get('/sign-in/code')
  t.equal((await ada.post('/sign-in/code/entry', { code })).status, 303)
  const again = await twin.post('/sign-in/code/entry', { code })
  t.not(again.location, '/desk')
  t.notOk(await signedIn(twin), 'used is used')

  await ada.post('/sign-out')
  await ada.post('/sign-in/code', { email: 'ada@example.org' })
  await site.db.update(codes).set({ endsAt: new Date(0) })
  t.equal((await ada.post('/sign-in/code/entry', { code: await codeTo(site, 'ada@example.org') })).status, 422)
})

t.test('the stored code is a keyed hash: digits cannot be guessed from the table', async t => {
  const site = await aSite(t)
  await site.person('Ada')
  await site.visitor().post('/sign-in/code', { email: 'ada@example.org' })
  const [row] = await site.db.select().from(codes)
  const digits = (await codeTo(site, 'ada@example.org')).replace(' ', '')
  const { createHash } = await import('node:crypto')
  for (const text of [digits, `code:${row?.id}:${digits}`])
    t.not(row?.codeHash, createHash('sha256').update(text).digest('hex'))
})

t.test('weak passwords are sent back with what to do', async t => {
  const site = await aSite(t)
  const visitor = site.visitor()
  for (const [password, why] of [
    ['short', 'This is short'],
    ['iloveyou', 'Many people use this password'],
    ['aaaaaaaaaaaa', 'Many people use this password'],
    ['AdaByron2026', 'made of your name'],
    ['x'.repeat(201), 'longer than 200']
  ] as const) {
    const answer = await visitor.post('/sign-up', { name: 'Ada Byron', email: 'ada@example.org', password })
    t.equal(answer.status, 422)
    t.match(answer.text, why)
    t.match(answer.text, 'value="Ada Byron"', 'the form comes back filled in')
    t.notMatch(answer.text, `value="${password}"`, 'but for the password')
  }
  t.strictSame(await site.db.select().from(codes), [])
})

t.test('a token from before signing in is worth nothing after it', async t => {
  const site = await aSite(t)
  const ada = await site.person('Ada', { passwordHash: await hashPassword(PASSWORD) })
  const agent = await site.as(ada)
  const before = agent.cookies.get('__Host-session')
  await agent.post('/sign-in', { email: ada.email, password: PASSWORD })
  const after = agent.cookies.get('__Host-session')
  t.ok(before && after && before !== after)
  const old = site.visitor()
  old.cookies.set('__Host-session', before ?? '')
  t.notOk(await signedIn(old), 'the earlier session has ended')
  t.equal((await site.db.select().from(sessions)).length, 1)

  const planted = site.visitor()
  planted.cookies.set('__Host-session', 'planted-by-somebody')
  await planted.post('/sign-in', { email: ada.email, password: PASSWORD })
  t.not(planted.cookies.get('__Host-session'), 'planted-by-somebody')
})

t.test('on a shared computer a session ends after ten idle minutes, and signing out leaves nothing', async t => {
  const site = await aSite(t)
  const ada = await site.person('Ada', { passwordHash: await hashPassword(PASSWORD) })
  const agent = site.visitor()
  const entered = await agent.post('/sign-in', { email: ada.email, password: PASSWORD, shared: true })
  const cookie = entered.headers.getSetCookie().find(line => line.startsWith('__Host-session='))
  t.notMatch(cookie, /max-age|expires/i, 'the cookie goes with the browser')
  t.match(cookie, /HttpOnly/)
  t.match(cookie, /SameSite=Lax/)
  t.match(cookie, /Secure/)

  const idle = (minutes: number) => site.db.update(sessions).set({ seenAt: new Date(Date.now() - minutes * 60_000) })
  await idle(9)
  t.ok(await signedIn(agent), 'nine minutes are not too long')
  const left = await agent.post('/sign-out')
  t.match(left.headers.get('clear-site-data'), '"cookies"')
  t.strictSame(await site.db.select().from(sessions), [])

  await agent.post('/sign-in', { email: ada.email, password: PASSWORD, shared: true })
  await idle(11)
  t.notOk(await signedIn(agent), 'eleven are')

  const own = await site.as(ada)
  await idle(11)
  t.ok(await signedIn(own), 'on a computer of her own it goes on')
})

t.test('a form without its token changes nothing and gives back what was typed, passwords excepted', async t => {
  const site = await aSite(t)
  const fields = { name: 'Ada Byron', email: 'ada@example.org', password: PASSWORD }
  for (const manner of [
    { csrf: null },
    { csrf: 'made-up' },
    { headers: { 'sec-fetch-site': 'cross-site' } },
    { headers: { origin: 'https://evil.example' } }
  ]) {
    const answer = await site.visitor().post('/sign-up', fields, manner)
    t.equal(answer.status, 403)
    t.match(answer.text, 'Ada Byron')
    t.notMatch(answer.text, PASSWORD)
  }
  t.strictSame(await site.db.select().from(codes), [])
})

t.test('after signing in nobody is led to another site', async t => {
  const site = await aSite(t)
  const ada = await site.person('Ada', { passwordHash: await hashPassword(PASSWORD) })
  for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    const answer = await site.visitor().post('/sign-in', { email: ada.email, password: PASSWORD, to })
    t.equal(answer.location, '/', to)
    const { text } = await site.visitor().get(`/sign-in?to=${encodeURIComponent(to)}`)
    t.match(text, 'name="to" value="/"', 'the form forgets it')
  }
  const answer = await site.visitor().get('/account')
  t.equal(answer.location, '/sign-in?to=%2Faccount')
  const own = await site.visitor().post('/sign-in', { email: ada.email, password: PASSWORD, to: '/account' })
  t.equal(own.location, '/account')
})

t.test(
  'passwords run dry after ten wrong ones, for known and unknown alike; a code still lets the owner in',
  async t => {
    const site = await aSite(t)
    const ada = await site.person('Ada', { passwordHash: await hashPassword(PASSWORD) })
    for (const email of [ada.email, 'nobody@example.org']) {
      const guesser = site.visitor()
      for (let guess = 0; guess < 10; guess++)
        t.equal((await guesser.post('/sign-in', { email, password: `guess number ${guess}` })).status, 422)
      const braked = await guesser.post('/sign-in', { email, password: PASSWORD })
      t.equal(braked.status, 429)
      t.ok(Number(braked.headers.get('retry-after')) > 0)
      t.match(braked.text, 'have a code sent')
    }
    const owner = site.visitor()
    await owner.post('/sign-in/code', { email: ada.email })
    await owner.post('/sign-in/code/entry', { code: await codeTo(site, ada.email) })
    t.ok(await signedIn(owner))
  }
)

t.test('one address gets five letters with codes in a quarter of an hour, no more', async t => {
  const site = await aSite(t)
  const visitor = site.visitor()
  const statuses: number[] = []
  for (let ask = 0; ask < 6; ask++)
    statuses.push((await visitor.post('/sign-in/code', { email: 'bob@example.org' })).status)
  t.strictSame(statuses, [303, 303, 303, 303, 303, 429])
  t.equal((await site.lettersTo('bob@example.org')).length, 5)
})

t.test('a disabled account opens neither by password nor by code', async t => {
  const site = await aSite(t)
  const ada = await site.person('Ada', { passwordHash: await hashPassword(PASSWORD) })
  const agent = await site.as(ada)
  await site.db
    .update(people)
    .set({ disabledAt: new Date(0) })
    .where(eq(people.id, ada.id))
  t.notOk(await signedIn(agent), 'an open session ends too')
  t.equal((await site.visitor().post('/sign-in', { email: ada.email, password: PASSWORD })).status, 422)
  const byCode = site.visitor()
  await byCode.post('/sign-in/code', { email: ada.email })
  t.match((await site.lettersTo(ada.email)).at(-1)?.subject, 'There is no account')
})

t.test('the first account is made once, by whoever holds the token', async t => {
  const site = await aSite(t)
  const first = await foundingToken(site.db)
  const token = await foundingToken(site.db)
  const founder = site.visitor()
  t.equal((await founder.get('/founding?token=guess')).status, 404)
  t.equal((await founder.get(`/founding?token=${first}`)).status, 404, 'a later link takes the place of an earlier one')
  t.equal((await founder.get(`/founding?token=${token}`)).status, 200)
  const mistaken = await founder.post('/founding', { token: String(token), name: '', email: 'olu', password: 'short' })
  t.match(mistaken.text, '<a href="#name">Your name:</a> Write something here.')
  t.equal(mistaken.status, 422)
  t.match(mistaken.text, `value="${token}"`)

  const fields = { token: String(token), name: 'Olu', email: 'olu@example.org', password: PASSWORD }
  const founded = await founder.post('/founding', fields)
  t.equal(founded.status, 303)
  t.ok(await signedIn(founder))
  t.match(await site.db.select().from(people), [{ name: 'Olu', administrator: true, confirmedAt: Date }])
  t.equal((await site.visitor().post('/founding', { ...fields, email: 'eve@example.org' })).status, 409)
  t.equal(await foundingToken(site.db), null, 'and there is no second')
})

t.test('one click enters the demonstration only where nobody else can come', async t => {
  const account = { email: 'elira.hoxha@library.example.org' }
  const seeded = async (env: Record<string, string>) => {
    const site = await aSite(t, { env })
    await site.person('Elira Hoxha', account)
    return site
  }
  const here = await seeded({})
  t.match((await here.visitor().get('/sign-in')).text, 'Sign in as Elira Hoxha (applicant)')
  const agent = here.visitor()
  t.equal((await agent.post('/sign-in/demonstration', account)).location, '/desk')
  t.ok(await signedIn(agent))
  await here.person('Ada')
  t.equal((await here.visitor().post('/sign-in/demonstration', { email: 'ada@example.org' })).status, 404)
  const proxied = { headers: { 'x-forwarded-for': '203.0.113.7' } }
  t.equal((await here.visitor().post('/sign-in/demonstration', account, proxied)).status, 404)

  for (const env of [{ DEMO: 'no' }, { HOST: '0.0.0.0', DEMO: 'yes' }, { BASE_URL: 'https://awards.example.org' }]) {
    const site = await seeded(env as Record<string, string>)
    t.notMatch((await site.visitor().get('/sign-in')).text, 'Elira')
    t.equal((await site.visitor().post('/sign-in/demonstration', account)).status, 404)
  }
})
