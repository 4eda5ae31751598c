import { readFile, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { sentence } from '../i18n/catalogue.ts'
import { BadInput, type Place } from '../ranking/badinput.ts'
import { rankingCsv } from '../ranking/csv.ts'
import type { Draw } from '../ranking/draw.ts'
import { type GivenFile, readProposalList, readReviews, readRubric } from '../ranking/files.ts'
import { checked, combined, type RawInput } from '../ranking/input.ts'
import { USUAL_TRIM } from '../ranking/methods.ts'
import { rankingHtml, rankingTable, type Say } from '../ranking/printed.ts'
import type { RankOptions } from '../ranking/rankedlist.ts'
import { type Ranking, rankingOf } from '../ranking/ranking.ts'
import { methodNamed } from '../ranking/rules.ts'
import { languageOf, oneLine } from './terminal.ts'

export type Io = { stdin: NodeJS.ReadableStream; stdout: NodeJS.WritableStream; stderr: NodeJS.WritableStream }

const FORMATS = ['json', 'csv', 'table', 'html'] as const
type Format = (typeof FORMATS)[number]

/** Options whose answers need a model of proposals and jurors. */
const MODEL_OPTIONS = ['all', 'sensitivity', 'prior'] as const
const FLAGS = [...FORMATS, 'all', 'sensitivity'] as const
const VALUES = ['method', 'top', 'out', 'rubric', 'proposals', 'measure', 'prior', 'draw'] as const

/** `laurel rank`: scores in, ranked list out. No server, no database. Exit code 0 done, 2 bad input with one line. */
export async function rank(argv: string[], io: Io): Promise<number> {
  const language = languageOf(process.env)
  const say: Say = (key, facts) => sentence(language, key, facts)
  try {
    const { input, out, format, options, files } = readArguments(argv)
    const raw = await readFiles(input, files, io.stdin)
    const ranking = byMethod(raw, options, await ownVersion())
    await write(written(ranking, format, { say, language }), out, io)
    return 0
  } catch (problem) {
    if (!(problem instanceof BadInput)) throw problem
    io.stderr.write(`laurel rank: ${oneLine(badInputLine(problem, say))}\n`)
    return 2
  }
}

/** Who named no method must read that the default is meant, not a method never heard of. */
function byMethod(raw: RawInput, options: RankOptions, version: string): Ranking {
  try {
    return rankingOf(checked(raw), { ...options, version })
  } catch (problem) {
    const named = options.method ?? raw.rubric.rules?.method
    if (!(problem instanceof BadInput) || problem.code !== 'method_absent' || named !== undefined) throw problem
    throw new BadInput('method_by_default', problem.place, problem.facts)
  }
}

type Files = { rubric: string | undefined; proposals: string | undefined }
type Arguments = { input: string; out: string | undefined; format: Format; options: RankOptions; files: Files }

function readArguments(argv: string[]): Arguments {
  const { tokens } = parseArgs({
    args: argv,
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(FLAGS.map(name => [name, { type: 'boolean' as const }])),
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
    if (!option.startsWith('--') || (!valued && !FLAGS.some(known => known === name))) {
      throw new BadInput('unknown_option', {}, { option })
    }
    if (valued && (value === undefined || value === '')) throw new BadInput('option_without_value', {}, { option })
    if (!valued && value !== undefined) throw new BadInput('option_with_value', {}, { option })
    given.set(name, value ?? '')
  }
  const [input, ...more] = inputs
  if (input === undefined || more.length > 0) throw new BadInput('no_input', {})
  const formats = FORMATS.filter(format => given.has(format))
  if (formats.length > 1) throw new BadInput('formats', {})
  for (const name of MODEL_OPTIONS)
    if (given.has(name)) throw new BadInput('option_absent', {}, { option: `--${name}` })
  const method = given.get('method')
  return {
    input,
    out: given.get('out'),
    format: formats[0] ?? 'table',
    files: { rubric: given.get('rubric'), proposals: given.get('proposals') },
    options: {
      method: method === undefined ? undefined : methodNamed(method, { path: '--method' }),
      top: topOf(given.get('top')),
      trimmed: trimmedOf(given.get('measure')),
      draw: drawOf(given.get('draw'))
    }
  }
}

function topOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new BadInput('bad_top', { path: '--top' }, { value })
  return Number(value)
}

function trimmedOf(value: string | undefined): RankOptions['trimmed'] {
  if (value === undefined) return undefined
  const [, drop, keep] = /^trimmed:(\d{1,6})(?::([1-9]\d{0,5}))?$/.exec(value) ?? []
  if (drop === undefined) throw new BadInput('bad_measure', { path: '--measure' }, { value })
  return { drop: Number(drop), keep: keep === undefined ? USUAL_TRIM.keep : Number(keep) }
}

function drawOf(value: string | undefined): Draw | undefined {
  if (value === undefined) return undefined
  const [, seal, publicValue] = /^([0-9a-f]+):(.+)$/is.exec(value) ?? []
  if (seal === undefined || publicValue === undefined) throw new BadInput('bad_draw', { path: '--draw' }, { value })
  return { seal: seal.toLowerCase(), publicValue }
}

async function readFiles(input: string, files: Files, stdin: Io['stdin']): Promise<RawInput> {
  const names = [input, files.rubric, files.proposals]
  if (names.filter(name => name === '-').length > 1) throw new BadInput('stdin_twice', {})
  const rubric = files.rubric === undefined ? null : readRubric(await read(files.rubric, stdin))
  const proposals = files.proposals === undefined ? null : readProposalList(await read(files.proposals, stdin))
  return combined(readReviews(await read(input, stdin), rubric), rubric, proposals)
}

async function read(name: string, stdin: Io['stdin']): Promise<GivenFile> {
  if (name === '-') return { name, bytes: await buffer(stdin) }
  try {
    return { name, bytes: await readFile(name) }
  } catch (problem) {
    throw new BadInput('cannot_read', { file: name }, { why: (problem as NodeJS.ErrnoException).code ?? '?' })
  }
}

function written(ranking: Ranking, format: Format, { say, language }: { say: Say; language: string }): string {
  if (format === 'json') return `${JSON.stringify(ranking.result, null, 2)}\n`
  if (format === 'csv') return rankingCsv(ranking)
  return format === 'html' ? rankingHtml(ranking, say, language) : rankingTable(ranking, say)
}

async function write(text: string, out: string | undefined, { stdout }: Io): Promise<void> {
  if (out === undefined || out === '-') {
    stdout.write(text)
    return
  }
  try {
    await writeFile(out, text)
  } catch (problem) {
    throw new BadInput('cannot_write', { file: out }, { why: (problem as NodeJS.ErrnoException).code ?? '?' })
  }
}

/** `scores.csv, row 17, column need: "7" is outside the scale from 0 to 5`. */
export function badInputLine({ code, place, facts }: BadInput, say: Say): string {
  const where = placeParts(place, say).join(', ')
  const what = say(`rank.bad.${code}`, facts)
  return where === '' ? what : `${where}: ${what}`
}

function placeParts({ file, row, column, path, proposal, juror }: Place, say: Say): string[] {
  return [
    ...(file === undefined ? [] : [file === '-' ? say('rank.place.stdin') : file]),
    ...(row === undefined ? [] : [say('rank.place.row', { row })]),
    ...(column === undefined ? [] : [say('rank.place.column', { column })]),
    ...(path === undefined || path === '' ? [] : [path]),
    ...(proposal === undefined ? [] : [say('rank.place.proposal', { proposal })]),
    ...(juror === undefined ? [] : [say('rank.place.juror', { juror })])
  ]
}

async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(version)
}
