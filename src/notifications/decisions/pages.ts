import type { FastifyReply, FastifyRequest } from 'fastify'
import { organiserNav } from '../../calls/pages.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage, OWN_NAMES } from '../../i18n/languages.ts'
import { hiddenFrom } from '../../ranking/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { withheldWords } from '../../reviews/pages.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { dateTimeIn } from '../../web/render.ts'
import { withAddresses } from '../letter.ts'
import { type KeptLetter, STOPPED_BY_HAND } from '../queries.ts'
import { STOPPABLE } from './commands.ts'
import { type DecisionLetter, decisionLetterOf, decisionLetters } from './queries.ts'

const OUTCOMES = ['awarded', 'reserve', 'not_awarded', 'below_threshold'] as const

/** What each applicant will read, before and after it is let go. */
export async function showLetters(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const call = callOf(request)
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `decision.page.${key}`, facts)
  const { db } = request.server
  const [all, aside] = await Promise.all([decisionLetters(db, call.id), hiddenFrom(db, personOf(request).id, call)])
  const letters = all.filter(({ proposalId }) => !aside.has(proposalId))
  const going = all.filter(isGoing)
  const stopped = all.filter(isStopped)
  const released = call.life.decided.letters_released
  const organises = scope.is.has('organiser')
  const languages = [...new Set(letters.map(({ language }) => language))].sort()
  return reply.page(
    'notifications/decisions',
    {
      count: all.length,
      releasedAt: released ?? null,
      letters: letters.map(letter => ({ ...letter, number: letter.number ?? '' })),
      title: t('heading', { count: all.length }),
      withheld: withheldWords(lang, all.length - letters.length),
      smallLine: inLanguage(call.texts.title, lang),
      lede: released
        ? t('released', { at: dateTimeIn(lang, released, call.rules.zone) })
        : all.length > 0
          ? t('ready')
          : t('none'),
      slug: call.slug,
      mayPrepare: organises && all.length === 0 && call.state === 'decided',
      mayRelease: organises && all.length > 0 && !released && call.state === 'decided',
      mayStop: organises && going.length > 0 && STOPPABLE.includes(call.state),
      mayResume: organises && stopped.length > 0 && STOPPABLE.includes(call.state),
      stopped: stopped.length > 0 ? t('stopped', { count: stopped.length, sent: sentOf(all) }) : null,
      publication: released !== undefined && stopped.length === 0,
      counts: languages.map(language => ({
        language: OWN_NAMES[language] ?? language,
        languageCode: language,
        cells: OUTCOMES.map(outcome => ({
          label: t(`outcome.${outcome}`),
          count: letters.filter(letter => letter.outcome === outcome && letter.language === language).length
        }))
      })),
      heads: OUTCOMES.map(outcome => t(`outcome.${outcome}`)),
      groups: OUTCOMES.map(outcome => ({
        outcome,
        heading: t('group', {
          outcome: t(`outcome.${outcome}`),
          count: letters.filter(letter => letter.outcome === outcome).length
        }),
        letters: letters
          .filter(letter => letter.outcome === outcome)
          .map(letter => ({
            href: `/organise/${call.slug}/letters/${letter.id}`,
            number: letter.number ?? '',
            subject: letter.subject,
            language: letter.language,
            email: letter.email,
            ...stateOf(letter, lang, request.server.settings.smtpUrl !== undefined)
          }))
      })).filter(({ letters }) => letters.length > 0)
    },
    { nav: organiserNav(lang, call, 'letters') }
  )
}

const isGoing = ({ releasedAt, sentAt, stoppedAt }: DecisionLetter) => Boolean(releasedAt && !sentAt && !stoppedAt)
const isStopped = ({ trouble, sentAt }: DecisionLetter) => trouble === STOPPED_BY_HAND && !sentAt
const sentOf = (all: DecisionLetter[]) => all.filter(({ sentAt }) => sentAt).length

function stateOf({ releasedAt, sentAt, stoppedAt, trouble }: DecisionLetter, language: string, sends: boolean) {
  const [state, key] = sentAt
    ? ['done', 'sent']
    : trouble === 'replayed'
      ? ['ahead', 'replayed']
      : stoppedAt
        ? ['bad', trouble === STOPPED_BY_HAND ? 'stopped_by_hand' : 'stopped']
        : !releasedAt
          ? ['ahead', 'waiting']
          : ['now', sends ? 'released' : 'kept']
  return { state, stateText: sentence(language, `notifications.state.${key}`, { tries: 0 }) }
}

