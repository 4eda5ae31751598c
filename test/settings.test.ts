import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readSettings, SettingsMistakes, secretOf } from '../src/settings.ts'

t.test('nothing set: one machine, for oneself', async t => {
  t.strictSame(readSettings({}), {
    port: 3000,
    host: '127.0.0.1',
    baseUrl: 'http://localhost:3000',
    dataDir: './data',
    mailFrom: 'Laurel <laurel@localhost>',
    logLevel: 'info',
    demo: true,
    trustedProxies: 0,
    loopback: true,
    hostCookies: true
  })
  t.strictSame(readSettings({ PORT: '', SMTP_URL: '  ' }), readSettings({}), 'an empty variable is an absent one')
})

t.test('everything set: for the world', async t => {
  t.strictSame(
    readSettings({
      DATABASE_URL: 'postgres://site:pw@db.example.org/laurel',
      DATABASE_OWNER_URL: 'postgres://owner:pw@db.example.org/laurel',
      PORT: '8080',
      HOST: '0.0.0.0',
      BASE_URL: 'https://awards.example.org/',
      DATA_DIR: '/var/lib/laurel',
      SMTP_URL: 'smtps://u:p@mail.example.org:465',
      MAIL_FROM: 'Library Awards <awards@example.org>',
      SECRET: 's'.repeat(32),
      LOG_LEVEL: 'warn',
      TRUSTED_PROXIES: '1'
    }),
    {
      databaseUrl: 'postgres://site:pw@db.example.org/laurel',
      databaseOwnerUrl: 'postgres://owner:pw@db.example.org/laurel',
      port: 8080,
      host: '0.0.0.0',
      baseUrl: 'https://awards.example.org',
      dataDir: '/var/lib/laurel',
      smtpUrl: 'smtps://u:p@mail.example.org:465',
      mailFrom: 'Library Awards <awards@example.org>',
      secret: 's'.repeat(32),
      logLevel: 'warn',
      demo: false,
      trustedProxies: 1,
      loopback: false,
      hostCookies: true
    }
  )
})

t.test('where one role is given, it owns as well', async t => {
  const url = 'postgres://one@localhost/laurel'
  t.match(readSettings({ DATABASE_URL: url }), { databaseUrl: url, databaseOwnerUrl: url })
})

t.test('the example shows itself only where nobody else can come, unless it is asked for', async t => {
  for (const HOST of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) t.equal(readSettings({ HOST }).demo, true, HOST)
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5', '127.example.org'])
    t.equal(readSettings({ HOST }).demo, false, HOST)
  t.equal(readSettings({ HOST: '0.0.0.0', DEMO: 'yes' }).demo, true)
  t.equal(readSettings({ DEMO: 'no' }).demo, false)
})

t.test('browsers keep the stricter cookie on https and on localhost only', async t => {
  t.equal(readSettings({ BASE_URL: 'https://awards.example.org' }).hostCookies, true)
  t.equal(readSettings({ BASE_URL: 'http://localhost:3000' }).hostCookies, true)
  t.equal(readSettings({ BASE_URL: 'http://192.168.1.5:3000' }).hostCookies, false)
})

t.test('each mistake has a sentence that names its variable and shows no password', async t => {
  const wrong: [string, string][] = [
    ['DATABASE_URL', 'mysql://u:hunter2@localhost/laurel'],
    ['DATABASE_URL', 'postgres://u:hunter2@localhost'],
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['HOST', 'http://localhost'],
    ['BASE_URL', 'awards.example.org'],
    ['BASE_URL', 'https://awards.example.org/laurel'],
    ['BASE_URL', 'https://awards.example.org/?x'],
    ['SMTP_URL', 'http://u:hunter2@mail.example.org'],
    ['MAIL_FROM', 'nobody'],
    ['MAIL_FROM', 'A <a@example.org>\r\nBcc: b@example.org'],
    ['SECRET', 'hunter2'],
    ['LOG_LEVEL', 'loud'],
    ['DEMO', 'perhaps'],
    ['TRUSTED_PROXIES', '11']
  ]
  for (const [name, text] of wrong) {
    const [mistake, ...more] = mistakes({ MAIL_FROM: 'a@example.org', [name]: text })
    t.ok(mistake?.startsWith(`${name} must`), `${name}=${JSON.stringify(text)}: ${mistake}`)
    t.notMatch(mistake, /hunter2/)
    t.strictSame(more, [])
  }
})

t.test('all mistakes are told at once', async t => {
  t.equal(mistakes({ PORT: 'eighty', LOG_LEVEL: 'loud', BASE_URL: 'nowhere' }).length, 3)
})

t.test('what belongs together is asked for together', async t => {
  t.match(mistakes({ DATABASE_OWNER_URL: 'postgres://o@localhost/laurel' }), [
    /^DATABASE_OWNER_URL is set without DATABASE_URL/
  ])
  t.match(mistakes({ SMTP_URL: 'smtp://mail.example.org' }), [/^SMTP_URL is set without MAIL_FROM/])
})

t.test('a secret is made once, kept closed, and the same for processes that start together', async t => {
  const dataDir = join(await mkdtemp(join(tmpdir(), 'laurel-secret-')), 'data')
  t.teardown(() => rm(join(dataDir, '..'), { recursive: true }))
  const made = await Promise.all([secretOf({ dataDir }), secretOf({ dataDir })])
  t.equal(made[0], made[1])
  t.ok(made[0].length >= 43)
  t.equal(await secretOf({ dataDir }), made[0])
  t.equal((await stat(join(dataDir, 'secret'))).mode & 0o777, 0o600)
  t.equal((await readFile(join(dataDir, 'secret'), 'utf8')).trim(), made[0])
  t.equal(await secretOf({ dataDir, secret: 'mine' }), 'mine')

  await chmod(join(dataDir, 'secret'), 0o600)
  await writeFile(join(dataDir, 'secret'), '')
  await t.rejects(secretOf({ dataDir }), /secret is damaged/)
})

function mistakes(env: Record<string, string>): string[] {
  try {
    readSettings(env)
    return []
  } catch (error) {
    if (error instanceof SettingsMistakes) return error.mistakes
    throw error
  }
}
