import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import { money, shortDate } from '../../i18n/formats.ts'
import { inLanguage, localeOf } from '../../i18n/languages.ts'
import { countryName } from '../../programmes/countries.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { hiddenFrom } from '../../ranking/queries.ts'
import { callOf, personOf } from '../../web/context.ts'
import { dateTimeIn } from '../../web/render.ts'
import { aroundCall } from '../commands.ts'
import { type State, statesFrom } from '../lifecycle.ts'
import { gapsIn } from '../opening.ts'
import { confirmationAt, leftWords, organiserNav, timelineItems } from '../pages.ts'
import { type StandingCall, waitingFor } from '../queries.ts'
import { timelineOf } from '../telling.ts'
import { type Figures, figuresOf } from './queries.ts'

type Said = (key: string, facts?: Record<string, unknown>) => string
type Task = {
  when: string
  state: 'warn' | 'now'
  word: string
  heading: string
  text: string
  href: string
  action: string
  main: boolean
}

/** From when on the overview tells of the judging. */
const JUDGING = statesFrom('declaring', 'redress')

/** What needs the organiser now, where the call is in figures, and its life. */
export async function showOverview(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const { rules, life, state, now } = call
  const t: Said = (key, facts) => sentence(lang, `calls.${key}`, facts)
  const [figures, programme, waiting] = await Promise.all([
    hiddenFrom(db, personOf(request).id, call).then(aside => figuresOf(db, call, aside)),
    programmeOfCall(db, call),
    waitingFor(db, call.id)
  ])
  const around = await aroundCall(db, call, personOf(request).id)
  const left = call.seal === null ? gapsIn(rules, around).filter(({ stops }) => stops).length : 0
  // Whoever applied here, or stands aside, finds nothing behind these: neither a task nor what it would tell.
  const apart = scope.interested && !statesFrom('final').includes(state)
  const seen = waiting.filter(({ action }) => !apart || action === 'opening' || action === 'rule_change')
  const tasks = [
    ...waitingTasks(t, call, seen, personOf(request).id),
    ...(apart ? [] : stateTasks(t, call, figures, left, lang))
  ].map((task, index) => ({
    ...task,
    main: index === 0
  }))
  const { progress } = figures
  const sum = (key: 'assigned' | 'submitted') => progress.reduce((total, juror) => total + juror[key], 0)
  const facts = {
    submitted: sum('submitted'),
    assigned: sum('assigned'),
    begun: figures.begun,
    proposals: figures.submitted
  }
  const sealedNotOpen = call.seal !== null && state === 'draft'
  const ends = {
    open: life.deadline,
    reviewing: life.reviewingUntil,
    declaring: life.declarationsUntil,
    redress: life.redressUntil
  }[state as string]
  return reply.page(
    'calls/overview',
    {
      title: inLanguage(call.texts.title, lang) || call.slug,
      smallLine: dateTimeIn(lang, now, rules.zone),
      lede: [
        sealedNotOpen
          ? t('overview.sealed', { at: dateTimeIn(lang, life.opensAt, rules.zone) })
          : apart && JUDGING.includes(state)
            ? t('overview.apart')
            : t(`overview.${state}`, facts),
        ...(ends ? [t('overview.time', { left: leftWords(lang, ends, now) })] : []),
        t('overview.todo', { count: tasks.length })
      ].join(' '),
      tasks,
      figures: apart ? [] : figureList(t, lang, call, figures, facts),
      progress: apart
        ? []
        : progress.map(({ name, country, assigned, submitted }) => ({
            name,
            country: country ? countryName(lang, country, programme?.countries) : '',
            words: t('overview.of', { submitted, assigned }),
            value: submitted,
            of: Math.max(assigned, 1),
            all: assigned > 0 && submitted === assigned
          })),
      hiddenScores: state === 'reviewing' || state === 'assigning' || state === 'declaring',
      timeline: timelineItems(lang, rules, timelineOf(rules, life, state, now)),
      sealed:
        call.seal && life.decided.opened
          ? t('overview.sealed_on', { day: shortDate(lang, life.decided.opened, rules.zone) })
          : null,
      slug: call.slug,
      standing: state,
      version: call.version,
      sealHash: call.seal,
      now,
      life,
      waiting: seen.map(({ id, action, askedByName }) => ({ id, action, askedByName })),
      isPublic: state !== 'draft',
      links: linksFor(t, call, { organises: scope.is.has('organiser'), apart })
    },
    { nav: organiserNav(lang, call, 'overview') }
  )
}

function waitingTasks(
  t: Said,
  call: StandingCall,
  waiting: Awaited<ReturnType<typeof waitingFor>>,
  personId: string
): Task[] {
  return waiting.map(({ id, action, askedBy, askedByName }) => ({
    when: t('overview.when_now'),
    state: 'now',
    word: t('overview.waits'),
    heading: t(`asked.${action}`, { title: call.slug }),
    text: askedBy === personId ? t('overview.you_asked') : t('overview.asked_you', { name: askedByName }),
    href: confirmationAt(call.slug, { action, id }),
    action: askedBy === personId ? t('overview.look') : t('overview.read_and_confirm'),
    main: false
  }))
}

