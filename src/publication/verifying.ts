import { sealOf } from '../calls/rules.ts'
import { faultIn, type StoredEntry } from '../history/chain.ts'
import { BadInput } from '../ranking/badinput.ts'
import { inputHash, type RankInput } from '../ranking/input.ts'
import type { Ranking } from '../ranking/ranking.ts'
import { pathOf } from '../ranking/schema.ts'
import { sealedPart } from '../ranking/sealed.ts'
import { type Bundle, bundleDigest, bundleSchema } from './bundle.ts'
import { firstDifference } from './difference.ts'
import { outcomeIn, publicInput, rankedAnew } from './revealing.ts'

/** What the reader of a result holds beside the bundle: the values printed with the call and with the result. */
export type Given = { seal?: string | undefined; inputs?: string | undefined; head?: string | undefined }

/** In the order in which they are taken; the first that differs ends it. */
export const STEPS = [
  'form',
  'seal',
  'rules',
  'history',
  'inputs',
  'totals',
  'ranking',
  'ties',
  'draw',
  'selection',
  'labels',
  'signed',
  'digest'
] as const
export type StepName = (typeof STEPS)[number]

/**
 * recomputed: worked out again and found the same · matched: and the same as a value given · compared: only the latter · absent: nothing of the kind
 * in this bundle · open: there, but not to be worked out, and no value was given to compare it with · differs.
 */
export type StepAnswer = 'recomputed' | 'matched' | 'compared' | 'absent' | 'open' | 'differs'
export type Step = { step: StepName; answer: StepAnswer; value?: string; count?: number }
/** `stated` is what the bundle says, `found` what was worked out or given. */
export type Mismatch = {
  step: StepName
  path: string
  stated: string
  found: string
  against: 'recomputed' | 'given' | 'form'
}
export type Verification = {
  answer: 'verified' | 'consistent' | 'differs'
  steps: Step[]
  difference: Mismatch | null
}

/** Works a published result out again, step by step, and compares. Pure: the command line and the browser run this. */
export function verified(value: unknown, given: Given = {}): Verification {
  const steps: Step[] = []
  try {
    const bundle = inForm(value)
    steps.push({ step: 'form', answer: 'recomputed' })
    const anew = once(() => rankedFrom(bundle))
    const outcome = once(() => outcomeIn(anew(), bundle.draw))
    for (const [step, take] of TAKEN) steps.push({ step, ...take({ bundle, given, anew, outcome }) })
  } catch (problem) {
    if (!(problem instanceof Differs)) throw problem
    const { mismatch } = problem
    return { answer: 'differs', steps: [...steps, { step: mismatch.step, answer: 'differs' }], difference: mismatch }
  }
  const compared = steps.some(({ answer }) => answer === 'compared' || answer === 'matched')
  return { answer: compared ? 'verified' : 'consistent', steps, difference: null }
}

/** Whether a value is a bundle of this version at all, whatever is wrong in it. */
export function isBundle(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    /^laurel-bundle-/.test(String((value as { format?: unknown }).format))
  )
}

class Differs extends Error {
  readonly mismatch: Mismatch

  constructor(mismatch: Mismatch) {
    super(`${mismatch.step}: ${mismatch.path}`)
    this.mismatch = mismatch
  }
}

/** The value of `make`, made when it is first asked for. */
function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

type Taking = { bundle: Bundle; given: Given; anew: () => Ranking; outcome: () => ReturnType<typeof outcomeIn> }
type Taken = Omit<Step, 'step'>

const TAKEN: [StepName, (taking: Taking) => Taken][] = [
  ['seal', seal],
  ['rules', rules],
  ['history', history],
  ['inputs', inputs],
  ['totals', totals],
  ['ranking', ranking],
  ['ties', ties],
  ['draw', draw],
  ['selection', selection],
  ['labels', labels],
  ['signed', signed],
  ['digest', digest]
]

function inForm(value: unknown): Bundle {
  const read = bundleSchema.safeParse(value)
  // What is checked is what was written, not what a default would make of it.
  if (read.success) return value as Bundle
  const issue = read.error.issues[0]
  const path = pathOf('', issue?.path ?? [])
  const stated = (issue?.path ?? []).reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], value)
  throw new Differs({ step: 'form', path, stated: shown(stated), found: issue?.code ?? '', against: 'form' })
}

function seal({ bundle, given }: Taking): Taken {
  same('seal', 'seal', bundle.seal, sealOf(bundle.rules))
  return compared('seal', 'seal', bundle.seal, given.seal)
}

/** The input's scale, criteria and deciding rules are those of the sealed rules, and nothing else. */
function rules({ bundle }: Taking): Taken {
  const { scale, criteria, rules } = sealedPart(bundle.rules)
  const deciding = 'seats' in rules ? rules : { ...rules, seats: null }
  sameValue('rules', 'input.scale', bundle.input.scale, scale)
  sameValue('rules', 'input.criteria', bundle.input.criteria, criteria)
  sameValue('rules', 'input.rules', bundle.input.rules, deciding)
  return { answer: 'recomputed' }
}

function inputs({ bundle, given }: Taking): Taken {
  same('inputs', 'inputHash', bundle.inputHash, inputHash(bundle.input as RankInput))
  const printed = bundle.audience === 'auditor' ? bundle.publicInputHash : bundle.inputHash
  // An auditor may hold either: the one on the results page, or the one on the page of the ranking.
  const held = given.inputs === bundle.inputHash ? bundle.inputHash : printed
  return compared(
    'inputs',
    held === printed && held !== bundle.inputHash ? 'publicInputHash' : 'inputHash',
    held,
    given.inputs
  )
}

