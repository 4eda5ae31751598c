import t from 'tap'
import { offersDemonstration } from '../../src/accounts/entry/entering.ts'
import { whyNotAnswer } from '../../src/accounts/invitations/answering.ts'
import { whyNotPassword } from '../../src/accounts/passwords.ts'

t.test('what makes a password weak', async t => {
  const why = (text: string) =>
    whyNotPassword(text, {
      isCommon: password => ['iloveyou', 'password1'].includes(password),
      about: ['Elira Hoxha', 'elira.hoxha@library.example.org']
    })
  for (const [text, expected] of [
    ['seven77', 'password_short'],
    ['eight888', null],
    ['PassWord1', 'password_common'],
    ['abababababab', 'password_common'],
    ['elirahoxha', 'password_about_you'],
    ['Elira2026', 'password_about_you'],
    ['laurel1234', 'password_about_you'],
    ['elira rides a green bicycle', null],
    ['библиотека на колела', null],
    [`${'long enough '.repeat(16)}12345678`, null],
    ['x1'.repeat(101), 'password_long']
  ] as const)
    t.equal(why(text), expected, text.slice(0, 30))
})

t.test('eight characters are counted as people count them', async t => {
  const why = (text: string) => whyNotPassword(text, { isCommon: () => false, about: [] })
  t.equal(why('ййййабвг'.normalize('NFD')), null)
  t.equal(why('🚲📚🌿🏛'), 'password_short', 'four pictures are four')
})

t.test('an invitation is answered once, and before its time is over', async t => {
  const at = (day: number) => new Date(Date.UTC(2026, 0, day))
  const open = { usedAt: null, declinedAt: null, endsAt: at(10) }
  t.equal(whyNotAnswer(open, at(9)), null)
  t.strictSame(whyNotAnswer(open, at(10)), { code: 'invitation_over' })
  t.strictSame(whyNotAnswer({ ...open, usedAt: at(2) }, at(20)), { code: 'invitation_used' })
  t.strictSame(whyNotAnswer({ ...open, declinedAt: at(2) }, at(9)), { code: 'invitation_used' })
})

t.test('one-click accounts are for the computer one sits at', async t => {
  const here = { demo: true, loopback: true, trustedProxies: 0, baseUrl: 'http://localhost:3000' }
  const asked = { host: '127.0.0.1:3000', headers: {} }
  t.ok(offersDemonstration(here, asked))
  for (const other of [
    { demo: false },
    { loopback: false },
    { trustedProxies: 1 },
    { baseUrl: 'https://awards.example.org' }
  ])
    t.notOk(offersDemonstration({ ...here, ...other }, asked))
  t.notOk(offersDemonstration(here, { ...asked, host: 'awards.example.org' }))
  for (const name of ['x-forwarded-for', 'forwarded', 'via'])
    t.notOk(offersDemonstration(here, { ...asked, headers: { [name]: 'x' } }), name)
})