function stateTasks(t: Said, call: StandingCall, figures: Figures, left: number, lang: string): Task[] {
  const { slug, rules, life } = call
  const by = (at: Date) => t('overview.by', { day: shortDate(lang, at, rules.zone) })
  const task = (
    key: string,
    path: string,
    facts: Record<string, unknown> = {},
    when = t('overview.when_now')
  ): Task => ({
    when,
    state: 'warn',
    word: t(`task.${key}_word`),
    heading: t(`task.${key}`, facts),
    text: t(`task.${key}_text`, facts),
    href: `/organise/${slug}${path}`,
    action: t(`task.${key}_action`),
    main: false
  })
  const listed = (names: string[]) => new Intl.ListFormat(localeOf(lang), { type: 'conjunction' }).format(names)
  const unscreened = figures.submitted - figures.screened
  const silent = figures.progress.filter(({ assigned, begun }) => assigned > 0 && begun === 0)
  const tasks: Partial<Record<State, Task[]>> = {
    draft: call.seal !== null ? [] : [left > 0 ? task('gaps', '/check', { count: left }) : task('open', '/check')],
    open: figures.jurors.invited === 0 ? [task('invite', '/jury', {}, by(life.deadline))] : [],
    closed: [],
    screening:
      unscreened > 0
        ? [task('screen', '/proposals', { count: unscreened }, by(new Date(rules.dates.screeningUntil)))]
        : [task('end_screening', '/proposals')],
    declaring: [
      ...(figures.undecided > 0 ? [task('conflicts', '/declarations', { count: figures.undecided })] : []),
      ...(figures.jurors.accepted === 0
        ? [task('invite', '/jury')]
        : [task('declarations', '/declarations', {}, by(life.declarationsUntil))])
    ],
    assigning: [
      ...(figures.undecided > 0 ? [task('conflicts', '/declarations', { count: figures.undecided })] : []),
      task('assign', '/assignment', {}, by(life.reviewingOpensAt))
    ],
    reviewing: [
      ...(figures.undecided > 0 ? [task('conflicts', '/declarations', { count: figures.undecided })] : []),
      ...(silent.length > 0
        ? [task('silent', '/progress', { count: silent.length, names: listed(silent.map(({ name }) => name)) })]
        : [])
    ],
    panel: [task('panel', '/panel'), task('freeze', '/ranking')],
    ranked: [task('sign_off', '/ranking')],
    decided: [task('letters', '/letters')],
    redress: [
      task(
        'publish',
        '/publication',
        {},
        life.redressUntil ? t('overview.after', { day: shortDate(lang, life.redressUntil, rules.zone) }) : ''
      )
    ]
  }
  return tasks[call.state] ?? []
}

function figureList(
  t: Said,
  lang: string,
  call: StandingCall,
  figures: Figures,
  facts: Record<string, number>
): { value: string; label: string }[] {
  const before = ['draft', 'open', 'closed'].includes(call.state)
  const { fund } = call.rules.awards
  return [
    ...(before ? [{ value: String(figures.begun), label: t('figure.begun') }] : []),
    { value: String(figures.submitted), label: t('figure.submitted') },
    ...(figures.screened > 0 ? [{ value: String(figures.eligible), label: t('figure.eligible') }] : []),
    ...(before
      ? [{ value: String(figures.jurors.accepted), label: t('figure.jurors', { invited: figures.jurors.invited }) }]
      : []),
    ...(facts.assigned ? [{ value: t('overview.of', facts), label: t('figure.reviews') }] : []),
    ...(figures.requested !== null && figures.submitted > 0
      ? [
          {
            value: money(lang, figures.requested, call.rules.currency),
            label:
              fund === null
                ? t('figure.requested')
                : t('figure.requested_of', { fund: money(lang, fund, call.rules.currency) })
          }
        ]
      : [])
  ]
}

/** Where else the call is shown, and what may be done at any time, away from the tasks. An auditor only reads. */
function linksFor(
  t: Said,
  call: StandingCall,
  { organises, apart }: { organises: boolean; apart: boolean }
): { href: string; text: string }[] {
  const at = (path: string) => `/organise/${call.slug}${path}`
  if (call.seal === null) return [{ href: at('/preview'), text: t('link.preview') }]
  const places: [string, State][] = [
    ['declarations', 'declaring'],
    ['assignment', 'declaring'],
    ['progress', 'assigning'],
    ['panel', 'panel'],
    ['publication', 'decided']
  ]
  const from = (first: State, last?: State) => statesFrom(first, last).includes(call.state)
  return [
    ...places.flatMap(([place, first]) =>
      !apart && from(first) ? [{ href: at(`/${place}`), text: t(`link.${place}`) }] : []
    ),
    ...(from('open') ? [{ href: `/calls/${call.slug}`, text: t('link.public') }] : []),
    ...(organises && !apart && from('open', 'screening')
      ? [{ href: at('/extensions'), text: t('link.extensions') }]
      : []),
    ...(organises ? [{ href: at('/changes'), text: t(from('open', 'panel') ? 'link.changes' : 'link.changed') }] : []),
    ...(organises && from('draft', 'panel') ? [{ href: at('/edit/texts'), text: t('link.texts') }] : [])
  ]
}
