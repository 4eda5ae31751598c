import MarkdownIt from 'markdown-it'
import { sentence } from '../i18n/catalogue.ts'
import { clockTime, longDate, money, offsetOf, plainNumber } from '../i18n/formats.ts'
import { inLanguage, localeOf } from '../i18n/languages.ts'
import type { Programme } from '../programmes/queries.ts'
import { rungOf } from '../ranking/rules.ts'
import type { PageOptions } from '../web/context.ts'
import { zoneName } from '../web/render.ts'
import type { StandingCall } from './queries.ts'
import type { CallRules } from './rules.ts'
import { leftUntil, type TimelineStep } from './telling.ts'

type Nav = NonNullable<PageOptions['nav']>

/** The places of an organiser in one call. `current` is the last part of the address, or `overview`. */
export function organiserNav(lang: string, call: Pick<StandingCall, 'slug' | 'seal'>, current: string): Nav {
  const places =
    call.seal === null ? ['overview', 'edit', 'check', 'jury'] : ['overview', 'proposals', 'jury', 'ranking', 'letters']
  const paths: Record<string, string> = { overview: '', edit: '/edit/texts' }
  return places.map(place => ({
    href: `/organise/${call.slug}${paths[place] ?? `/${place}`}`,
    label: sentence(lang, `calls.nav.${place}`),
    current: place === current
  }))
}

/** Where somebody reads what waits for a second person, and says yes to it. */
export function confirmationAt(slug: string, { id, action }: { id: string; action: string }): string {
  const places: Record<string, string> = { sign_off: 'sign-off', publication: 'publication' }
  return `/organise/${slug}/${places[action] ?? 'confirmations'}/${id}`
}

/** The places of the public in one call. */
export function publicNav(
  lang: string,
  call: Pick<StandingCall, 'slug' | 'state'>,
  current: 'call' | 'rules' | 'results'
): Nav {
  const published = call.state === 'final' || call.state === 'archived'
  const places = [
    { key: 'call', href: `/calls/${call.slug}` },
    { key: 'rules', href: `/calls/${call.slug}/rules` },
    ...(published ? [{ key: 'results', href: `/calls/${call.slug}/results` }] : [])
  ]
  return places.map(({ key, href }) => ({ href, label: sentence(lang, `calls.nav.${key}`), current: key === current }))
}

const markdown = new MarkdownIt({ html: false, linkify: true })
markdown.disable('image')
markdown.core.ruler.push('quiet_headings', state => {
  for (const token of state.tokens) {
    // The page has its h1, and our policy knows no styles in the text.
    if (token.tag === 'h1') token.tag = 'h2'
    const aligned = token.attrGet('style')
    if (aligned) {
      token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style')
      if (String(aligned).includes('right')) token.attrJoin('class', 'number')
    }
    if (token.tag === 'th' && token.nesting === 1) token.attrSet('scope', 'col')
  }
})

/** A text that organisers wrote, as HTML: Markdown without any HTML of their own. */
export const textHtml = (text: string): string => markdown.render(text)
export const lineHtml = (text: string): string => markdown.renderInline(text)

/** "7 days and 20 hours left" */
export function leftWords(lang: string, until: Date, now: Date): string {
  const left = leftUntil(until, now)
  if (!left) return ''
  const list = new Intl.ListFormat(localeOf(lang), { type: 'conjunction' })
  const unit = (key: 'days' | 'hours' | 'minutes') => sentence(lang, `calls.${key}`, { count: left[key] })
  const parts =
    left.days > 0
      ? [unit('days'), ...(left.hours > 0 ? [unit('hours')] : [])]
      : left.hours > 0
        ? [unit('hours'), ...(left.minutes > 0 ? [unit('minutes')] : [])]
        : [unit('minutes')]
  const most = left.days > 0 ? left.days : left.hours > 0 ? left.hours : left.minutes
  return sentence(lang, 'calls.left', { time: list.format(parts), count: most })
}

/** Whose clocks show the deadline's hour, and what the others show. The reader's own zone is always among them. */
export function zonesWords(
  lang: string,
  at: Date,
  rules: CallRules,
  programme: Programme,
  readerZone: string | null
): string {
  const zones = [
    ...new Set([rules.zone, ...programme.countries.map(({ zone }) => zone), ...(readerZone ? [readerZone] : [])])
  ]
  const byTime = Map.groupBy(zones, zone => offsetOf(at, zone))
  const list = new Intl.ListFormat(localeOf(lang), { type: 'conjunction' })
  const cities = (group: string[]) =>
    list.format(group.map(zone => cityName(lang, zone)).sort((a, b) => a.localeCompare(b, lang)))
  const here = offsetOf(at, rules.zone)
  const same = byTime.get(here) ?? [rules.zone]
  const others = [...byTime].filter(([offset]) => offset !== here).sort(([a], [b]) => b - a)
  return [
    same.length > 1
      ? sentence(lang, 'calls.zones_same', { cities: cities(same) })
      : sentence(lang, 'calls.zone_own', { zone: zoneName(lang, rules.zone) }),
    ...others.map(([, group]) =>
      sentence(lang, 'calls.zones_other', { time: clockTime(lang, at, group[0] ?? rules.zone), cities: cities(group) })
    )
  ].join(' ')
}

