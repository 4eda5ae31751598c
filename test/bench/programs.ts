import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyFolder, type Keep } from './installation.ts'
import { rounded, say } from './load.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const EXAMPLE = new URL('../../src/programmes/example/rank/', import.meta.url).pathname

/** `laurel rank` and `laurel assign`, from the command to the end of the process. */
export async function programs(keep: Keep): Promise<void> {
  const folder = keep(await emptyFolder())
  await timed('rank', 35, [
    'rank',
    `${EXAMPLE}awards.scores.csv`,
    '--rubric',
    `${EXAMPLE}awards.rubric.json`,
    '--proposals',
    `${EXAMPLE}awards.proposals.csv`,
    '--csv'
  ])
  for (const size of [350, 2000]) {
    const file = join(folder, `rank-${size}.json`)
    await writeFile(file, JSON.stringify(scoresFor(size)))
    await timed('rank', size, ['rank', file, '--json'])
  }
  for (const [size, jurors] of [
    [35, 12],
    [120, 40],
    [350, 100]
  ] as const) {
    const file = join(folder, `assign-${size}.json`)
    await writeFile(file, JSON.stringify(instanceOf(size, jurors)))
    await timed('assign', size, ['assign', file, '--json'])
  }
}

async function timed(figure: string, size: number, args: string[]): Promise<void> {
  const began = performance.now()
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`laurel ${args.join(' ')} ended with ${code}`)
  say({ figure, size, seconds: rounded((performance.now() - began) / 1000) })
}

/** The same numbers in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    yield state / 2 ** 31
  }
}

function scoresFor(size: number) {
  const next = numbers(size)
  const jurors = Math.ceil((size * 4) / 14)
  return {
    scale: { min: 0, max: 5, step: 0.5 },
    criteria: ['need', 'idea', 'plan', 'people', 'cost'].map(id => ({ id, weight: 20 })),
    proposals: Array.from({ length: size }, (_, i) => ({ id: `P${i}`, country: `C${i % 11}` })),
    reviews: Array.from({ length: size * 4 }, (_, i) => ({
      proposal: `P${Math.floor(i / 4)}`,
      juror: `J${(Math.floor(i / 4) * 7 + (i % 4) * 3) % jurors}`,
      scores: Object.fromEntries(
        ['need', 'idea', 'plan', 'people', 'cost'].map(id => [id, Math.round(next.next().value * 10) / 2])
      )
    })),
    rules: { method: 'weightedMean', awards: 5, reserve: 3, limits: [{ field: 'country', min: 0, max: 1 }] }
  }
}

function instanceOf(size: number, jurors: number) {
  const next = numbers(size + jurors)
  return {
    proposals: Array.from({ length: size }, (_, i) => ({ id: `P${i}`, demand: 4 })),
    jurors: Array.from({ length: jurors }, (_, i) => ({ id: `J${i}`, max: Math.ceil((size * 4) / jurors) + 3 })),
    affinity: Array.from({ length: size }, () =>
      Array.from({ length: jurors }, () => {
        const { value } = next.next()
        return value < 0.05 ? null : Math.round(value * 100)
      })
    )
  }
}
