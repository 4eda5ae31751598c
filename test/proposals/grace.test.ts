import { request as ask } from 'node:http'
import t from 'tap'
import { begun, COMPLETE, DEADLINE, LETTER, seconds, theAwards } from './support.ts'

t.test('a file that was on its way at the deadline may arrive, and its proposal with it', async t => {
  const { site, as, clock } = await theAwards(t, 'call-open')
  await clock(seconds(DEADLINE, -60))
  const ada = await as('GR-01')
  const proposal = await begun(ada)
  await ada.post(`${proposal}/draft`, COMPLETE)
  const token = encodeURIComponent(await ada.token())
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const head = Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="support_letter"; filename="letter.pdf"\r\n\r\n'
  )
  const body = Buffer.concat([head, Buffer.from(LETTER.bytes), Buffer.from('\r\n--b--\r\n')])

  const slowly = (path: string, meanwhile: () => Promise<unknown>) =>
    new Promise<{ status: number; location: string }>((resolve, reject) => {
      const sending = ask(new URL(path, site.url), {
        method: 'POST',
        headers: { cookie, 'content-type': 'multipart/form-data; boundary=b', 'content-length': body.length }
      })
      sending.on('error', reject)
      sending.on('response', answer => {
        answer.resume()
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '' }))
      })
      sending.write(body.subarray(0, 200))
      setTimeout(() => {
        meanwhile().then(() => sending.end(body.subarray(200)), reject)
      }, 1500)
    })

  const upload = `${proposal}/attachments/support_letter?_csrf=${token}`
  const sent = await slowly(upload, () => clock(seconds(DEADLINE, 300)))
  t.equal(sent.status, 303, 'it began before the deadline')
  const late = await slowly(upload.replace('support_letter', 'partner_letters'), async () => {})
  t.equal(late.status, 409, 'this one did not')
  t.equal((await ada.post(`${proposal}/submission`)).status, 409, 'nor did this request')
})