function cityName(lang: string, zone: string): string {
  try {
    return sentence(lang, `zone.city.${zone.replaceAll('/', '.')}`)
  } catch {
    return zone.split('/').pop()?.replaceAll('_', ' ') ?? zone
  }
}

const capital = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1)

/** A date slip: when, and what happens. */
export function timelineItems(
  lang: string,
  rules: CallRules,
  steps: TimelineStep[],
  said: (step: TimelineStep) => string | null = () => null
) {
  const { zone } = rules
  const whenOf = ({ key, state, from, at }: TimelineStep) => {
    const facts = { at: dayAndTime(lang, at, zone), from: from ? dayAndTime(lang, from, zone) : '' }
    if (state === 'now') return sentence(lang, 'calls.when.now', facts)
    if (key === 'reviewing' && from) return sentence(lang, 'calls.when.span', facts)
    return key === 'opened' || key === 'publication' || key === 'panel' || key === 'letters' || key === 'deadline'
      ? sentence(lang, 'calls.when.on', facts)
      : sentence(lang, 'calls.when.until', facts)
  }
  return steps.map(step => ({
    state: step.state,
    when: capital(whenOf(step)),
    what: said(step) ?? sentence(lang, `calls.step.${step.key}`)
  }))
}

/** "Friday 18 September 2026, 17:00" without the zone, which the page has said. */
export const dateTimeShort = (lang: string, at: Date, zone: string) =>
  sentence(lang, 'calls.date_time', { date: longDate(lang, at, zone), time: clockTime(lang, at, zone) })

/** "Friday 18 September, 17:00": in a row of dates the year goes without saying. */
function dayAndTime(lang: string, at: Date, zone: string): string {
  const day = new Intl.DateTimeFormat(localeOf(lang), {
    timeZone: zone,
    weekday: 'long',
    day: 'numeric',
    month: 'long'
  })
  return sentence(lang, 'calls.date_time', { date: day.format(at), time: clockTime(lang, at, zone) })
}

/** One rung of the ladder in words. */
export function rungWords(lang: string, step: string, rules: CallRules): string {
  const rung = rungOf(step)
  if (!rung) return step
  if (rung.kind === 'criterion') {
    const name = rules.rubric.criteria.find(({ id }) => id === rung.criterion)?.name
    return sentence(lang, 'calls.rung.criterion', { name: inLanguage(name, lang) || rung.criterion })
  }
  if (!('field' in rung)) return sentence(lang, `calls.rung.${rung.kind}`)
  if (rung.field === 'requested') return sentence(lang, `calls.rung.${rung.kind}_requested`)
  const field = rules.form.sections.flatMap(({ fields }) => fields).find(({ id }) => id === rung.field)
  return sentence(lang, `calls.rung.${rung.kind}`, { name: inLanguage(field?.label, lang) || rung.field })
}

/** How the winners are found, in sentences made of the sealed rules. */
export function judgingWords(
  lang: string,
  rules: CallRules
): { pass: string | null; ties: string; selection: string; reserve: string | null; money: string | null } {
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `calls.judging.${key}`, facts)
  const { rubric, ranking, awards, currency } = rules
  const figure = (value: number) => plainNumber(lang, value)
  const thresholds = rubric.criteria.map(({ threshold }) => threshold)
  const same = thresholds.every(threshold => threshold === thresholds[0]) ? thresholds[0] : undefined
  const needs = [
    ...(rubric.totalThreshold === undefined ? [] : [t('need_total', { total: figure(rubric.totalThreshold) })]),
    ...(same === undefined
      ? rubric.criteria
          .filter(({ threshold }) => threshold !== undefined)
          .map(({ name, threshold }) => t('need_one', { name: inLanguage(name, lang), least: figure(threshold ?? 0) }))
      : [t('need_each', { least: figure(same) })])
  ]
  const list = (parts: string[]) => new Intl.ListFormat(localeOf(lang), { type: 'conjunction' }).format(parts)
  const limits = awards.limits.flatMap(({ field, min, max }) => [
    ...(max === undefined ? [] : [t(`most_${field}`, { count: max })]),
    ...(min === undefined ? [] : [t(`least_${field}`, { count: min })])
  ])
  return {
    pass: needs.length > 0 ? t('pass', { needs: list(needs) }) : null,
    ties:
      ranking.tieLadder.length === 1 && ranking.tieLadder[0] === 'share'
        ? t('ties_shared')
        : t('ties', { steps: ranking.tieLadder.map(step => rungWords(lang, step, rules)).join(t('then')) }),
    selection: awards.seats
      ? t('seats', { count: awards.count, group: t(`seats_${awards.seats.field}`) })
      : limits.length > 0
        ? t('best_limited', { count: awards.count, limits: list(limits) })
        : t('best', { count: awards.count }),
    reserve: awards.seats
      ? awards.seats.reserve > 0
        ? t('reserve_seats', { count: awards.seats.reserve })
        : null
      : awards.reserve > 0
        ? t('reserve', { count: awards.reserve })
        : null,
    money: awards.amount
      ? [
          awards.amount.min > 0
            ? t('money_range', {
                min: money(lang, awards.amount.min, currency),
                max: money(lang, awards.amount.max, currency)
              })
            : t('money_max', { max: money(lang, awards.amount.max, currency) }),
          ...(awards.fund === null ? [] : [t('money_fund', { fund: money(lang, awards.fund, currency) })])
        ].join(' ')
      : null
  }
}
