import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { DrizzleQueryError } from 'drizzle-orm'
import t from 'tap'
import { isConnectionTrouble, isWaitTrouble } from '../../src/db/connect.ts'
import { isDriverSlip } from '../../src/db/trouble.ts'
import { freshDatabase } from '../support/database.ts'

const { owner, db } = await freshDatabase(t)

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

// Connections are cut only in a process of their own, with our guard: the driver's fault would end this one.
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
