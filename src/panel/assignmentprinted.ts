import type { AssignmentInput } from './assignmentinput.ts'
import { affinityOf } from './assignmentinstance.ts'
import type { AssignmentResult } from './assignmentresult.ts'

/** A sentence of the catalogue in the reader's language. */
export type Say = (key: string, facts?: Record<string, string | number>) => string

/** One row per assigned pair, the header first. */
export function assignmentRows(input: AssignmentInput, { assignment }: AssignmentResult): (string | number)[][] {
  const affinity = affinityOf(input)
  return [
    ['proposal', 'juror', 'affinity'],
    ...assignment.map(([proposal, juror]) => [proposal, juror, affinity(proposal, juror) ?? 0])
  ]
}

/** For a terminal: every proposal with its panel and score, every juror with the load, and the figures. */
export function assignmentTable(input: AssignmentInput, result: AssignmentResult, say: Say): string {
  const affinity = affinityOf(input)
  const panels = Map.groupBy(result.assignment, ([proposal]) => proposal)
  const proposals = input.proposals.map(({ id }) => {
    const jurors = (panels.get(id) ?? []).map(([, juror]) => juror)
    const score = jurors.reduce((total, juror) => total + (affinity(id, juror) ?? 0), 0)
    return [id, String(score), jurors.join(', ')]
  })
  const jurors = input.jurors.map(({ id, min = 0, max }) => [id, String(result.loads[id] ?? 0), `${min}–${max}`])
  const { total, min, relMin, components, kept, newPairs } = result
  const figures = [
    say(`assign.status.${result.status}`),
    say('assign.total', { total: total ?? 0 }),
    ...(min === null ? [] : [say('assign.min', { min })]),
    ...(relMin === null ? [] : [say('assign.rel_min', { ...relMin })]),
    say('assign.components', { components }),
    ...(input.previous ? [say('assign.kept', { kept, newPairs })] : [])
  ]
  return [
    columns([[say('assign.proposal'), say('assign.score'), say('assign.panel')], ...proposals]),
    columns([[say('assign.juror'), say('assign.load'), say('assign.load_wanted')], ...jurors]),
    figures.join('\n'),
    ''
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

function columns(rows: string[][]): string {
  const shown = rows.map(row => row.map(printable))
  const widths = (shown[0] ?? []).map((_, x) => Math.max(...shown.map(row => [...(row[x] ?? '')].length)))
  const padded = (cell: string, x: number) => {
    const gap = ' '.repeat((widths[x] ?? 0) - [...cell].length)
    return x === 1 ? gap + cell : cell + gap
  }
  const line = (row: string[]) => row.map(padded).join('  ').trimEnd()
  const [head = [], ...rest] = shown
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rest.map(line)].join('\n')
}

/** A name from a file may hold anything; a terminal must only be shown it. */
const printable = (text: string) => text.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, sign => JSON.stringify(sign).slice(1, -1))
