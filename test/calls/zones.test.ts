import fc from 'fast-check'
import t from 'tap'
import { dayIn, instantOf, isZone, localOf, momentIn } from '../../src/calls/zones.ts'

const at = (day: string, time: string, zone: string) => {
  const instant = instantOf({ day, time }, zone)
  return 'trouble' in instant ? instant.trouble : `${instant.at.toISOString()} ${instant.offset}`
}

t.test('a wall clock means one instant, with the offset of that day', async t => {
  t.equal(at('2026-09-18', '17:00', 'Europe/Athens'), '2026-09-18T14:00:00.000Z +03:00')
  t.equal(at('2026-10-25', '23:59', 'Europe/Athens'), '2026-10-25T21:59:00.000Z +02:00')
  t.equal(at('2026-01-15', '00:00', 'UTC'), '2026-01-15T00:00:00.000Z +00:00')
  t.equal(at('2026-01-15', '09:30', 'America/St_Johns'), '2026-01-15T13:00:00.000Z -03:30')
})

t.test('an hour that is skipped or comes twice is told, not guessed', async t => {
  t.equal(at('2027-03-28', '03:30', 'Europe/Sofia'), 'time_skipped')
  t.equal(at('2026-10-25', '03:30', 'Europe/Sofia'), 'time_twice')
  t.equal(at('2026-10-25', '02:59', 'Europe/Sofia'), '2026-10-24T23:59:00.000Z +03:00')
  t.equal(at('2026-10-25', '04:00', 'Europe/Sofia'), '2026-10-25T02:00:00.000Z +02:00')
})

t.test('what is no day or no time is neither', async t => {
  for (const [day, time] of [
    ['2026-02-30', '10:00'],
    ['2026-13-01', '10:00'],
    ['18.09.2026', '10:00'],
    ['2026-09-18', '24:00'],
    ['2026-09-18', '5pm'],
    ['', '']
  ])
    t.equal(at(day ?? '', time ?? '', 'Europe/Sofia'), 'not_a_time', `${day} ${time}`)
  t.equal(isZone('Europe/Sofia'), true)
  t.equal(isZone('Sofia'), false)
  t.equal(isZone(''), false)
})

t.test('every minute is read back as it was shown, except where clocks repeat it', async () => {
  const zones = fc.constantFrom(
    'Europe/Sofia',
    'Europe/Belgrade',
    'Europe/London',
    'America/New_York',
    'Asia/Kathmandu'
  )
  const minutes = fc.integer({ min: Date.UTC(2025, 0) / 60_000, max: Date.UTC(2030, 0) / 60_000 })
  fc.assert(
    fc.property(zones, minutes, (zone, minute) => {
      const moment = new Date(minute * 60_000)
      const back = instantOf(localOf(moment, zone), zone)
      if ('trouble' in back) return back.trouble === 'time_twice'
      return back.at.getTime() === moment.getTime() && Date.parse(momentIn(moment, zone)) === moment.getTime()
    }),
    { seed: 20260918, numRuns: 500 }
  )
})

t.test('the day is the one of the zone', async t => {
  t.equal(dayIn(new Date('2026-10-29T22:30:00Z'), 'Europe/Sofia'), '2026-10-30')
  t.equal(dayIn(new Date('2026-10-29T22:30:00Z'), 'UTC'), '2026-10-29')
})
