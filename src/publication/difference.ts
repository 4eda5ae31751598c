/** One place where two values are not the same; `undefined` where one has nothing there. */
export type Difference = { path: string; one: unknown; other: unknown }

/** The first place, in the order of `one`, where two plain values differ; `null` where they are the same. */
export function firstDifference(one: unknown, other: unknown, path = ''): Difference | null {
  if (Object.is(one, other)) return null
  if (!isBranch(one) || !isBranch(other) || Array.isArray(one) !== Array.isArray(other)) return { path, one, other }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  for (const key of keys) {
    const under = Array.isArray(one) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const found = firstDifference(part(one, key), part(other, key), under)
    if (found) return found
  }
  return null
}

type Branch = Record<string, unknown>

const isBranch = (value: unknown): value is Branch => typeof value === 'object' && value !== null
const part = (branch: Branch, key: string) => (Object.hasOwn(branch, key) ? branch[key] : undefined)
