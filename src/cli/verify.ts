import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { sentence } from '../i18n/catalogue.ts'
import { BUNDLE_FORMAT } from '../publication/bundle.ts'
import { givenFrom, VALUES } from '../publication/given.ts'
import { type Given, isBundle, type Step, type Verification, verified } from '../publication/verifying.ts'
import { languageOf, oneLine } from './terminal.ts'

export type Io = { stdin: NodeJS.ReadableStream; stdout: NodeJS.WritableStream; stderr: NodeJS.WritableStream }
type Say = (key: string, facts?: Record<string, string | number>) => string

/** What stops the command: where, a code (`verify.bad.<code>`) and facts. */
class BadInput extends Error {
  readonly code: string
  readonly place: string
  readonly facts: Record<string, string>

  constructor(code: string, place = '', facts: Record<string, string> = {}) {
    super(`${place}: ${code}`)
    this.code = code
    this.place = place
    this.facts = facts
  }
}

/**
 * `laurel verify`: works a published result out again and compares. No server, no database. Exit code 0 verified or
 * consistent, 1 something differs, 2 bad input with one line.
 */
export async function verify(argv: string[], io: Io): Promise<number> {
  const language = languageOf(process.env)
  const say: Say = (key, facts) => sentence(language, `verify.${key}`, facts)
  try {
    const { input, json, given } = readArguments(argv)
    const verification = verified(await readBundle(input, io.stdin), given)
    io.stdout.write(json ? `${JSON.stringify(verification, null, 2)}\n` : printed(verification, say))
    return verification.answer === 'differs' ? 1 : 0
  } catch (problem) {
    if (!(problem instanceof BadInput)) throw problem
    const { code, place, facts } = problem
    const what = say(`bad.${code}`, facts)
    io.stderr.write(`laurel verify: ${oneLine(place === '' ? what : `${place}: ${what}`)}\n`)
    return 2
  }
}

function readArguments(argv: string[]): { input: string; json: boolean; given: Given } {
  const { tokens } = parseArgs({
    args: argv,
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      json: { type: 'boolean' },
      ...Object.fromEntries(VALUES.map(name => [name, { type: 'string' as const }]))
    }
  })
  const typed: Partial<Record<keyof Given, string>> = {}
  const inputs: string[] = []
  let json = false
  for (const token of tokens) {
    if (token.kind === 'positional') inputs.push(token.value)
    if (token.kind !== 'option') continue
    const { name, value, rawName: option } = token
    const valued = VALUES.find(known => known === name)
    if (!option.startsWith('--') || (!valued && name !== 'json')) throw new BadInput('unknown_option', '', { option })
    if (valued && (value === undefined || value.trim() === ''))
      throw new BadInput('option_without_value', '', { option })
    if (!valued && value !== undefined) throw new BadInput('option_with_value', '', { option })
    if (valued && value) typed[valued] = value
    else json = true
  }
  const [input, ...more] = inputs
  if (input === undefined || more.length > 0) throw new BadInput('no_input')
  const { given, wrong } = givenFrom(typed)
  const [first] = wrong
  if (first) throw new BadInput('no_digest', `--${first}`, { value: typed[first] ?? '' })
  return { input, json, given }
}

async function readBundle(name: string, stdin: Io['stdin']): Promise<unknown> {
  const place = name === '-' ? '' : name
  const value = inJson(await bytesOf(name, stdin), place)
  if (!isBundle(value)) throw new BadInput('no_bundle', place, { format: BUNDLE_FORMAT })
  const { format } = value as { format: string }
  if (format !== BUNDLE_FORMAT) throw new BadInput('other_version', place, { format, known: BUNDLE_FORMAT })
  return value
}

async function bytesOf(name: string, stdin: Io['stdin']): Promise<Buffer> {
  if (name === '-') return buffer(stdin)
  try {
    return await readFile(name)
  } catch (problem) {
    throw new BadInput('cannot_read', name, { why: (problem as NodeJS.ErrnoException).code ?? '?' })
  }
}

function inJson(bytes: Buffer, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new BadInput('no_json', place)
  }
}

/** A line for each step, then the answer. */
function printed({ answer, steps, difference }: Verification, say: Say): string {
  const names = steps.map(({ step }) => say(`step.${step}`))
  const width = Math.max(...names.map(name => [...name].length))
  const lines = steps.map((step, index) => {
    const name = names[index] ?? ''
    return `${name}${' '.repeat(width - [...name].length)}  ${answerOf(step, say)}${step.value ? `  ${step.value}` : ''}`
  })
  return [
    ...lines,
    '',
    `${answer}: ${say(`answer.${answer}`)}`,
    ...(difference ? [differing(difference, say)] : []),
    ''
  ]
    .map(oneLine)
    .join('\n')
}

function answerOf({ step, answer, count = 0 }: Step, say: Say): string {
  if (answer === 'absent') return say(`absent.${step}`)
  const words = say(`is.${answer}`)
  return count > 0 ? `${words} (${count})` : words
}

function differing({ path, stated, found, against }: NonNullable<Verification['difference']>, say: Say): string {
  return say(`difference.${against}`, { path: path === '' ? '.' : path, stated, found })
}
