/** Where a value without parts stands: `['input', 'reviews', 3, 'juror']`. */
export type Place = readonly (string | number)[]

/** Every leaf of a plain value; an empty list or object is one too. */
export function leavesOf(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place]
  const parts: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return parts.length === 0 ? [place] : parts.flatMap(([key, part]) => leavesOf(part, [...place, key]))
}

export function leafAt(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], value)
}

/** The same value with one leaf changed, in a way that still looks like what stood there. */
export function tamperedAt<Value>(value: Value, place: Place): Value {
  const [key, ...rest] = place
  if (key === undefined) return otherThan(value) as Value
  const part = (value as Record<string | number, unknown>)[key]
  if (Array.isArray(value)) return value.with(key as number, tamperedAt(part, rest)) as Value
  return { ...value, [key]: tamperedAt(part, rest) }
}

function otherThan(leaf: unknown): unknown {
  if (typeof leaf === 'number') return leaf + 1
  if (typeof leaf === 'boolean') return !leaf
  if (leaf === null) return 1
  if (typeof leaf !== 'string') return Array.isArray(leaf) ? ['1'] : { other: '1' }
  // A digest stays one; the last sign of anything else becomes its neighbour.
  const last = leaf.at(-1) ?? ''
  const other = /[0-9a-f]/.test(last) ? (Number.parseInt(last, 16) ^ 1).toString(16) : `${last}x`
  return leaf.slice(0, -1) + other
}

/** `input.reviews[3].juror` */
export const written = (place: Place): string =>
  place.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
    ''
  )

/** The part of a bundle that a place is in: `input.reviews`. */
export const partOf = (place: Place): string => place.slice(0, place[0] === 'input' ? 2 : 1).join('.')
