import { readFile, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { stringify } from 'csv-stringify/sync'
import { sentence } from '../i18n/catalogue.ts'
import { solveInWorker } from '../jobs/solver.ts'
import { solveAssignment } from '../panel/assignment.ts'
import {
  type AssignmentInput,
  type Objective,
  objectives,
  readAssignment,
  UnreadableAssignment
} from '../panel/assignmentinput.ts'
import { assignmentRows, assignmentTable, type Say } from '../panel/assignmentprinted.ts'
import type { AssignmentResult } from '../panel/assignmentresult.ts'
import { languageOf, oneLine } from './terminal.ts'

export type Io = { stdin: NodeJS.ReadableStream; stdout: NodeJS.WritableStream; stderr: NodeJS.WritableStream }

const FORMATS = ['json', 'csv', 'table'] as const
const VALUES = ['out', 'seed', 'objective'] as const
type Format = (typeof FORMATS)[number]

/** What stops the command: where, a code (`assign.bad.<code>`) and facts. */
class BadInput extends Error {
  readonly code: string
  readonly place: string
  readonly facts: Record<string, string | number>

  constructor(code: string, place = '', facts: Record<string, string | number> = {}) {
    super(`${place}: ${code}`)
    this.code = code
    this.place = place
    this.facts = facts
  }
}

/**
 * `laurel assign`: proposals, jurors and conflicts in, assignment out. No server, no database. Exit code 0 done, 1 no
 * assignment is possible (the answer, always JSON, says why), 2 bad input with one line.
 */
export async function assign(argv: string[], io: Io): Promise<number> {
  const language = languageOf(process.env)
  const say: Say = (key, facts) => sentence(language, key, facts)
  try {
    const { input, out, format, wishes } = readArguments(argv)
    const asked = { ...(await readInput(input, io, say)), ...wishes }
    const result = await solveAssignment(asked, solveInWorker)
    const infeasible = result.status === 'infeasible'
    await write(written(asked, result, infeasible ? 'json' : format, say), out, io)
    return infeasible ? 1 : 0
  } catch (problem) {
    if (!(problem instanceof BadInput)) throw problem
    const { code, place, facts } = problem
    const what = say(`assign.bad.${code}`, facts)
    io.stderr.write(`laurel assign: ${oneLine(place === '' ? what : `${place}: ${what}`)}\n`)
    return 2
  }
}

type Wishes = { seed?: number; objective?: Objective }
type Arguments = { input: string; out: string | undefined; format: Format; wishes: Wishes }

function readArguments(argv: string[]): Arguments {
  const { tokens } = parseArgs({
    args: argv,
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(FORMATS.map(name => [name, { type: 'boolean' as const }])),
      ...Object.fromEntries(VALUES.map(name => [name, { type: 'string' as const }]))
    }
  })
  const given = new Map<string, string>()
  const inputs: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') inputs.push(token.value)
    if (token.kind !== 'option') continue
    const { name, value, rawName: option } = token
    const valued = VALUES.some(known => known === name)
    if (!option.startsWith('--') || (!valued && !FORMATS.some(known => known === name))) {
      throw new BadInput('unknown_option', '', { option })
    }
    if (valued && (value === undefined || value === '')) throw new BadInput('option_without_value', '', { option })
    if (!valued && value !== undefined) throw new BadInput('option_with_value', '', { option })
    given.set(name, value ?? '')
  }
  const [input, ...more] = inputs
  if (input === undefined || more.length > 0) throw new BadInput('no_input')
  const formats = FORMATS.filter(format => given.has(format))
  if (formats.length > 1) throw new BadInput('formats')
  return { input, out: given.get('out'), format: formats[0] ?? 'json', wishes: wishesOf(given) }
}

function wishesOf(given: Map<string, string>): Wishes {
  const wishes: Wishes = {}
  const seed = given.get('seed')
  if (seed !== undefined) {
    if (!/^\d{1,15}$/.test(seed)) throw new BadInput('bad_seed', '--seed', { value: seed })
    wishes.seed = Number(seed)
  }
  const objective = given.get('objective')
  if (objective !== undefined) {
    const known = objectives.find(name => name === objective)
    if (!known) throw new BadInput('unknown_objective', '--objective', { choices: objectives.join(', ') })
    wishes.objective = known
  }
  return wishes
}

async function readInput(name: string, { stdin }: Io, say: Say): Promise<AssignmentInput> {
  const file = name === '-' ? say('assign.stdin') : name
  let value: unknown
  try {
    const bytes = name === '-' ? await buffer(stdin) : await readFile(name)
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (problem) {
    if (problem instanceof SyntaxError || problem instanceof TypeError) throw new BadInput('not_json', file)
    throw new BadInput('cannot_read', file, { why: (problem as NodeJS.ErrnoException).code ?? '?' })
  }
  try {
    return readAssignment(value)
  } catch (problem) {
    if (!(problem instanceof UnreadableAssignment)) throw problem
    const { code, at, ...facts } = problem.mistake
    throw new BadInput(code, at === '.' ? file : `${file}: ${at}`, { ...facts, choices: objectives.join(', ') })
  }
}

function written(input: AssignmentInput, result: AssignmentResult, format: Format, say: Say): string {
  if (format === 'json') return `${JSON.stringify(result, null, 2)}\n`
  if (format === 'table') return assignmentTable(input, result, say)
  // An identifier that begins like a formula must stay text in a spreadsheet.
  return stringify(assignmentRows(input, result), { escape_formulas: true })
}

async function write(text: string, out: string | undefined, { stdout }: Io): Promise<void> {
  if (out === undefined || out === '-') {
    stdout.write(text)
    return
  }
  try {
    await writeFile(out, text)
  } catch (problem) {
    throw new BadInput('cannot_write', out, { why: (problem as NodeJS.ErrnoException).code ?? '?' })
  }
}
