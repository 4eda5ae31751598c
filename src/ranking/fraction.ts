/** An exact fraction: n ÷ d, with d above zero. It need not be in lowest terms; compare with `compare`. */
export type Fraction = { readonly n: bigint; readonly d: bigint }

export const ZERO: Fraction = { n: 0n, d: 1n }

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

export function fraction(n: bigint | number, d: bigint | number = 1n): Fraction {
  const [top, bottom] = [BigInt(n), BigInt(d)]
  if (bottom === 0n) throw new RangeError('a fraction over zero')
  return bottom < 0n ? { n: -top, d: -bottom } : { n: top, d: bottom }
}

/** The exact value of a decimal numeral: `"4.50"`, `-0.5`, `1e-7`. A number means its shortest decimal form. `null`: no numeral. */
export function decimal(numeral: string | number): Fraction | null {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(String(numeral).trim())
  if (!parts) return null
  const [, sign, whole = '', part = '', exponent = '0'] = parts
  if (whole === '' && part === '') return null
  const digits = BigInt(whole + part) * (sign === '-' ? -1n : 1n)
  const places = part.length - Number(exponent)
  return places >= 0 ? { n: digits, d: 10n ** BigInt(places) } : { n: digits * 10n ** BigInt(-places), d: 1n }
}

/** As `decimal`, for numbers already known to be finite. */
export function exact(number: number): Fraction {
  const value = decimal(number)
  if (!value) throw new RangeError(`${number} is no finite number`)
  return value
}

export function add(a: Fraction, b: Fraction): Fraction {
  if (a.d === b.d) return { n: a.n + b.n, d: a.d }
  const shared = gcd(a.d, b.d)
  return { n: a.n * (b.d / shared) + b.n * (a.d / shared), d: (a.d / shared) * b.d }
}

export function negate(a: Fraction): Fraction {
  return { n: -a.n, d: a.d }
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  return add(a, negate(b))
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return { n: a.n * b.n, d: a.d * b.d }
}

export function divide(a: Fraction, b: Fraction): Fraction {
  return fraction(a.n * b.d, a.d * b.n)
}

/** Cross-multiplied whole numbers: 10/3 and 20/6 are level, which floats would not promise. */
export function compare(a: Fraction, b: Fraction): number {
  const [left, right] = a.d === b.d ? [a.n, b.n] : [a.n * b.d, b.n * a.d]
  return left < right ? -1 : left > right ? 1 : 0
}

export function sum([first = ZERO, ...rest]: readonly Fraction[]): Fraction {
  return rest.reduce(add, first)
}

export function mean(values: readonly Fraction[]): Fraction | null {
  if (values.length === 0) return null
  const { n, d } = sum(values)
  return { n, d: d * BigInt(values.length) }
}

export function reduce(a: Fraction): Fraction {
  const shared = gcd(a.n < 0n ? -a.n : a.n, a.d)
  return shared > 1n ? { n: a.n / shared, d: a.d / shared } : a
}

/** Half up: the nearest multiple of 10^-places, and of two equally near ones the greater (also below zero). */
export function roundHalfUp(a: Fraction, places: number): Fraction {
  const unit = 10n ** BigInt(places)
  return { n: floorDivide(2n * a.n * unit + a.d, 2n * a.d), d: unit }
}

/** Half up, printed with exactly so many decimals: `toFixed(1/3, 2)` is "0.33". */
export function toFixed(a: Fraction, places: number): string {
  const { n } = roundHalfUp(a, places)
  const digits = (n < 0n ? -n : n).toString().padStart(places + 1, '0')
  const cut = digits.length - places
  return (n < 0n ? '-' : '') + digits.slice(0, cut) + (places > 0 ? `.${digits.slice(cut)}` : '')
}

/** The double nearest to the fraction. */
export function toNumber(a: Fraction): number {
  const { n, d } = a.n <= SAFE && a.n >= -SAFE && a.d <= SAFE ? a : reduce(a)
  if (n <= SAFE && n >= -SAFE && d <= SAFE) return Number(n) / Number(d)
  return nearestDouble(n, d)
}

/** A figure that no fraction expresses takes part in comparisons after rounding to 1e-9. */
export function fromModel(value: number): Fraction {
  return reduce(roundHalfUp(exact(value), 9))
}

export function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n ? quotient - 1n : quotient
}

/** 64 or more significant bits and a sticky last one, so that the one rounding is that of BigInt to double. */
function nearestDouble(n: bigint, d: bigint): number {
  if (n < 0n) return -nearestDouble(-n, d)
  const shift = Math.max(0, 66 + d.toString(2).length - n.toString(2).length)
  const scaled = n << BigInt(shift)
  const quotient = scaled / d
  const sticky = quotient * d === scaled ? 0n : 1n
  return Number(quotient | sticky) * 2 ** -shift
}
