import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { addressOf, aFolder, killDatabase, laurel } from './process.ts'

const ready = async (address: string) => (await fetch(`${address}/health/ready`)).status

// Whole processes and databases start and stop here: on a busy machine that takes its time.
t.setTimeout(400_000)

t.test('an empty site starts, stops cleanly, starts again quickly, and recovers from a kill of everything', async t => {
  const folder = await aFolder(t)
  const first = laurel(t, folder, ['serve', '--empty'])
  const address = await addressOf(first)
  t.equal(await ready(address), 200)
  const [, link = ''] = /^ {2}(http:\S+\/founding\?token=\S+)$/m.exec(first.said()) ?? []
  t.match((await fetch(link)).status, 200, 'the link on the console opens the page of the first person')
  t.equal((await fetch(`${address}/founding?token=guessed`)).status, 404)

  first.child.kill('SIGINT')
  // Ctrl-C comes from the terminal and once more from npm: the second is no haste.
  await pause(50)
  first.child.kill('SIGINT')
  t.equal(await first.ended, 0)
  await t.rejects(fetch(`${address}/health/live`), 'nobody answers any more')
  t.equal(first.complained(), '', 'and nothing was said about it')

  const second = laurel(t, folder, ['serve', '--empty'])
  const began = performance.now()
  t.equal(await ready(await addressOf(second)), 200)
  t.comment(`second start: ${Math.round(performance.now() - began)} ms`)
  t.notMatch(second.said(), link, 'the link of before is worth nothing any more')
  second.child.kill('SIGKILL')
  await second.ended
  await killDatabase(folder)

  const third = laurel(t, folder, ['serve', '--empty'])
  t.equal(await ready(await addressOf(third)), 200, 'it recovers')
  third.child.kill('SIGTERM')
  t.equal(await third.ended, 0)
})

t.test('told to stop while it is still starting, it stops, and nothing is left running', async t => {
  const folder = await aFolder(t)
  const site = laurel(t, folder, ['serve', '--empty'])
  const pidFile = join(folder, 'pg', 'postmaster.pid')
  while (!existsSync(pidFile)) await pause(10)
  site.child.kill('SIGINT')
  t.equal(await site.ended, 0)
  t.notOk(existsSync(pidFile), 'the database went down with it')
  t.notMatch(site.said(), 'Laurel is ready')
})
