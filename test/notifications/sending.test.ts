import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { type ParsedMail, simpleParser } from 'mailparser'
import pino from 'pino'
import { SMTPServer } from 'smtp-server'
import t from 'tap'
import { connectTo } from '../../src/db/connect.ts'
import { startJobs } from '../../src/jobs/runner.ts'
import { CRONTAB, tasksOf } from '../../src/jobs/tasks.ts'
import { writeLetter } from '../../src/notifications/commands.ts'
import { mailerOf, sendLetter } from '../../src/notifications/jobs.ts'
import { letters } from '../../src/notifications/tables.ts'
import { readSettings, type Settings } from '../../src/settings.ts'
import type { Store } from '../../src/storage/store.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'

type Told = Parameters<typeof freshDatabase>[0]

const quiet = pino({ level: 'silent' })

/** A real SMTP server. `answers` are what it says to each letter in turn, as numbers; afterwards 250. */
async function postOffice(t: Told, answers: number[] = []) {
  const received: { mail: ParsedMail; to: string[] }[] = []
  let tries = 0
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', chunk => chunks.push(chunk))
      stream.on('end', async () => {
        const code = answers[tries++] ?? 250
        if (code !== 250) return done(Object.assign(new Error('not now'), { responseCode: code }))
        const mail = await simpleParser(Buffer.concat(chunks))
        received.push({ mail, to: session.envelope.rcptTo.map(({ address }) => address) })
        done()
      })
    }
  })
  server.on('error', () => {})
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.teardown(() => new Promise<void>(ended => server.close(() => ended())))
  const { port } = server.server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, received, tries: () => tries }
}

async function worker(t: Told, { db, site }: TestDatabase, settings: Settings, alone = false) {
  const mailer = mailerOf(settings)
  const world = { db, settings, mailer, logger: quiet, store: {} as Store }
  const jobs = await startJobs(site, tasksOf(world), CRONTAB, quiet, { alone })
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await jobs.stop()
    mailer?.close()
  }
  t.teardown(stop)
  return { stop }
}

const settingsWith = (smtp?: string) =>
  readSettings({
    BASE_URL: 'https://awards.example.org',
    MAIL_FROM: 'Library Awards <awards@example.org>',
    ...(smtp && { SMTP_URL: smtp })
  })

const toAda = (db: TestDatabase['db'], event: string, email = 'ada@example.org', subject = 'Заявката е при нас') =>
  db.transaction(tx =>
    writeLetter(tx, {
      event,
      kind: 'receipt',
      email,
      language: 'bg',
      subject,
      blocks: [
        { kind: 'paragraph', text: 'Благодарим Ви.' },
        { kind: 'button', href: '/proposals/1', label: 'Към предложението' }
      ],
      release: true
    })
  )

function only<Thing>(things: Thing[]): Thing {
  const [thing] = things
  if (!thing || things.length > 1) throw new Error(`${things.length} in place of one`)
  return thing
}

async function until(holds: () => Promise<boolean> | boolean, milliseconds = 30_000): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; await pause(50))
    if (await holds()) return true
  return false
}

t.test('a letter leaves after the commit, once, though the server was busy at first', async t => {
  const made = await freshDatabase(t)
  const office = await postOffice(t, [451])
  await worker(t, made, settingsWith(office.url))
  const id = await toAda(made.db, 'receipt:1')

  t.ok(await until(() => office.received.length === 1), 'the second try went through')
  t.equal(office.tries(), 2)
  const { mail, to } = only(office.received)
  t.strictSame(to, ['ada@example.org'])
  t.match(mail, {
    subject: 'Заявката е при нас',
    messageId: `<${id}@example.org>`,
    from: { text: '"Library Awards" <awards@example.org>' }
  })
  t.match(mail.text, 'https://awards.example.org/proposals/1')
  t.match(mail.html, 'href="https://awards.example.org/proposals/1"')
  t.equal(mail.headers.get('auto-submitted'), 'auto-generated')
  t.equal(mail.headers.get('content-language'), 'bg')

  t.ok(
    await until(async () => {
      const [kept] = await made.db.select().from(letters)
      return kept?.sentAt != null && kept.tries === 2 && kept.trouble === ''
    }),
    'and it is marked'
  )
  await sendLetter({ db: made.db, mailer: mailerOf(settingsWith(office.url)), settings: settingsWith(office.url) })({
    letterId: id
  })
  t.equal(office.received.length, 1, 'a job that is run again finds nothing to do')
})

