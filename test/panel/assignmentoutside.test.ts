import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { solveInWorker } from '../../src/jobs/solver.ts'
import { solveAssignment } from '../../src/panel/assignment.ts'
import type { AssignmentInput } from '../../src/panel/assignmentinput.ts'
import { readAssignment } from '../../src/panel/assignmentinput.ts'
import { aCase, weighed } from './weighed.ts'

// Real data that may be read but not shipped: it stays outside the project.
const reference = process.env.LAUREL_REFERENCE ?? resolve(import.meta.dirname, '../../../shared/reference')
const folder = resolve(reference, 'assignment/outside')
const skip = existsSync(folder)
  ? false
  : 'no outside assignment cases: set LAUREL_REFERENCE to the folder that holds them'
const slow = skip || (process.env.LAUREL_SLOW ? false : 'takes minutes: set LAUREL_SLOW=1 to run it')

const read = (name: string) => JSON.parse(readFileSync(resolve(folder, name), 'utf8'))

async function assigned(t: Test, input: AssignmentInput) {
  const result = await solveAssignment(input, solveInWorker)
  const second = weighed(aCase(input), result.assignment)
  t.strictSame(second.faults, [], 'no rule is broken')
  t.strictSame([result.total, result.min], [second.total, second.min])
  return result
}

async function meets(t: Test, input: AssignmentInput, expected: Expected) {
  const plain = await assigned(t, input)
  t.match(plain, { status: 'optimal', total: expected.total.value })
  const absolute = await assigned(t, { ...input, objective: 'abs-floor' })
  t.match(absolute, { status: 'optimal', min: expected.absFloor.min, total: expected.absFloor.total })
  const relative = await assigned(t, { ...input, objective: 'rel-floor' })
  const { num, den, exact, upper } = expected.relFloor
  const reached = (relative.relMin?.num ?? 0) / (relative.relMin?.den ?? 1)
  if (exact) {
    t.equal((relative.relMin?.num ?? 0) * den, (relative.relMin?.den ?? 0) * num)
    t.match(relative, { status: 'optimal', total: expected.relFloor.total })
  } else {
    t.ok(reached >= (0.97 * num) / den, `${reached} is at least 97 % of the best known`)
    t.ok((relative.bound.relFloor ?? 0) >= num / den, 'the bound is true')
    t.ok(reached <= upper + 1e-9, 'nothing above the known bound exists')
    if (relative.status === 'optimal') t.equal(relative.bound.relFloor, reached)
  }
}

interface Expected {
  total: { value: number }
  absFloor: { min: number; total: number }
  relFloor: { num: number; den: number; upper: number; total: number; exact: boolean }
}

t.test('real bids of a small conference', { skip }, async t => {
  const given = read('preflib1.json')
  await meets(t, readAssignment(given), given.expected)
})

t.test('real similarities of texts', { skip }, async t => {
  const given = read('midl.json')
  const input = readAssignment(given)
  t.match(await assigned(t, input), { status: 'optimal', total: given.expected.total.value })
  const absolute = await assigned(t, { ...input, objective: 'abs-floor' })
  const { min, total } = given.expected.absFloor
  t.match(absolute, { status: 'optimal', min, total })
  const everyTwo = { ...input, jurors: input.jurors.map(juror => ({ ...juror, min: 2 })) }
  t.match(await assigned(t, everyTwo), { status: 'optimal', total: given.expected.withJurorMin2.total.value })
})

t.test('real similarities of texts, fairest first', { skip: slow, timeout: 1_200_000 }, async t => {
  const given = read('midl.json')
  const input = readAssignment(given)
  await meets(t, input, given.expected)
  const everyTwo = { ...input, jurors: input.jurors.map(juror => ({ ...juror, min: 2 })) }
  await meets(t, everyTwo, given.expected.withJurorMin2)
})