/** Before something that cannot be taken back: how many, in which languages. */
export async function showRelease(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `decision.page.${key}`, facts)
  const letters = await decisionLetters(request.server.db, call.id)
  if (letters.length === 0) throw new Refused({ code: 'letters_missing', count: 0 })
  return reply.page(
    'pages/confirmation',
    {
      title: t('release_heading', { count: letters.length }),
      smallLine: inLanguage(call.texts.title, lang),
      lede: '',
      errors: [],
      will: [
        t('release_will', { count: letters.length }),
        t('release_final'),
        ...(call.life.redressUntil
          ? [t('release_redress', { until: dateTimeIn(lang, call.life.redressUntil, call.rules.zone) })]
          : [])
      ],
      action: `/organise/${call.slug}/letters/release`,
      hidden: [],
      reason: null,
      button: t('release_button'),
      risk: true,
      keep: { href: `/organise/${call.slug}/letters`, text: t('release_keep') }
    },
    { nav: organiserNav(lang, call, 'letters') }
  )
}

/** Before stopping: how many it would catch, and how many have left already. */
export async function showStop(
  request: FastifyRequest,
  reply: FastifyReply,
  again: { mistakes: Mistake[] } | null = null
): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `decision.page.${key}`, facts)
  const letters = await decisionLetters(request.server.db, call.id)
  const count = letters.filter(isGoing).length
  if (count === 0) throw new Refused({ code: 'letters_left' })
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  return reply.page(
    'pages/confirmation',
    {
      title: t('stop_heading', { count }),
      smallLine: inLanguage(call.texts.title, lang),
      lede: '',
      errors,
      will: [t('stop_will', { count }), t('stop_sent', { count: sentOf(letters) }), t('stop_later')],
      action: `/organise/${call.slug}/letters/stop`,
      hidden: [],
      reason: {
        name: 'reason',
        label: t('stop_reason'),
        hint: t('stop_reason_hint'),
        value: typed(request).reason ?? '',
        error: errorOf.reason ?? '',
        optional: false
      },
      button: t('stop_button'),
      risk: true,
      keep: { href: `/organise/${call.slug}/letters`, text: t('stop_keep') }
    },
    { nav: organiserNav(lang, call, 'letters') }
  )
}

/** Before the stopped letters go after all. */
export async function showResumption(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `decision.page.${key}`, facts)
  const count = (await decisionLetters(request.server.db, call.id)).filter(isStopped).length
  if (count === 0) throw new Refused({ code: 'nothing_stopped' })
  return reply.page(
    'pages/confirmation',
    {
      title: t('resume_heading', { count }),
      smallLine: inLanguage(call.texts.title, lang),
      lede: '',
      errors: [],
      will: [t('release_will', { count }), t('release_final')],
      action: `/organise/${call.slug}/letters/resumption`,
      hidden: [],
      reason: null,
      button: t('resume_button'),
      risk: true,
      keep: { href: `/organise/${call.slug}/letters`, text: t('release_keep') }
    },
    { nav: organiserNav(lang, call, 'letters') }
  )
}

async function letterIn(request: FastifyRequest): Promise<KeptLetter> {
  const { letter } = request.params as { letter: string }
  const { db } = request.server
  const call = callOf(request)
  const [found, aside] = await Promise.all([
    decisionLetterOf(db, call.id, letter),
    hiddenFrom(db, personOf(request).id, call)
  ])
  if (!found || aside.has(found.proposalId ?? '')) throw new Refused({ code: 'not_found' })
  return found
}

export async function showLetter(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const letter = await letterIn(request)
  return reply.page(
    'notifications/decision',
    {
      id: letter.id,
      email: letter.email,
      subject: letter.subject,
      language: letter.language,
      title: letter.subject,
      titleLang: letter.language,
      smallLine: sentence(lang, 'notifications.to', { email: letter.email }),
      back: `/organise/${call.slug}/letters`,
      frame: letter.html === '' ? null : `/organise/${call.slug}/letters/${letter.id}/page`,
      letterText: withAddresses(letter.text, request.server.settings.baseUrl)
    },
    { nav: organiserNav(lang, call, 'letters') }
  )
}

/** Alone in its frame: its own styles, no scripts, no forms, no site around it. */
export async function sendLetterAlone(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { html } = await letterIn(request)
  if (html === '') throw new Refused({ code: 'not_found' })
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
    )
    .send(withAddresses(html, request.server.settings.baseUrl))
}
