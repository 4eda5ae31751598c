import type { Person } from '../../accounts/queries.ts'
import { statesFrom } from '../../calls/lifecycle.ts'
import { confirmationAt } from '../../calls/pages.ts'
import type { StandingCall } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { shortDate } from '../../i18n/formats.ts'
import { inLanguage, languageTaken } from '../../i18n/languages.ts'
import { dateTimeIn } from '../render.ts'
import type { Desk } from './queries.ts'

/** A line of the desk, as the record partial prints it; `urgent` ones are counted at the top. */
type Line = {
  mark: string
  markState: { state: string; text: string } | null
  heading: string
  headingLang: string | null
  href: string
  text: string
  progressText: string | null
  progressValue: number
  progressOf: number
  action: { href: string; text: string; main: boolean } | null
  urgent: boolean
}

const quiet = {
  markState: null,
  progressText: null,
  progressValue: 0,
  progressOf: 0,
  action: null,
  urgent: false
}

/** What is somebody's own here, and what to do next with it. */
export function deskPage(desk: Desk, person: Person, lang: string) {
  const say = (key: string, facts = {}) => sentence(lang, `accounts.desk.${key}`, facts)
  const proposals = desk.own.flatMap(own => proposalLine(desk, own, lang))
  const judging = desk.seats.flatMap(seat => seatLine(desk, seat, lang))
  const confirming = desk.waiting.flatMap(asked => waitingLine(desk, asked, lang))
  const open = openCalls(desk, lang)
  const organising = programmeGroups(desk, lang)
  const count = [...proposals, ...judging, ...confirming].filter(({ urgent }) => urgent).length
  const working = organising.length > 0 && desk.calls.some(({ state }) => state !== 'final' && state !== 'archived')
  const empty = [proposals, judging, confirming, open, organising].every(list => list.length === 0)
  return {
    title: say('title'),
    smallLine: say('hello', { name: person.name }),
    // What waits in a call stands on its overview: the desk does not promise a quiet day to whoever organises one.
    heading: empty || (count === 0 && working) ? say('title') : say('to_do', { count }),
    lede: count > 0 ? say('lede_some') : say('lede_none'),
    empty: empty && !person.administrator,
    confirming,
    proposals,
    judging,
    open,
    organising,
    mayFound: person.administrator && organising.length === 0
  }
}

const titled = (call: StandingCall, lang: string) => ({
  heading: inLanguage(call.texts.title, lang),
  headingLang: languageTaken(call.texts.title, lang)
})

function proposalLine(desk: Desk, own: Desk['own'][number], lang: string): Line[] {
  const call = desk.sealed.find(({ id }) => id === own.callId)
  if (!call) return []
  const say = (key: string, facts = {}) =>
    sentence(lang, `accounts.desk.${key}`, { call: inLanguage(call.texts.title, lang), ...facts })
  const on = (at: Date) => dateTimeIn(lang, at, call.rules.zone)
  const later = desk.later.get(call.id)
  const until = later && later > call.life.deadline ? later : call.life.deadline
  const writing = call.now <= until
  const title = typeof own.draft.title === 'string' ? own.draft.title.trim() : ''
  const href = `/proposals/${own.id}`
  const line = {
    ...quiet,
    mark: own.number ?? shortDate(lang, own.madeAt, call.rules.zone),
    heading: title || say('no_title'),
    headingLang: null,
    href
  }
  const word = (state: string, key: string) => ({ state, text: say(key) })
  if (own.withdrawnAt) return [{ ...line, markState: word('ahead', 'withdrawn'), text: say('withdrawn_note') }]
  if (!own.submittedAt) {
    return writing
      ? [
          {
            ...line,
            markState: word('now', 'draft'),
            text: say('draft_until', { deadline: on(until) }),
            action: { href: `${href}/edit`, text: say('go_on'), main: true },
            urgent: true
          }
        ]
      : [{ ...line, markState: word('bad', 'not_submitted'), text: say('draft_over') }]
  }
  const submitted = on(own.submittedAt)
  const sent = { ...line, markState: word('done', 'submitted') }
  if (writing)
    return [
      {
        ...sent,
        text: say('submitted_until', { submitted, deadline: on(until) }),
        action: { href, text: say('open'), main: false }
      }
    ]
  if (own.decided && call.life.decided.letters_released)
    return [
      {
        ...sent,
        text: say(statesFrom('final').includes(call.state) ? 'result_out' : 'decided'),
        action: { href: `${href}/result`, text: say('result'), main: false }
      }
    ]
  if (statesFrom('final').includes(call.state))
    return [
      {
        ...sent,
        text: say('result_out'),
        action: { href: `/calls/${call.slug}/results`, text: say('results'), main: false }
      }
    ]
  return [{ ...sent, text: say('submitted_on', { submitted }), action: { href, text: say('open'), main: false } }]
}