function totals({ bundle, outcome }: Taking): Taken {
  const { ranking } = outcome()
  const figures = (rows: Bundle['ranking']) =>
    Object.fromEntries(
      rows.map(({ proposal, value, total, mean, reviews }) => [proposal, { value, total, mean, reviews }])
    )
  const found = figures(ranking)
  for (const [index, row] of bundle.ranking.entries()) {
    const { proposal, value, total, mean, reviews } = row
    const path = `ranking[${index}]`
    if (!Object.hasOwn(found, proposal)) differ('totals', `${path}.proposal`, proposal, ranking[index]?.proposal)
    sameValue('totals', path, { value, total, mean, reviews }, found[proposal])
  }
  return { answer: 'recomputed', count: bundle.ranking.length }
}

function ranking({ bundle, outcome }: Taking): Taken {
  sameValue('ranking', 'ranking', bundle.ranking, outcome().ranking)
  return { answer: 'recomputed', count: bundle.ranking.length }
}

function ties({ bundle, outcome }: Taking): Taken {
  sameValue('ties', 'ties', bundle.ties, outcome().ties)
  return bundle.ties.length > 0 ? { answer: 'recomputed', count: bundle.ties.length } : { answer: 'absent' }
}

function draw({ bundle, outcome }: Taking): Taken {
  if (!bundle.draw) return { answer: 'absent' }
  sameValue('draw', 'draw', bundle.draw, outcome().draw)
  return { answer: 'recomputed', value: bundle.draw.public }
}

function selection({ bundle, outcome }: Taking): Taken {
  sameValue('selection', 'selection', bundle.selection, outcome().selection)
  return { answer: 'recomputed', count: bundle.selection.awarded.length }
}

/** The auditor's input under the labels of the public one is the public input. */
function labels({ bundle, anew }: Taking): Taken {
  if (bundle.audience !== 'auditor') return { answer: 'absent' }
  let found = ''
  try {
    found = inputHash(publicInput(anew(), bundle.labels))
  } catch {
    // A label is missing.
  }
  same('labels', 'publicInputHash', bundle.publicInputHash, found)
  return { answer: 'recomputed', count: bundle.labels.length }
}

function history({ bundle, given }: Taking): Taken {
  if (bundle.audience !== 'auditor') {
    const taken = compared('history', 'historyHead', bundle.historyHead, given.head)
    return { ...taken, answer: taken.answer === 'matched' ? 'compared' : 'open' }
  }
  const entries = bundle.history as StoredEntry[]
  const fault = faultIn(entries)
  if (fault) {
    const at = entries.findIndex(({ chain, position }) => chain === fault.chain && position === fault.position)
    differ('history', `history[${at}]`, fault.fault, 'hash')
  }
  same('history', 'historyHead', bundle.historyHead, entries.at(-1)?.hash ?? '')
  const taken = compared('history', 'historyHead', bundle.historyHead, given.head)
  return { ...taken, count: entries.length }
}

/** What the history says of the rules, the ranking and the decision is what the bundle holds. */
function signed({ bundle }: Taking): Taken {
  if (bundle.audience !== 'auditor') return { answer: 'absent' }
  const last = (...kinds: string[]) => bundle.history.findLast(({ what }) => kinds.includes(what))?.facts ?? {}
  same('signed', 'call', bundle.call, String(last('call.drafted').slug))
  same('signed', 'seal', bundle.seal, String(last('call.opened', 'call.rules_changed').seal))
  const frozen = last('ranking.frozen', 'ranking.drawn')
  same('signed', 'inputHash', bundle.inputHash, String(frozen.inputHash))
  same('signed', 'software', bundle.software, String(frozen.software))
  const held = (frozen.draw ?? null) as { seal: string; public: string } | null
  sameValue('signed', 'draw', bundle.draw && { seal: bundle.draw.seal, public: bundle.draw.public }, held)
  sameValue('signed', 'selection.awarded', bundle.selection.awarded, last('decision.signed').awarded)
  return { answer: 'recomputed' }
}

function digest({ bundle }: Taking): Taken {
  same('digest', 'digest', bundle.digest, bundleDigest(bundle))
  return { answer: 'recomputed', value: bundle.digest }
}

function rankedFrom({ input, draw, software }: Bundle): Ranking {
  try {
    return rankedAnew(input as RankInput, { draw, software })
  } catch (problem) {
    if (!(problem instanceof BadInput)) throw problem
    const { place, facts, code } = problem
    return differ('totals', place.path ? `input.${place.path}` : 'input', facts.value ?? '', code)
  }
}

function compared(step: StepName, path: string, stated: string, given: string | undefined): Taken {
  if (given === undefined) return { answer: 'recomputed', value: stated }
  if (given !== stated) throw new Differs({ step, path, stated, found: given, against: 'given' })
  return { answer: 'matched', value: stated }
}

function same(step: StepName, path: string, stated: string, found: string): void {
  if (stated !== found) differ(step, path, stated, found)
}

function sameValue(step: StepName, path: string, stated: unknown, found: unknown): void {
  const other = firstDifference(stated, found, path)
  if (other) differ(step, other.path, other.one, other.other)
}

function differ(step: StepName, path: string, stated: unknown, found: unknown): never {
  throw new Differs({ step, path, stated: shown(stated), found: shown(found), against: 'recomputed' })
}

/** Short enough for one line. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
