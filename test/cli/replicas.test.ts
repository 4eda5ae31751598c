import { setTimeout as pause } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { SMTPServer } from 'smtp-server'
import t from 'tap'
import { addPerson, startSession } from '../../src/accounts/commands.ts'
import { people } from '../../src/accounts/tables.ts'
import { openDb } from '../../src/db/connect.ts'
import { startEmbedded } from '../../src/db/embedded.ts'
import { ownMigrations } from '../../src/db/migrate.ts'
import { readSettings } from '../../src/settings.ts'
import { sessionCookie } from '../../src/web/sessions.ts'
import { Agent } from '../support/site.ts'
import { addressOf, aFolder, killDatabase, laurel, type Started, urlOf } from './process.ts'

// Whole processes and databases start and stop here: on a busy machine that takes its time.
t.setTimeout(600_000)

const PLACES = ['one', 'two', 'three']

// A server of its own, since it is going to be killed, and one that waits for the disk.
const server = await aFolder(t)
const cluster = await startEmbedded(server, () => {})
const { db, close } = openDb(cluster.site, { max: 2 })
const post = await aPostOffice()

// They share what a balancer's replicas share: the database, and a volume with the files and the secret.
const volume = await aFolder(t)
const env = {
  ...{ DATABASE_URL: urlOf(cluster.site), DATABASE_OWNER_URL: urlOf(cluster.owner) },
  ...{ SMTP_URL: `smtp://127.0.0.1:${post.port}`, MAIL_FROM: 'laurel@example.org', DEMO: 'no' }
}
const sites: Started[] = PLACES.map(() => laurel(t, volume, ['serve', '--empty'], env))
const addresses = await Promise.all(sites.map(addressOf))

t.teardown(async () => {
  await close()
  await cluster.stop()
  await post.close()
})

/** A post office that notes what it is given. */
async function aPostOffice() {
  const received: string[] = []
  const office = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'] },
    onData(stream, { envelope }, done) {
      stream.resume().on('end', () => {
        received.push(...envelope.rcptTo.map(({ address }) => address))
        done()
      })
    }
  })
  await new Promise<void>(go => office.listen(0, '127.0.0.1', go))
  const { port } = office.server.address() as { port: number }
  return { port, received, close: () => new Promise<void>(go => office.close(go)) }
}

/** A browser at one of the places, with a session that was begun elsewhere. */
async function signedIn(email: string, address: string): Promise<Agent> {
  const [person] = await db.select().from(people).where(eq(people.email, email))
  const token = await startSession(db, {
    personId: person?.id ?? '',
    shared: false,
    factors: ['test'],
    address: '127.0.0.1'
  })
  const agent = new Agent(address)
  agent.cookies.set(sessionCookie(readSettings({})), token)
  return agent
}

