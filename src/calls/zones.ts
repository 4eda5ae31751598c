/** What somebody reads off a wall clock: "2026-09-18" and "17:00". */
export type Local = { day: string; time: string }

/** Whether this is a zone that clocks know: "Europe/Sofia". */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone !== ''
  } catch {
    return false
  }
}

/** How the wall clock of a zone shows an instant. Seconds are left out, as people type none. */
export function localOf(at: Date, zone: string): Local {
  const wall = wallOf(at, zone)
  return { day: wall.slice(0, 10), time: wall.slice(11, 16) }
}

export type Instant =
  | { at: Date; offset: string }
  /** That hour is skipped when clocks go forward, comes twice when they go back, or is no time at all. */
  | { trouble: 'time_skipped' | 'time_twice' | 'not_a_time' }

/** The instant at which a zone's wall clock shows this day and time. Hours that come twice or never are not guessed. */
export function instantOf({ day, time }: Local, zone: string): Instant {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) return { trouble: 'not_a_time' }
  const asUtc = Date.parse(`${day}T${time}:00Z`)
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 10) !== day) return { trouble: 'not_a_time' }
  const wanted = `${day}T${time}:00`
  // Offsets around that day: with a change of clocks there are two, and either, both or neither may fit.
  const offsets = new Set([-DAY, 0, DAY].map(shift => offsetAt(new Date(asUtc + shift), zone)))
  const fitting = [...offsets].map(offset => new Date(asUtc - offset)).filter(at => wallOf(at, zone) === wanted)
  const [at, other] = fitting
  if (!at) return { trouble: 'time_skipped' }
  if (other) return { trouble: 'time_twice' }
  return { at, offset: written(asUtc - at.getTime()) }
}

/** The instant as rules state it: with the zone's offset, "2026-09-18T17:00:00+03:00". */
export function momentIn(at: Date, zone: string): string {
  return `${wallOf(at, zone)}${written(offsetAt(at, zone))}`
}

/** The day that a zone's calendar shows at an instant. */
export const dayIn = (at: Date, zone: string): string => wallOf(at, zone).slice(0, 10)

const DAY = 86_400_000

function offsetAt(at: Date, zone: string): number {
  return Date.parse(`${wallOf(at, zone)}Z`) - Math.floor(at.getTime() / 1000) * 1000
}

function wallOf(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23'
  }).formatToParts(at)
  const of = (type: string) => parts.find(part => part.type === type)?.value ?? '00'
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}`
}

function written(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
