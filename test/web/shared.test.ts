import t from 'tap'
import { aSite } from '../support/site.ts'

const nonceIn = (text: string) => /<script[^>]* nonce="([^"]+)"/.exec(text)?.[1] ?? ''

t.test('a page for everybody is made once, and says nothing of who saw it first', async t => {
  const site = await aSite(t)
  const visitor = site.visitor()
  const first = await visitor.get('/your-data')
  t.equal(first.status, 200)
  t.notMatch(first.text, /name="_csrf" value="[^"]/, 'it carries no token')
  t.equal(first.headers.get('set-cookie'), null, 'nor does it set one')

  const again = await site.visitor().get('/your-data')
  t.equal(again.text, first.text, 'the next visitor gets the same page')
  t.equal(again.headers.get('cache-control'), 'no-store')
  t.not(
    again.headers.get('content-security-policy'),
    first.headers.get('content-security-policy'),
    'under its own nonce'
  )

  const bulgarian = await site.visitor().get('/your-data', { headers: { 'accept-language': 'bg' } })
  t.match(bulgarian.text, '<html lang="bg"')
  const dark = site.visitor()
  dark.cookies.set('theme', 'dark')
  t.match((await dark.get('/your-data')).text, 'data-theme="dark"')

  const ada = await site.as(await site.person('Ada'))
  const own = await ada.get('/your-data')
  t.match(own.text, 'Ada', 'whoever is signed in gets a page of their own')
  t.notMatch((await site.visitor().get('/your-data')).text, 'Ada')
})

t.test('scripts of a shared page run under the nonce of the answer they came in', async t => {
  const site = await aSite(t)
  for (let visit = 0; visit < 2; visit++) {
    const { headers, text } = await site.visitor().get('/verify')
    t.not(nonceIn(text), '')
    t.match(headers.get('content-security-policy') ?? '', `'nonce-${nonceIn(text)}'`)
  }
})

t.test('a visitor chooses colours without a token, and no other site can do so for them', async t => {
  const site = await aSite(t)
  const visitor = site.visitor()
  const chosen = await visitor.post('/settings/theme', { theme: 'dark', to: '/your-data' }, { csrf: null })
  t.equal(chosen.status, 303)
  t.equal(visitor.cookies.get('theme'), 'dark')
  const foreign = await site
    .visitor()
    .post('/settings/theme', { theme: 'dark' }, { csrf: null, headers: { 'sec-fetch-site': 'cross-site' } })
  t.equal(foreign.status, 403)
})

t.test(
  'a form without its token hears what to do, and a place that is not there is not there for acting either',
  async t => {
    const visitor = (await aSite(t)).visitor()
    const page = await visitor.post('/sign-in', { email: 'ada@example.org' }, { csrf: null })
    t.equal(page.status, 403)
    t.match(page.text, 'Please send this once more')
    const told = await visitor.post('/sign-in', {}, { csrf: null, headers: { accept: 'application/json' } })
    t.match(JSON.parse(told.text), { status: 403, code: 'forged', detail: /own page/ })
    t.equal((await visitor.post('/no/such/place', {}, { csrf: null })).status, 404)
  }
)
