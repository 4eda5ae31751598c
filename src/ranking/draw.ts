import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** The seal of the call's rules (hex) and the public value that came into being after the ranking was frozen. */
export type Draw = { seal: string; publicValue: string }

/** SHA-256, hex, of `seal:public:number`. Equal proposals stand in ascending order of it. */
export function drawHash({ seal, publicValue }: Draw, number: string): string {
  return bytesToHex(sha256(utf8ToBytes(`${seal}:${publicValue}:${number}`)))
}

/** The numbers in the order of the draw. Anybody can repeat it with a pocket calculator for SHA-256. */
export function drawn(draw: Draw, numbers: readonly string[]): string[] {
  const hash = new Map(numbers.map(number => [number, drawHash(draw, number)]))
  return [...numbers].sort((a, b) => inOrder(hash.get(a) ?? '', hash.get(b) ?? ''))
}

/** Plain order of code units, the same on every machine and in every language. */
export function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
