import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DrizzleQueryError } from 'drizzle-orm'
import t from 'tap'
import { isConnectionTrouble, isWaitTrouble } from '../../src/db/connect.ts'
import { isDriverSlip } from '../../src/db/trouble.ts'
import { freshDatabase } from '../support/database.ts'

/** A write sent while the socket closes meets the driver's own fault, which only a process with our guard outlives: see faults.ts. */
const toBeNoticed = () => pause(500)

const { owner, db, sql, asOwner } = await freshDatabase(t)

t.test('cut connections end neither the process nor the writing, and lose nothing that was acknowledged', async t => {
  const file = fileURLToPath(new URL('faults.ts', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(owner)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complaint = ''
  child.stdout.on('data', piece => {
    said += piece
  })
  child.stderr.on('data', piece => {
    complaint += piece
  })
  const [code] = await once(child, 'close')
  t.equal(code, 0, complaint || 'the process came to its own end')

  const seen = JSON.parse(said)
  t.ok(seen.acknowledged > 0, `${seen.acknowledged} written`)
  t.ok(seen.told > 0, `${seen.told} told that it may not have been`)
  t.strictSame(seen.lost, [])
  t.strictSame(seen.strange, [])
  t.strictSame(seen.afterwards, Array(16).fill(1), 'and every connection is of use again')
})

t.test('one cut connection is an error that passes, and the next query works', async t => {
  const failed = await db
    .transaction(async tx => {
      const [me] = await tx.execute<{ pid: number }>('select pg_backend_pid() as pid')
      await asOwner(sql => sql`select pg_terminate_backend(${me?.pid ?? 0})`)
      await toBeNoticed()
      await tx.execute('select 1')
    })
    .catch((error: unknown) => error)
  t.ok(isConnectionTrouble(failed))
  t.strictSame([...(await db.execute('select 1 as one'))], [{ one: 1 }])
  t.strictSame([...(await sql`select 1 as one`)], [{ one: 1 }])
})

t.test('dates are read alike before and after a cut', async t => {
  const read = async () => (await sql<{ at: unknown }[]>`select '2026-05-04T10:00:00Z'::timestamptz as at`)[0]?.at
  const before = await read()
  await asOwner(
    sql => sql`select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and datname = current_database()`
  )
  await toBeNoticed()
  await read().catch(() => {})
  t.strictSame(await read(), before)
})

t.test('a lock that is not given and a slow statement are told apart from a lost connection', async t => {
  const failed = await db
    .transaction(async tx => {
      await tx.execute("set local statement_timeout = '50ms'")
      await tx.execute('select pg_sleep(5)')
    })
    .catch((error: unknown) => error)
  t.ok(isWaitTrouble(failed))
  t.notOk(isConnectionTrouble(failed))
})

t.test('only what the driver throws out of reach is lived through', async t => {
  const at = (error: Error, ...frames: string[]) =>
    Object.assign(error, { stack: [String(error), ...frames.map(frame => `    at ${frame}`)].join('\n') })
  const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more })
  const write = "Cannot read properties of null (reading 'write')"
  const inDriver = 'Immediate.nextWrite (file:///srv/node_modules/postgres/src/connection.js:255:22)'
  const ours = 'submitReview (file:///srv/src/reviews/commands.ts:9:1)'

  t.equal(isDriverSlip(at(new TypeError(write), inDriver)), true)
  t.equal(
    isDriverSlip(at(coded('57P01'), 'ErrorResponse (file:///srv/node_modules/postgres/src/connection.js:815:30)')),
    true
  )
  t.equal(
    isDriverSlip(
      at(coded('ECONNRESET', { syscall: 'read' }), 'Pipe.onStreamRead (node:internal/stream_base_commons:216:20)')
    ),
    true
  )

  t.equal(isDriverSlip(at(new TypeError(write), ours)), false)
  t.equal(
    isDriverSlip(
      at(new TypeError('x is not a function'), 'Socket.data (file:///srv/node_modules/postgres/src/connection.js:1:1)')
    ),
    false
  )
  t.equal(isDriverSlip(at(coded('ECONNRESET', { syscall: 'read' }), ours)), false)
  t.equal(
    isDriverSlip(at(coded('23505'), 'ErrorResponse (file:///srv/node_modules/postgres/src/connection.js:815:30)')),
    false
  )
  t.equal(isDriverSlip('a word'), false)
})

t.test('trouble is recognised behind what drizzle makes of it', async t => {
  const wrapped = (code: string, more: object = {}) =>
    new DrizzleQueryError('select 1', [], Object.assign(new Error(code), { code, ...more }))
  t.equal(isConnectionTrouble(wrapped('CONNECTION_CLOSED')), true)
  t.equal(isConnectionTrouble(wrapped('ENOENT', { syscall: 'connect' })), true)
  t.equal(isConnectionTrouble(wrapped('ENOENT', { syscall: 'open' })), false, 'a missing file is another matter')
  t.equal(isConnectionTrouble(wrapped('23505')), false)
  t.equal(isConnectionTrouble(null), false)
})
