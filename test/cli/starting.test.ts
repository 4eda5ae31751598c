import { createServer } from 'node:net'
import t from 'tap'
import { aFolder, laurel } from './process.ts'

// Whole processes and databases start and stop here: on a busy machine that takes its time.
t.setTimeout(400_000)

t.test('a taken port is said in a sentence, and what was started is stopped', async t => {
  const folder = await aFolder(t)
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(go => other.once('listening', go))
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const { ended, complained, said } = laurel(t, folder, ['serve', '--empty'], { PORT: String(port) })
  t.equal(await ended, 1)
  t.match(complained(), `laurel: port ${port} is taken by another program`)
  t.notMatch(complained(), /\bat .*:\d+:\d+/, 'without a stack')
  t.notMatch(said(), 'Laurel is ready')
})

t.test('mistakes in the settings are told all at once', async t => {
  const folder = await aFolder(t)
  const { ended, complained } = laurel(t, folder, ['serve'], { PORT: 'many', LOG_LEVEL: 'loud' })
  t.equal(await ended, 1)
  t.match(complained(), /^laurel: PORT must be .*\nlaurel: LOG_LEVEL must be .*\n$/)

  const strange = laurel(t, folder, ['serve', '--loud'])
  t.equal(await strange.ended, 2)
  t.match(strange.complained(), 'serve does not know --loud')
})

t.test('a database that does not answer is said in a sentence', async t => {
  const folder = await aFolder(t)
  const { ended, complained } = laurel(t, folder, ['serve'], { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/laurel' })
  t.equal(await ended, 1)
  t.match(complained(), 'laurel: the database named by DATABASE_URL does not answer (ECONNREFUSED)')
})
