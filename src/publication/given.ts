import type { Given } from './verifying.ts'

/** The values that a reader of a result may hold, in the order in which pages print them. */
export const VALUES = ['seal', 'inputs', 'head'] as const

/**
 * A digest as somebody typed or copied it: in groups, in capitals, with or without the name of its algorithm. `null` where
 * it is none.
 */
export function digestIn(text: string): string | null {
  const plain = text
    .replaceAll(/\s/g, '')
    .toLowerCase()
    .replace(/^sha-?256:/, '')
  return /^[0-9a-f]{64}$/.test(plain) ? plain : null
}

/** The values in the form in which a bundle states them; what was left empty is not given. */
export function givenFrom(typed: Partial<Record<keyof Given, string>>): { given: Given; wrong: (keyof Given)[] } {
  const given: Given = {}
  const wrong: (keyof Given)[] = []
  for (const name of VALUES) {
    const text = typed[name]?.trim() ?? ''
    if (text === '') continue
    const digest = digestIn(text)
    if (digest === null) wrong.push(name)
    else given[name] = name === 'inputs' ? `sha256:${digest}` : digest
  }
  return { given, wrong }
}
