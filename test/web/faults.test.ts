import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { connectTo } from '../../src/db/connect.ts'
import { surviveDriverSlips } from '../../src/db/trouble.ts'
import { aSite, type Site } from '../support/site.ts'

/** Sends bytes as they are and answers what came back until the other side closed, or the patience ended. */
async function raw({ app }: Site, text: string, patience = 2000): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let said = ''
  socket.on('data', piece => {
    said += piece
  })
  socket.on('error', () => {})
  socket.write(text)
  await Promise.race([once(socket, 'close'), pause(patience)])
  socket.destroy()
  return said
}

const firstLine = (answer: string) => answer.split('\r\n')[0]

t.test('whatever arrives, it is answered, and never with a 5xx', async t => {
  const site = await aSite(t)
  const visitor = site.visitor()
  const csrf = await visitor.token()
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  const send = async (path: string, type: string, body: string | Uint8Array<ArrayBuffer>) => {
    const response = await fetch(new URL(path, visitor.base), {
      method: 'POST',
      headers: { 'content-type': type, cookie, 'x-csrf-token': csrf },
      redirect: 'manual',
      body
    })
    return { status: response.status, text: await response.text() }
  }

  const stories: [string, string, string | Uint8Array<ArrayBuffer>, number][] = [
    ['broken JSON', 'application/json', '{"theme":', 400],
    ['JSON with a prototype', 'application/json', '{"__proto__":{"theme":"dark"}}', 400],
    ['an empty body that says it is JSON', 'application/json', '', 400],
    ['a number where a form is expected', 'application/json', '7', 422],
    ['bytes that are no text', 'application/x-www-form-urlencoded', new Uint8Array([255, 254, 0, 37, 37]), 422],
    ['a broken percent sign', 'application/x-www-form-urlencoded', 'theme=%E0%A4%A', 422],
    ['a kind of content that no page reads', 'application/xml', '<theme/>', 415],
    ['a kind of content that is none', 'nonsense', 'x', 415],
    ['too much', 'application/x-www-form-urlencoded', `theme=${'x'.repeat(2 ** 20 + 10)}`, 413],
    ['the same field twice', 'application/x-www-form-urlencoded', 'theme=dark&theme=light', 422]
  ]
  for (const [story, type, body, status] of stories) {
    const answer = await send('/settings/theme', type, body)
    t.equal(answer.status, status, story)
    t.match(answer.text, /<h1/, 'and it is a page, with a sentence')
  }

  for (const path of [
    '/%',
    '/%zz',
    '/calls/%E0%A4%A',
    `/calls/${'a'.repeat(5000)}`,
    '/outbox/not-an-id',
    '/%00',
    '/calls/%00',
    '/calls/%00/results.csv',
    '/%2f%2f',
    '/..%2f..%2fetc'
  ]) {
    const answer = await visitor.get(path)
    t.match(answer.text, /<h1/, 'a page')
    t.ok(answer.status >= 400 && answer.status < 500, `${path.slice(0, 30)} is ${answer.status}`)
  }

  t.match(firstLine(await raw(site, 'NONSENSE\r\n\r\n')), /^HTTP\/1\.1 400/)
  t.match(
    firstLine(await raw(site, `GET / HTTP/1.1\r\nHost: x\r\nX-Huge: ${'x'.repeat(40_000)}\r\n\r\n`)),
    /^HTTP\/1\.1 431/
  )
  t.match(
    firstLine(await raw(site, 'GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nConnection: close\r\n\r\n')),
    /^HTTP\/1\.1 417/
  )
  t.match(
    firstLine(
      await raw(
        site,
        'POST /settings/theme HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
      )
    ),
    /^HTTP\/1\.1 4\d\d/,
    'two lengths are none'
  )
  t.equal((await visitor.get('/health/live')).status, 200, 'and the site is there as before')
})

t.test('a broken multipart form is refused, and the next request on the same connection is answered', async t => {
  const site = await aSite(t)
  const socket = connect((site.app.server.address() as AddressInfo).port, '127.0.0.1')
  let said = ''
  socket.on('data', piece => {
    said += piece
  })
  const body = `--x\r\nContent-Disposition: form-data; name="f"; filename="a.pdf"\r\n\r\n${'x'.repeat(200_000)}`
  socket.write(
    `POST /settings/theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  )
  socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  t.match(firstLine(said), /^HTTP\/1\.1 4\d\d/)
  t.match(said, /HTTP\/1\.1 200 OK[\s\S]*{"live":true}$/)
})

t.test('who sends a request drop by drop is let go', async t => {
  const site = await aSite(t)
  t.equal(site.app.server.headersTimeout, 20_000)
  t.equal(site.app.server.requestTimeout, 300_000)
  // The story is the same with less patience.
  site.app.server.headersTimeout = 500
  site.app.server.requestTimeout = 1000
  const began = performance.now()
  const answers = await Promise.all([
    raw(site, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 15_000),
    raw(site, 'POST /settings/theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntheme=', 15_000)
  ])
  t.ok(performance.now() - began < 14_000, 'within one look at the clock, which is every five seconds')
  for (const answer of answers) t.match(firstLine(answer), /^(HTTP\/1\.1 408|HTTP\/1\.1 4\d\d|)/)
})

t.test('the database goes away under the requests, and comes back', async t => {
  const bugs: unknown[] = []
  const unguard = surviveDriverSlips({ warn: () => {} }, error => bugs.push(error))
  t.teardown(unguard)
  const site = await aSite(t)
  const visitor = site.visitor()
  const seen = new Map<number, number>()
  let asking = true

  const people = Array.from({ length: 6 }, async () => {
    while (asking) {
      const { status, text, headers } = await visitor.get('/outbox')
      seen.set(status, (seen.get(status) ?? 0) + 1)
      if (status === 503) {
        t.match(text, /We cannot reach our own records just now/)
        t.equal(headers.get('retry-after'), '5')
      }
    }
  })
  // As the site's role, which may end its own connections wherever it is.
  const knife = connectTo(site.database.site, { max: 1 })
  for (let round = 0; round < 15; round++) {
    await knife`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`
    await pause(60)
  }
  await knife.end()
  await pause(300)
  asking = false
  await Promise.all(people)

  t.strictSame(
    [...seen.keys()].filter(status => status !== 200 && status !== 503),
    [],
    `only what is true was said: ${JSON.stringify([...seen])}`
  )
  t.ok(seen.get(200), 'most were answered')
  t.equal((await visitor.get('/outbox')).status, 200, 'and all is as before')
  t.strictSame(bugs, [], 'nothing else broke')
})
