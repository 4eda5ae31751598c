import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'

/** What is hashed of an entry. Personal and free-text values stand in it only as salted digests. */
export type ChainedEntry = {
  chain: string
  position: number
  at: string
  what: string
  about: string | null
  byPerson: string | null
  facts: Record<string, unknown>
  digests: Record<string, string>
}

/** What the first entry of a chain has before it. */
export const GENESIS = '0'.repeat(64)

/** SHA-256(previous hash ‖ canonical entry), hex (design: history). */
export function entryHash(previousHash: string, entry: ChainedEntry): string {
  return bytesToHex(sha256(utf8ToBytes(previousHash + (canonicalize(entry) ?? ''))))
}

/** The digest that stands in an entry for a value that erasure may delete. */
export function saltedDigest(salt: string, value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(salt + (canonicalize(value) ?? 'null'))))
}

export type StoredEntry = ChainedEntry & { previousHash: string; hash: string }
export type ChainFault = { chain: string; position: number; fault: 'gap' | 'broken_link' | 'changed' }

/** The first place where a chain does not hold, entries in order of position; `null` when all of it does. */
export function faultIn(entries: readonly StoredEntry[]): ChainFault | null {
  let previous = GENESIS
  for (const [index, { previousHash, hash, ...entry }] of entries.entries()) {
    const place = { chain: entry.chain, position: entry.position }
    if (entry.position !== index + 1) return { ...place, fault: 'gap' }
    if (previousHash !== previous) return { ...place, fault: 'broken_link' }
    if (entryHash(previous, entry) !== hash) return { ...place, fault: 'changed' }
    previous = hash
  }
  return null
}
