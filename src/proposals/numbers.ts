/** An exact decimal: `units` of 1 / 10^`decimals`. */
export type Decimal = { units: bigint; decimals: number }

/**
 * A number as people in the region type it: point or comma for decimals, spaces, points, commas or apostrophes between
 * thousands. `null` where it is none. A lone sign is a decimal sign; one that comes twice stands between thousands.
 */
export function decimalOf(text: string): Decimal | null {
  const compact = text.trim().replace(/[\s\u00a0\u202f'’]/g, '')
  if (!/^-?\d[\d.,]*$/.test(compact)) return null
  const last = Math.max(compact.lastIndexOf('.'), compact.lastIndexOf(','))
  const twice = last >= 0 && compact.indexOf(compact.charAt(last)) !== last
  const whole = last < 0 || twice ? compact : compact.slice(0, last)
  const fraction = last < 0 || twice ? '' : compact.slice(last + 1)
  if (!/^-?\d{1,3}([.,]\d{3})+$/.test(whole) && !/^-?\d+$/.test(whole)) return null
  const digits = whole.replace(/[.,]/g, '')
  if (digits.length > 15 || fraction.length > 6) return null
  return { units: BigInt(digits + fraction), decimals: fraction.length }
}

/**
 * An amount in hundredths; `null` where the text is no amount or has more than two decimals. Money has two decimals at
 * most, so three digits behind a lone sign are thousands: "1.500" is fifteen hundred.
 */
export function centsOf(text: string): bigint | null {
  const compact = text.trim().replace(/[\s\u00a0\u202f'’]/g, '')
  const read = decimalOf(/^-?\d{1,3}[.,]\d{3}$/.test(compact) ? compact.replace(/[.,]/, '') : compact)
  return read && read.decimals <= 2 ? read.units * 10n ** BigInt(2 - read.decimals) : null
}

/** Quantity × price in hundredths, rounded half up to a whole hundredth. */
export function productInCents(quantity: Decimal, cents: bigint): bigint {
  const scale = 10n ** BigInt(quantity.decimals)
  const exact = quantity.units * cents
  return exact >= 0n ? (exact + scale / 2n) / scale : -((-exact + scale / 2n) / scale)
}
