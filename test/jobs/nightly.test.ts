import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { addPerson, startSession } from '../../src/accounts/commands.ts'
import { codes, sessions } from '../../src/accounts/tables.ts'
import { rateLimits } from '../../src/db/tables.ts'
import { sweepAccounts, sweepFiles } from '../../src/jobs/nightly.ts'
import { writeLetter } from '../../src/notifications/commands.ts'
import { letters } from '../../src/notifications/tables.ts'
import { diskStore } from '../../src/storage/store.ts'
import { freshDatabase } from '../support/database.ts'

t.test('files that no attachment names go after an hour, fresh ones stay', async t => {
  const { db } = await freshDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'laurel-sweep-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const store = await diskStore(folder)
  const bytes = async function* () {
    yield Buffer.from('hello')
  }
  const old = await store.put(bytes())
  const fresh = await store.put(bytes())
  const twoHoursAgo = Date.now() / 1000 - 7200
  await utimes(join(folder, old.key.slice(0, 2), old.key), twoHoursAgo, twoHoursAgo)

  t.strictSame(await sweepFiles({ db, store }), { orphans: 1, halves: 0 })
  const left: string[] = []
  for await (const { key } of store.list()) left.push(key)
  t.strictSame(left, [fresh.key])
  t.strictSame(await readdir(join(folder, 'incoming')), [])
})

t.test('what has run out goes: codes, sessions, counts, and the digits in old letters', async t => {
  const { db } = await freshDatabase(t)
  const personId = await db.transaction(tx => addPerson(tx, { name: 'Ada', email: 'ada@example.org', confirmed: true }))
  const entering = { personId, shared: false, factors: ['test'], address: '' }
  await startSession(db, entering)
  await startSession(db, entering)
  await db.execute(sql`update sessions set ends_at = clock_timestamp() - interval '1 minute'
    where token_hash = (select min(token_hash) from sessions)`)
  await db.execute(sql`insert into codes (email, purpose, code_hash, made_at, ends_at) values
    ('ada@example.org', 'sign_in', 'old', clock_timestamp() - interval '2 days', clock_timestamp() - interval '2 days'),
    ('ada@example.org', 'sign_in', 'new', clock_timestamp(), clock_timestamp() + interval '15 minutes')`)
  await db.execute(sql`insert into rate_limits values
    ('old', 3, clock_timestamp() - interval '1 second'), ('new', 3, clock_timestamp() + interval '1 minute')`)
  for (const event of ['code:old', 'code:new'])
    await db.transaction(tx =>
      writeLetter(tx, {
        ...{ event, kind: 'code', email: 'ada@example.org', language: 'en', subject: 'Your code', release: true },
        blocks: [{ kind: 'code', text: '1234 5678' }]
      })
    )
  await db.execute(sql`update letters set made_at = made_at - interval '2 days' where event = 'code:old'`)

  await sweepAccounts({ db })
  t.equal((await db.select().from(sessions)).length, 1)
  t.strictSame(
    (await db.select().from(codes)).map(({ codeHash }) => codeHash),
    ['new']
  )
  t.strictSame(
    (await db.select().from(rateLimits)).map(({ key }) => key),
    ['new']
  )
  t.strictSame((await db.select().from(letters)).map(({ event, text }) => [event, text.includes('1234 5678')]).sort(), [
    ['code:new', true],
    ['code:old', false]
  ])
})
