import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toNumber } from '../../src/ranking/fraction.ts'
import { type RankInput, rankInput } from '../../src/ranking/input.ts'
import { type RankOptions, rankedList } from '../../src/ranking/rankedlist.ts'

const root = new URL('../../', import.meta.url)
const reference = process.env.LAUREL_REFERENCE ?? fileURLToPath(new URL('../shared/reference', root))

/** Cases of our own, beside the tests. */
export function ownCase(name: string) {
  return JSON.parse(readFileSync(new URL(`cases/${name}`, import.meta.url), 'utf8'))
}

/** Other people's data is read where it lies, and never copied here. */
export function outsideCase(name: string) {
  const path = `${reference}/aggregation/outside/${name}`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

export const OUTSIDE_ABSENT = 'no reference data: set LAUREL_REFERENCE to the folder that holds aggregation/outside'

export function exampleFile(name: string): { name: string; bytes: Uint8Array } {
  return { name, bytes: readFileSync(new URL(`src/programmes/example/${name}`, root)) }
}

/** Ranks by proposal, null where there is none. */
export function ranksOf(input: unknown, options: RankOptions = {}): Record<string, number | null> {
  return Object.fromEntries(listOf(input, options).rows.map(({ proposal, rank }) => [proposal.id, rank]))
}

export function valuesOf(input: unknown, options: RankOptions = {}): Record<string, number | null> {
  return Object.fromEntries(
    listOf(input, options).rows.map(({ proposal, value }) => [proposal.id, value && toNumber(value)])
  )
}

export function listOf(input: unknown, options: RankOptions = {}) {
  return rankedList(rankInput(input), options)
}

export type { RankInput }
