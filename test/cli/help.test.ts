import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { aFolder, laurel } from './process.ts'

t.setTimeout(300_000)

const folder = await aFolder(t)
async function ran(...argv: string[]) {
  const started = laurel(t, folder, argv, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  return { code: await started.ended, said: started.said(), complained: started.complained() }
}

const COMMANDS = ['serve', 'rank', 'assign', 'verify', 'seed', 'user', 'backup', 'restore', 'doctor']

t.test('the first help names every command, and each says how to use it', async t => {
  const first = await ran('--help')
  t.strictSame([first.code, first.complained], [0, ''])
  t.strictSame(
    [...first.said.matchAll(/^ {2}laurel (\w+) /gm)].map(([, name = '']) => name).sort(),
    [...COMMANDS].sort()
  )
  t.strictSame((await ran()).said, first.said, 'so does the command alone')
  for (const name of COMMANDS) {
    const { code, said, complained } = await ran(name, '--help')
    t.strictSame([code, complained], [0, ''], name)
    t.match(said, new RegExp(`^laurel ${name}\\b`), 'it begins with how it is called')
    t.match(said, 'Exit code: 0 ', 'and says what the exit code means')
    t.ok(
      said.split('\n').every(line => line.length <= 110),
      'in lines that fit'
    )
    t.equal((await ran('help', name)).said, said)
  }
})

t.test('whatever is wrong is one line on standard error, and exit code 2', async t => {
  for (const argv of [
    ['applaud'],
    ...COMMANDS.map(name => [name, '--loudly']),
    ['restore'],
    ['verify'],
    ['rank'],
    ['assign']
  ]) {
    const { code, said, complained } = await ran(...argv)
    t.strictSame([code, said], [2, ''], argv.join(' '))
    t.match(complained, /^laurel[^\n]+\n$/)
  }
})

t.test('a database that does not answer is one line, and exit code 1', async t => {
  for (const argv of [['seed'], ['user', 'list'], ['backup', `${folder}/none.zip`]]) {
    const { code, said, complained } = await ran(...argv)
    t.strictSame([code, said], [1, ''], argv.join(' '))
    t.match(
      complained.split('\n').filter(line => line.startsWith('laurel')),
      [/^laurel: the database named by DATABASE_URL does not answer/]
    )
    t.notMatch(complained, /\bat .*:\d+:\d+/)
  }
})

t.test('who reads no further closes the pipe, and no stack trace follows', async t => {
  const rubric = { scale: { min: 0, max: 5 }, criteria: [{ id: 'need', weight: 1 }], rules: { method: 'weightedMean' } }
  const reviews = Array.from({ length: 2000 }, (_, at) => ({ proposal: `P${at}`, juror: 'J1', scores: { need: 3 } }))
  const file = join(folder, 'many.json')
  await writeFile(file, JSON.stringify({ ...rubric, reviews }))
  const started = laurel(t, folder, ['rank', file, '--json'])
  started.child.stdout?.destroy()
  t.strictSame([await started.ended, started.complained()], [0, ''])
})