/** Calls that are open to this person and that they have not begun a proposal for. */
function openCalls(desk: Desk, lang: string): Line[] {
  return desk.sealed
    .filter(
      ({ id, state, rules }) =>
        state === 'open' &&
        (rules.applicants.who === 'anyone' || desk.listed.has(id)) &&
        !desk.own.some(own => own.callId === id && own.withdrawnAt === null) &&
        !desk.seats.some(({ callId }) => callId === id)
    )
    .map(call => ({
      ...quiet,
      mark: shortDate(lang, call.life.deadline, call.rules.zone),
      ...titled(call, lang),
      href: `/calls/${call.slug}`,
      text: sentence(lang, 'accounts.desk.call_until', {
        deadline: dateTimeIn(lang, call.life.deadline, call.rules.zone)
      }),
      action: { href: `/calls/${call.slug}`, text: sentence(lang, 'accounts.desk.look_and_apply'), main: false }
    }))
}

function seatLine(desk: Desk, { callId, chair, assigned, submitted }: Desk['seats'][number], lang: string): Line[] {
  const call = desk.sealed.find(({ id }) => id === callId)
  if (!call) return []
  const say = (key: string, facts = {}) => sentence(lang, `accounts.desk.${key}`, facts)
  const on = (at: Date) => dateTimeIn(lang, at, call.rules.zone)
  const { zone } = call.rules
  const href = `/jury/${call.slug}`
  const line = { ...quiet, ...titled(call, lang), href, mark: shortDate(lang, call.life.reviewingUntil, zone) }
  switch (call.state) {
    case 'declaring':
      return [
        {
          ...line,
          mark: shortDate(lang, call.life.declarationsUntil, zone),
          text: say('judging_declare', { until: on(call.life.declarationsUntil) }),
          action: { href, text: say('declare'), main: true },
          urgent: true
        }
      ]
    case 'assigning':
      return [{ ...line, text: say('judging_assigning') }]
    case 'reviewing': {
      const facts = { submitted, all: assigned, until: on(call.life.reviewingUntil) }
      if (assigned === 0) return [{ ...line, text: say('judging_wait') }]
      const done = submitted >= assigned
      return [
        {
          ...line,
          text: '',
          progressText: say(done ? 'judging_done' : 'judging_reviews', facts),
          progressValue: submitted,
          progressOf: assigned,
          action: { href, text: say('judge'), main: !done },
          urgent: !done
        }
      ]
    }
    case 'draft':
    case 'open':
    case 'closed':
    case 'screening':
      return [{ ...line, text: say('judging_wait') }]
    case 'panel':
      if (chair)
        return [
          {
            ...line,
            text: say('judging_panel'),
            action: { href: `/organise/${call.slug}/panel`, text: say('lead'), main: true },
            urgent: true
          }
        ]
      return [{ ...line, text: say('judging_over') }]
    default:
      return [{ ...line, text: say('judging_over') }]
  }
}

function waitingLine(desk: Desk, { callId, action, id }: Desk['waiting'][number], lang: string): Line[] {
  const call = desk.confirming.find(({ id }) => id === callId)
  if (!call) return []
  const say = (key: string, facts = {}) => sentence(lang, `accounts.desk.${key}`, facts)
  const href = confirmationAt(call.slug, { action, id })
  return [
    {
      ...quiet,
      mark: sentence(lang, `state.${call.state}`),
      ...titled(call, lang),
      href,
      text: say('confirm', { action: say(`action.${action}`) }),
      action: { href, text: say('look_and_confirm'), main: true },
      urgent: true
    }
  ]
}

/** Programmes with their calls, for whoever organises or audits them. */
function programmeGroups(desk: Desk, lang: string) {
  const say = (key: string) => sentence(lang, `accounts.desk.${key}`)
  return desk.programmes.map(programme => {
    const organises = desk.held.some(
      ({ programmeId, role, callId }) => programmeId === programme.id && role === 'organiser' && callId === null
    )
    return {
      name: inLanguage(programme.name, lang),
      nameLang: languageTaken(programme.name, lang),
      team: organises ? `/organise/programmes/${programme.slug}/team` : null,
      href: organises ? `/organise/programmes/${programme.slug}` : null,
      calls: desk.calls
        .filter(({ programmeId }) => programmeId === programme.id)
        .map(call => ({
          ...quiet,
          mark: sentence(lang, `state.${call.state}`),
          ...titled(call, lang),
          href: `/organise/${call.slug}`,
          text: '',
          action: { href: `/organise/${call.slug}`, text: say('to_call'), main: false }
        }))
    }
  })
}
