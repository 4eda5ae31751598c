import { randomUUID } from 'node:crypto'
import t from 'tap'
import { writeLetter } from '../../src/notifications/commands.ts'
import { aSite, type Site } from '../support/site.ts'

const toBob = ({ db }: Site, more: { proposalId?: string; event: string }) =>
  db.transaction(tx =>
    writeLetter(tx, {
      ...more,
      kind: 'receipt',
      email: 'bob@example.org',
      language: 'bg',
      subject: 'Кодът Ви',
      blocks: [
        { kind: 'code', text: '1234 5678' },
        { kind: 'button', href: '/desk', label: 'Към бюрото' }
      ],
      release: true
    })
  )

t.test('a demonstration on one’s own machine shows its letters to everybody', async t => {
  const site = await aSite(t)
  t.match((await site.visitor().get('/outbox')).text, 'There are no letters yet')
  const id = await toBob(site, { event: 'code:1', proposalId: randomUUID() })
  const list = await site.visitor().get('/outbox')
  t.match(list.text, 'Кодът Ви')
  t.match(list.text, 'Kept here')

  const page = await site.visitor().get(`/outbox/${id}`)
  t.match(page.text, '<html lang="en"')
  t.match(page.text, '<h1 lang="bg">Кодът Ви</h1>')
  t.match(page.text, `${site.url}/desk`)
  t.match(page.text, /<iframe[^>]+sandbox="allow-top-navigation-by-user-activation"/)

  const letter = await site.visitor().get(`/outbox/${id}/page`)
  t.match(letter.text, '<base target="_top">')
  t.match(letter.text, '1234 5678')
  t.match(letter.headers.get('content-security-policy'), /default-src 'none'.*sandbox/)
  t.notMatch(letter.headers.get('content-security-policy'), /script-src/)
  t.equal((await site.visitor().get(`/outbox/${randomUUID()}`)).status, 404)
})

t.test('behind a proxy nobody tells of, or under a foreign name, it is no demonstration', async t => {
  const site = await aSite(t)
  for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }]) {
    const answer = await site.visitor().get('/outbox', { headers })
    t.match(answer, { status: 303, location: /^\/sign-in/ })
  }
})

t.test('elsewhere the outbox is the administrator’s, and what tells of a proposal is not', async t => {
  const site = await aSite(t, { env: { DEMO: 'no' } })
  const mine = await toBob(site, { event: 'code:1' })
  const judged = await toBob(site, { event: 'decision:1', proposalId: randomUUID() })

  for (const path of ['/outbox', `/outbox/${mine}`, `/outbox/${randomUUID()}`, '/outbox/nothing'])
    t.match(await site.visitor().get(path), { status: 303, location: `/sign-in?to=${encodeURIComponent(path)}` })
  const ada = await site.as(await site.person('Ada'))
  for (const path of ['/outbox', `/outbox/${mine}`, `/outbox/${mine}/page`]) t.equal((await ada.get(path)).status, 404)

  const admin = await site.as(await site.person('Olu', { administrator: true }))
  const list = await admin.get('/outbox')
  t.match(list.text, 'Кодът Ви')
  t.match(list.text, 'A letter about a proposal')
  t.match((await admin.get(`/outbox/${mine}`)).text, '1234 5678')
  const closed = await admin.get(`/outbox/${judged}`)
  t.match(closed.text, 'Only its receiver and the organisers read it')
  t.notMatch(closed.text, '1234 5678')
  t.equal((await admin.get(`/outbox/${judged}/page`)).status, 404)
})

t.test('where letters leave by mail, nobody else reads their codes', async t => {
  const site = await aSite(t, {
    env: { DEMO: 'no', SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'awards@example.org' }
  })
  const id = await toBob(site, { event: 'code:1' })
  const admin = await site.as(await site.person('Olu', { administrator: true }))
  const page = await admin.get(`/outbox/${id}`)
  t.match(page.text, 'only the receiver reads their text')
  t.match(page.text, 'On its way')
  t.notMatch(page.text, '1234 5678')
})
