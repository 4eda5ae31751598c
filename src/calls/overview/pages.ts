import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import { money, shortDate } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { countryName } from '../../programmes/countries.ts'
import { programmeShown } from '../../programmes/queries.ts'
import { callOf, personOf } from '../../web/context.ts'
import { dateTimeIn } from '../../web/render.ts'
import { aroundCall } from '../commands.ts'
import type { State } from '../lifecycle.ts'
import { gapsIn } from '../opening.ts'
import { leftWords, organiserNav, timelineItems } from '../pages.ts'
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

/** What needs the organiser now, where the call is in figures, and its life. */
export async function showOverview(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const { rules, life, state, now } = call
  const t: Said = (key, facts) => sentence(lang, `calls.${key}`, facts)
  const [figures, programme, waiting] = await Promise.all([
    figuresOf(db, call),
    programmeShown(db, call.programmeId),
    waitingFor(db, call.id)
  ])
  const around = await aroundCall(db, call, personOf(request).id)
  const left = call.seal === null ? gapsIn(rules, around).filter(({ stops }) => stops).length : 0
  const tasks = [
    ...waitingTasks(t, call, waiting, personOf(request).id),
    ...stateTasks(t, call, figures, left, lang)
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
          : t(`overview.${state}`, facts),
        ...(ends ? [t('overview.time', { left: leftWords(lang, ends, now) })] : []),
        t('overview.todo', { count: tasks.length })
      ].join(' '),
      tasks,
      figures: figureList(t, lang, call, figures, facts),
      progress: scope.interested
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
      isPublic: state !== 'draft',
      links: linksFor(t, call)
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
    href:
      action === 'opening' || action === 'rule_change'
        ? `/organise/${call.slug}/confirmations/${id}`
        : action === 'sign_off'
          ? `/organise/${call.slug}/ranking`
          : `/organise/${call.slug}/publication`,
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
        ? [task('silent', '/progress', { count: silent.length, names: silent.map(({ name }) => name).join(', ') })]
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

/** What an organiser may do at any time, away from the tasks. */
function linksFor(t: Said, call: StandingCall): { href: string; text: string }[] {
  const at = (path: string) => `/organise/${call.slug}${path}`
  if (call.seal === null) return [{ href: at('/preview'), text: t('link.preview') }]
  return [
    ...(call.state === 'draft' ? [] : [{ href: `/calls/${call.slug}`, text: t('link.public') }]),
    ...(['open', 'closed', 'screening'].includes(call.state)
      ? [{ href: at('/extensions'), text: t('link.extensions') }]
      : []),
    { href: at('/changes'), text: t('link.changes') },
    { href: at('/edit/texts'), text: t('link.texts') }
  ]
}