t.test('three that start together on an empty database all come up, and its tables are made once', async t => {
  for (const address of addresses) t.equal((await fetch(`${address}/health/ready`)).status, 200)
  const [made] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from drizzle.__drizzle_migrations`
  )
  t.equal(made?.count, ownMigrations().length)
  t.strictSame(
    sites.map(({ complained }) => complained()),
    ['', '', '']
  )
})

t.test('a session that one begins holds at all, and ends at all', async t => {
  await db.transaction(tx => addPerson(tx, { email: 'ada@example.org', name: 'Ada', confirmed: true }))
  const ada = await signedIn('ada@example.org', addresses[0] ?? '')
  const windows = addresses.map(address => {
    const window = new Agent(address)
    for (const [name, value] of ada.cookies) window.cookies.set(name, value)
    return window
  })
  for (const window of windows) t.equal((await window.get('/account')).status, 200)
  // The token of a page that one place made is good at another: they share the secret.
  const token = await windows[0]?.token()
  const other = windows[1]
  for (const [name, value] of windows[0]?.cookies ?? []) other?.cookies.set(name, value)
  t.equal((await other?.post('/sign-out', {}, { csrf: token ?? null }))?.status, 303)
  for (const window of windows) t.equal((await window.get('/account')).status, 303)
})

t.test('wrong passwords are counted together', async t => {
  const statuses: number[] = []
  for (let guess = 0; guess < 12; guess++) {
    const mallory = new Agent(addresses[guess % 3] ?? '')
    const { status } = await mallory.post('/sign-in', { email: 'ada@example.org', password: `guess ${guess}` })
    statuses.push(status)
  }
  t.strictSame(statuses, [...Array(10).fill(422), 429, 429])
})

t.test('each letter is sent once, whoever of them sends it', async t => {
  const wanted = Array.from({ length: 18 }, (_, index) => `reader${index}@example.org`)
  const asked = await Promise.all(
    wanted.map((email, index) =>
      new Agent(addresses[index % 3] ?? '').post('/sign-up', { name: 'Reader', email, password: '' })
    )
  )
  t.strictSame(
    asked.map(({ status }) => status),
    wanted.map(() => 303)
  )
  for (let wait = 0; wait < 300 && post.received.length < wanted.length; wait++) await pause(100)
  // One that was to come twice would come by now.
  await pause(1500)
  t.strictSame([...post.received].sort(), [...wanted].sort())
})

t.test('the database dies and comes back: what was acknowledged is there, and all go on', async t => {
  const writers = await Promise.all(
    addresses.map(async (address, index) => {
      const email = `writer${index}@example.org`
      await db.transaction(tx => addPerson(tx, { email, name: 'Writer', confirmed: true }))
      const agent = await signedIn(email, address)
      await agent.get('/account')
      return { email, agent, tried: 0, acknowledged: 0, refused: 0 }
    })
  )
  let over = false
  const writing = writers.map(async writer => {
    while (!over) {
      writer.tried += 1
      const answer = await writer.agent
        .post('/account/profile', { name: 'Writer', language: 'en', city: `City ${writer.tried}` })
        .catch(() => null)
      if (answer?.status === 303 && answer.location.includes('profile_saved')) writer.acknowledged = writer.tried
      else {
        writer.refused += 1
        await pause(50)
      }
    }
  })
  await pause(1500)
  const before = writers.map(({ acknowledged }) => acknowledged)
  await killDatabase(server)
  await pause(500)
  await startEmbedded(server, () => {})
  // On until each has written again.
  const goal = writers.map(({ acknowledged }) => acknowledged + 5)
  for (let wait = 0; wait < 600 && writers.some(({ acknowledged }, index) => acknowledged < (goal[index] ?? 0)); wait++)
    await pause(100)
  over = true
  await Promise.all(writing)

  const after = openDb(cluster.site, { max: 1 })
  for (const [index, { email, tried, acknowledged, refused }] of writers.entries()) {
    const [person] = await after.db.select({ city: people.city }).from(people).where(eq(people.email, email))
    const kept = Number(person?.city.split(' ')[1])
    t.comment(`${email}: ${tried} tried, ${acknowledged} the last acknowledged, ${kept} kept, ${refused} refused`)
    t.ok((before[index] ?? 0) > 0 && acknowledged >= (goal[index] ?? 0), 'it wrote before and afterwards')
    t.ok(kept >= acknowledged && kept <= tried, 'nothing acknowledged was lost')
    t.ok(refused > 0, 'and it noticed')
  }
  await after.close()
  for (const { child } of sites) t.equal(child.exitCode, null, 'nobody went down with it')
})

t.test('they stop in order, and what waits is sent by whoever is left', async t => {
  const [one, two, three] = sites
  one?.child.kill('SIGTERM')
  t.equal(await one?.ended, 0)
  await new Agent(addresses[1] ?? '').post('/sign-up', { name: 'Reader', email: 'late@example.org', password: '' })
  for (let wait = 0; wait < 300 && !post.received.includes('late@example.org'); wait++) await pause(100)
  t.ok(post.received.includes('late@example.org'))
  for (const site of [two, three]) {
    site?.child.kill('SIGTERM')
    t.equal(await site?.ended, 0)
  }
})
