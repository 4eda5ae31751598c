import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * The order in which one juror reads: another for every juror, the same for one juror every time, so that no proposal is
 * read by everybody first or last.
 */
export function readingOrder<Item extends { id: string }>(jurorId: string, items: readonly Item[]): Item[] {
  return items
    .map(item => ({ item, place: bytesToHex(sha256(utf8ToBytes(`${jurorId} ${item.id}`))) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ item }) => item)
}
