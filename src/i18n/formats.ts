import { localeOf } from './languages.ts'

const formatters = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()

function dateFormat(language: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([language, zone, options])
  let format = formatters.get(key) as Intl.DateTimeFormat | undefined
  if (!format) {
    format = new Intl.DateTimeFormat(localeOf(language), { timeZone: zone, ...options })
    formatters.set(key, format)
  }
  return format
}

function numberFormat(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(['n', language, options])
  let format = formatters.get(key) as Intl.NumberFormat | undefined
  if (!format) {
    format = new Intl.NumberFormat(localeOf(language), options)
    formatters.set(key, format)
  }
  return format
}

/** "Friday 18 September 2026" */
export function longDate(language: string, at: Date, zone: string): string {
  return dateFormat(language, zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    .format(at)
    .replace(',', '')
}

/** "18 September" */
export function shortDate(language: string, at: Date, zone: string): string {
  return dateFormat(language, zone, { day: 'numeric', month: 'long' }).format(at)
}

/** "17:00", or "17:00:05" where seconds decide */
export function clockTime(language: string, at: Date, zone: string, seconds = false): string {
  return dateFormat(language, zone, {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hour12: false
  }).format(at)
}

/** "3,618.00" · "3 618,00": as many decimals as asked for. */
export function plainNumber(language: string, value: number, decimals?: number): string {
  return numberFormat(
    language,
    decimals === undefined ? {} : { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  ).format(value)
}

/** "3,690 €": without decimals where there are none. Number and currency do not break. */
export function money(language: string, value: number, currency: string): string {
  const whole = Number.isInteger(value)
  return numberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: whole ? 0 : 2,
    maximumFractionDigits: 2
  })
    .format(value)
    .replaceAll(' ', '\u00a0')
}

export function percent(language: string, share: number, decimals = 0): string {
  return numberFormat(language, { style: 'percent', maximumFractionDigits: decimals }).format(share)
}

/** The offset of a zone from UTC at an instant, in minutes: two zones with the same one show the same time. */
export function offsetOf(at: Date, zone: string): number {
  const parts = Object.fromEntries(
    dateFormat('en', zone, {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23'
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)])
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - at.getTime()) / 60_000)
}
