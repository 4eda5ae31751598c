import t from 'tap'
import { aSite } from '../support/site.ts'

t.test('a site of one test answers, and knows who has signed in', async t => {
  const site = await aSite(t)
  const ada = await site.person('Ada Byron')
  const stranger = await site.visitor().get('/health/live')
  t.equal(stranger.status, 200)
  const page = await (await site.as(ada)).get('/nowhere')
  t.equal(page.status, 404)
  t.match(page.text, 'Ada Byron')
})
