/** No 0 O 1 I L U: what is read aloud on the telephone must be heard right. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** How many random bytes `shortNumber` needs. */
export const NUMBER_BYTES = 5

/** A proposal's number for people: random and short, such as K7-4MX. The bytes come from outside: no chance in here. */
export function shortNumber(bytes: Uint8Array): string {
  const signs = [...bytes.slice(0, NUMBER_BYTES)].map(byte => ALPHABET[byte % ALPHABET.length])
  return `${signs.slice(0, 2).join('')}-${signs.slice(2).join('')}`
}
