import type { CallRules } from '../calls/rules.ts'
import type { StoredEntry } from '../history/chain.ts'
import { inputHash, type RankInput } from '../ranking/input.ts'
import type { Ranking } from '../ranking/ranking.ts'
import { needsJurors } from '../ranking/sealed.ts'
import { type AuditorsBundle, BUNDLE_FORMAT, bundleDigest, type Label, type PublicBundle } from './bundle.ts'
import { firstDifference } from './difference.ts'
import { type HeldDraw, outcomeIn, publicInput, rankedAnew, taking } from './revealing.ts'

export type Frozen = {
  call: string
  seal: string
  rules: CallRules
  software: string
  draw: HeldDraw
  /** The signed run, from its full input. */
  ranking: Ranking
  labels: readonly Label[]
  historyHead: string
}

/** One pseudonym for each juror, only where the method compares jurors and the call said so when it opened. */
export const linksJurors = ({ ranking, publication }: CallRules): boolean =>
  needsJurors(ranking.method) && publication.jurors === 'pseudonyms'

/** Pairs whose labels are to be drawn: each review that counts, or, with pseudonyms, each juror. */
export function toLabel(rules: CallRules, input: RankInput): { proposal: string; juror: string }[][] {
  const pairs = taking(input).map(({ proposal, juror }) => ({ proposal, juror }))
  if (!linksJurors(rules)) return pairs.map(pair => [pair])
  return [...new Set(pairs.map(({ juror }) => juror))].map(one => pairs.filter(({ juror }) => juror === one))
}

/** Labels for pairs in an order that was drawn by lot: the lot decides, and nothing here. */
export function labelled(drawn: readonly { proposal: string; juror: string }[][], letter: 'R' | 'S'): Label[] {
  const digits = Math.max(2, String(drawn.length).length)
  return drawn.flatMap((pairs, index) =>
    pairs.map(pair => ({ ...pair, label: `${letter}${String(index + 1).padStart(digits, '0')}` }))
  )
}

/** What is published with a result. Throws where what the public may see does not lead to what was signed. */
export function makePublicBundle(frozen: Frozen): PublicBundle {
  const { ranking, draw, software } = frozen
  const input = publicInput(ranking, frozen.labels)
  const outcome = outcomeIn(rankedAnew(input, { draw, software }), draw)
  const other = firstDifference(outcomeIn(ranking, draw), outcome)
  if (other) throw new Error(`The public bundle would not lead to the signed result: ${other.path}`)
  return withDigest({ audience: 'public', ...headOf(frozen), input, inputHash: inputHash(input), ...outcome })
}

/** The same for auditors: the input as it was frozen, and the history up to the publication. */
export function makeAuditorsBundle(frozen: Frozen, history: readonly StoredEntry[]): AuditorsBundle {
  const { ranking, labels, draw } = frozen
  const { input } = ranking.list
  return withDigest({
    audience: 'auditor',
    ...headOf(frozen),
    input,
    inputHash: inputHash(input),
    ...outcomeIn(ranking, draw),
    publicInputHash: inputHash(publicInput(ranking, labels)),
    labels: [...labels],
    history: [...history]
  })
}

const headOf = ({ call, seal, rules, software, historyHead }: Frozen) => ({
  format: BUNDLE_FORMAT,
  call,
  seal,
  rules,
  software,
  historyHead
})

function withDigest<Made extends PublicBundle | AuditorsBundle>(made: object): Made {
  const kept = JSON.parse(JSON.stringify(made))
  return { ...kept, digest: bundleDigest(kept) }
}