t.test('a mailbox that does not exist stops its letter, and only that', async t => {
  const made = await freshDatabase(t)
  const office = await postOffice(t, [550])
  await worker(t, made, settingsWith(office.url))
  await toAda(made.db, 'receipt:1', 'nobody@example.org')
  t.ok(
    await until(async () => (await made.db.select().from(letters))[0]?.stoppedAt != null),
    'it is not tried for ever'
  )
  t.match((await made.db.select().from(letters))[0], { sentAt: null, tries: 1, trouble: /550 not now/ })
  await toAda(made.db, 'receipt:2')
  t.ok(await until(() => office.received.length === 1), 'the next one arrives')
})

t.test('addresses and subjects bring no headers and no second recipient with them', async t => {
  const made = await freshDatabase(t)
  const office = await postOffice(t)
  await worker(t, made, settingsWith(office.url))
  await toAda(made.db, 'receipt:1', 'ada@example.org', 'Title\r\nBcc: everyone@example.org\r\n\r\nhello')
  await until(() => office.received.length === 1)
  const { mail, to } = only(office.received)
  t.strictSame(to, ['ada@example.org'])
  t.equal(mail.subject, 'Title Bcc: everyone@example.org hello')
  t.notOk(mail.headers.has('bcc'))
})

t.test('without SMTP letters are kept, and are not sent later in a heap', async t => {
  const made = await freshDatabase(t)
  const { stop } = await worker(t, made, settingsWith())
  await toAda(made.db, 'receipt:1')
  t.ok(
    await until(async () => (await made.db.execute(sql`select from graphile_worker.jobs`)).length === 0),
    'the job is done'
  )
  await stop()
  t.match((await made.db.select().from(letters))[0], { sentAt: null, stoppedAt: null, tries: 0 })

  const office = await postOffice(t)
  await worker(t, made, settingsWith(office.url))
  await toAda(made.db, 'receipt:2')
  await until(() => office.received.length === 1)
  await pause(300)
  t.equal(office.received.length, 1, 'only what was written since')
})

t.test('what a killed process had begun is taken up again: at once by the only one, else after a while', async t => {
  for (const { minutes, alone, leaves } of [
    { minutes: 1, alone: true, leaves: true },
    { minutes: 16, alone: false, leaves: true },
    { minutes: 1, alone: false, leaves: false }
  ]) {
    const made = await freshDatabase(t)
    const office = await postOffice(t)
    await toAda(made.db, 'receipt:1')
    await made.asOwner(
      owner => owner`update graphile_worker._private_jobs
        set locked_by = 'killed', locked_at = now() - ${minutes} * interval '1 minute'`
    )
    const { stop } = await worker(t, made, settingsWith(office.url), alone)
    if (leaves) t.ok(await until(() => office.received.length === 1), `${minutes} minutes later it leaves`)
    else {
      await toAda(made.db, 'receipt:2')
      await until(() => office.received.length === 1)
      t.match(office.received[0]?.mail.messageId ?? '', '@', 'only the next one leaves')
      const [waiting] = await made.db.select().from(letters).where(eq(letters.event, 'receipt:1'))
      t.equal(waiting?.sentAt, null, 'for another process may still be at it')
    }
    await stop()
  }
})

t.test('the worker outlives a database that drops its connections', async t => {
  const made = await freshDatabase(t)
  const office = await postOffice(t)
  await worker(t, made, settingsWith(office.url))
  // As the site's role: whoever may end only their own connections can run this too.
  const killer = connectTo(made.site, { max: 1 })
  await killer`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`
  await killer.end()
  await pause(200)
  const written = async () => {
    try {
      await toAda(made.db, 'receipt:1')
      return true
    } catch {
      return false
    }
  }
  t.ok(await until(written), 'the letter is written')
  t.ok(await until(() => office.received.length === 1), 'and leaves')
  t.equal((await made.db.select().from(letters).where(eq(letters.event, 'receipt:1'))).length, 1)
})
