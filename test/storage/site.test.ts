import { Agent, request as ask } from 'node:http'
import t from 'tap'
import { aSite } from '../support/site.ts'

const BODY = Buffer.concat([
  Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'),
  Buffer.alloc(8 * 2 ** 20, 'x'),
  Buffer.from('\r\n--b--\r\n')
])

t.test('the site refuses an upload before reading it, and the next request on that connection is answered', async t => {
  const site = await aSite(t)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const send = (path: string, body?: Buffer, type = 'multipart/form-data; boundary=b') =>
    new Promise<number>((resolve, reject) => {
      const request = ask(new URL(path, site.url), {
        agent,
        method: body ? 'POST' : 'GET',
        headers: body ? { 'content-type': type, 'content-length': body.length } : {}
      })
      request.on('error', reject)
      request.on('response', response => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      request.end(body)
    })

  const begun = performance.now()
  t.equal(await send('/sign-in', BODY), 403, 'it carries no token of ours')
  t.equal(await send('/health/live'), 200)
  t.equal(await send('/no-such-page', BODY), 404, 'where nothing is, nothing is read')
  t.equal(await send('/health/live'), 200)
  t.equal(await send('/sign-in', BODY, 'application/x-unheard-of'), 415)
  t.equal(await send('/health/live'), 200)
  t.ok(performance.now() - begun < 10_000, 'without waiting for a time limit')
})
