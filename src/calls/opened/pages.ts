import type { FastifyReply, FastifyRequest } from 'fastify'
import { secondPersonOf } from '../../accounts/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage, OWN_NAMES } from '../../i18n/languages.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { readsAsTeam, teamNav } from '../../reviews/pages.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { dateTimeIn } from '../../web/render.ts'
import { inGroups } from '../../web/seal.ts'
import { CHANGING, changedDates, whyNotChange } from '../changing.ts'
import { aroundCall } from '../commands.ts'
import { whyNotConfirm } from '../confirming.ts'
import { DATES, flatOfDates } from '../editor/basics.ts'
import { type Control, fieldsFrom, row, withNames } from '../editor/controls.ts'
import { flatOf } from '../editor/pieces.ts'
import { type Gap, gapsIn } from '../opening.ts'
import { dateTimeShort, organiserNav, rungWords } from '../pages.ts'
import { applicantsOf, confirmationIn, extensionsOf, ruleChangesOf, type StandingCall, waitingFor } from '../queries.ts'
import { type CallRules, sealOf } from '../rules.ts'
import { callModel, ruleWords } from '../site/pages.ts'

type Said = (key: string, facts?: Record<string, unknown>) => string
type Again = { mistakes: Mistake[] } | null

const saying =
  (lang: string): Said =>
  (key, facts) =>
    sentence(lang, `calls.${key}`, facts)

/** The checklist before opening: everything that makes no sense, in words, linked to where it is mended. */
export async function showCheck(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const gaps = gapsIn(call.rules, await aroundCall(db, call, personOf(request).id))
  const waiting = (await waitingFor(db, call.id)).find(({ action }) => action === 'opening')
  const programme = await programmeOfCall(db, call)
  const said = (gap: Gap) => ({
    href:
      gap.section === 'team'
        ? `/organise/programmes/${programme?.slug ?? ''}`
        : `/organise/${call.slug}/edit/${gap.section}`,
    section: gap.section === 'team' ? t('section.team') : t(`section.${gap.section}`),
    text: gapWords(lang, call, gap)
  })
  const stops = gaps.filter(({ stops }) => stops).map(said)
  return reply.page(
    'calls/check',
    {
      title: stops.length > 0 ? t('check.not_ready', { count: stops.length }) : t('check.ready'),
      smallLine: inLanguage(call.texts.title, lang) || call.slug,
      lede:
        call.seal !== null ? t('check.sealed') : stops.length > 0 ? t('check.not_ready_lede') : t('check.ready_lede'),
      stops,
      looks: gaps.filter(({ stops }) => !stops).map(said),
      slug: call.slug,
      gaps,
      sealHash: sealOf(call.rules),
      mayAsk: call.seal === null && stops.length === 0 && !waiting && scope.is.has('organiser'),
      waiting: waiting ? `/organise/${call.slug}/confirmations/${waiting.id}` : null,
      single: programme?.singlePersonAt ? t('check.single') : null,
      seal: inGroups(sealOf(call.rules))
    },
    { nav: organiserNav(lang, call, 'check') }
  )
}

function gapWords(lang: string, { rules }: StandingCall, { section: _, code, stops: __, ...facts }: Gap): string {
  const t = saying(lang)
  const criterion = (id: unknown) =>
    inLanguage(rules.rubric.criteria.find(one => one.id === id)?.name, lang) || String(id)
  const field = (id: unknown) =>
    inLanguage(rules.form.sections.flatMap(({ fields }) => fields).find(one => one.id === id)?.label, lang) ||
    String(id)
  const spoken: Record<string, unknown> = {
    ...facts,
    name:
      code.startsWith('criterion') ||
      code === 'threshold_outside' ||
      code === 'levels_missing' ||
      code === 'look_in_nothing'
        ? criterion(facts.id)
        : field(facts.id),
    ...(facts.earlier ? { earlier: t(`date.${String(facts.earlier)}`), later: t(`date.${String(facts.later)}`) } : {}),
    ...(facts.deadline instanceof Date ? { deadline: dateTimeIn(lang, facts.deadline, rules.zone) } : {}),
    ...(facts.group ? { group: t(`group.${String(facts.group)}`) } : {}),
    ...(facts.step ? { step: rungWords(lang, String(facts.step), rules) } : {}),
    ...(Array.isArray(facts.levels) ? { levels: facts.levels.join(', ') } : {}),
    ...(Array.isArray(facts.fields) ? { fields: facts.fields.map(field).join(', ') } : {}),
    ...(Array.isArray(facts.languages)
      ? { languages: facts.languages.map(code => OWN_NAMES[String(code)] ?? code).join(', ') }
      : {})
  }
  return t(`gap.${code}`, spoken)
}

export async function showPreview(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = callOf(request)
  return reply.page('calls/call', await callModel(request, call, true), {
    nav: teamNav(request.lang, call, { scope: request.scope, current: 'preview' })
  })
}

/** What waits for a second person, or what they said yes to: exactly what will be sealed. */
export async function showConfirmation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const person = personOf(request)
  const t = saying(lang)
  const asked = await confirmationIn(db, call.id, (request.params as { confirmation: string }).confirmation)
  if (!asked || (asked.action !== 'opening' && asked.action !== 'rule_change')) throw new Refused({ code: 'not_found' })
  const [programme, second] = await Promise.all([programmeOfCall(db, call), secondPersonOf(db, person.id, call)])
  // A chair is shown this to say yes to it; one who applied is as little asked as anybody.
  if (!second && !readsAsTeam(scope)) throw new Refused({ code: 'not_found' })
  const rules = asked.payload.rules as CallRules
  const listed = asked.payload.listed as { count: number } | undefined
  const whyNot = whyNotConfirm(asked, { by: person.id, singlePerson: programme?.singlePersonAt != null })
  const at = (moment: string | undefined) =>
    moment ? dateTimeShort(lang, new Date(moment), rules.zone) : t('rules.none')
  return reply.page(
    'calls/confirmation',
    {
      title: t(`confirm.${asked.action}`, { title: inLanguage(call.texts.title, lang) || call.slug }),
      smallLine: t('confirm.asked_by', {
        name: asked.askedByName,
        at: dateTimeIn(lang, asked.askedAt, call.rules.zone)
      }),
      lede: t(`confirm.${asked.action}_lede`),
      id: asked.id,
      askedByName: asked.askedByName,
      askedAt: asked.askedAt,
      givenAt: asked.givenAt,
      withdrawnAt: asked.withdrawnAt,
      refusal: whyNot?.code ?? (second ? null : 'not_second'),
      sealHash: String(asked.payload.seal),
      told: { rules },
      action: asked.action,
      path: `/organise/${call.slug}/confirmations/${asked.id}`,
      reason: asked.reason || null,
      seal: inGroups(String(asked.payload.seal)),
      before: asked.action === 'rule_change' ? inGroups(String(asked.payload.from)) : null,
      changed:
        asked.action === 'rule_change'
          ? changedDates(call.rules, rules).map(key => ({
              what: t(`date.${key}`),
              before: at(call.rules.dates[key]),
              after: at(rules.dates[key])
            }))
          : [],
      listed: listed && listed.count > 0 ? t('who.listed', { count: listed.count }) : null,
      words: asked.action === 'opening' ? ruleWords(request, { rules }) : null,
      preview: asked.action === 'opening' ? `/organise/${call.slug}/preview` : null,
      mayConfirm: whyNot === null && second,
      mayWithdraw: asked.givenAt === null && asked.withdrawnAt === null && asked.askedBy === person.id,
      given: asked.givenAt ? t('confirm.given', { at: dateTimeIn(lang, asked.givenAt, call.rules.zone) }) : null,
      whyNot:
        asked.givenAt !== null
          ? null
          : whyNot
            ? t(`confirm.${whyNot.code}`)
            : second
              ? null
              : sentence(lang, 'awards.sign.not_second'),
      back: readsAsTeam(scope) ? `/organise/${call.slug}` : null
    },
    { nav: teamNav(lang, call, { scope, current: 'confirmation' }) }
  )
}

/** A later deadline, for all or for one applicant. */
export async function showExtensions(
  request: FastifyRequest,
  reply: FastifyReply,
  again: Again = null
): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values = again ? flatOf(request.body) : {}
  const fields = fieldsFrom({ values, errorOf })
  const [given, applicants] = await Promise.all([extensionsOf(db, call.id), applicantsOf(db, call.id)])
  const nameOf = new Map(applicants.map(({ personId, name }) => [personId, name]))
  const controls: Control[] = [
    fields.select(
      'person',
      t('extension.who'),
      applicants.map(({ personId, name, email }) => ({ value: personId, text: `${name} (${email})` })),
      { choose: t('extension.all'), hint: t('extension.who_hint') }
    ),
    row(
      t('extension.until'),
      [
        fields.line('until.day', t('dates.day'), { type: 'date', short: true }),
        fields.line('until.time', t('dates.time'), { type: 'time', short: true })
      ],
      t('extension.until_hint', { deadline: dateTimeIn(lang, call.life.deadline, call.rules.zone) })
    ),
    fields.area('reason', t('extension.reason'), { rows: 3, hint: t('extension.reason_hint') })
  ]
  return reply.page(
    'calls/extensions',
    {
      title: t('extension.heading'),
      smallLine: inLanguage(call.texts.title, lang),
      lede: t('extension.lede'),
      errors: withNames(errors, controls),
      deadline: call.life.deadline,
      extensions: given.map(({ personId, until, reason, at }) => ({ personId, until, reason, givenAt: at })),
      applicants,
      controls,
      path: `/organise/${call.slug}/extensions`,
      given: given.map(({ personId, until, reason, at }) => ({
        on: dateTimeShort(lang, at, call.rules.zone),
        who: personId ? (nameOf.get(personId) ?? t('extension.somebody')) : t('extension.everybody'),
        until: dateTimeShort(lang, until, call.rules.zone),
        reason
      }))
    },
    { nav: organiserNav(lang, call, 'overview') }
  )
}

/** Other dates after opening: with a reason and a second person, shown publicly. */
export async function showChanges(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values = again ? flatOf(request.body) : flatOfDates(call.rules)
  const fields = fieldsFrom({ values, errorOf })
  const controls: Control[] = [
    ...movable(call).map(({ key, optional }) =>
      row(optional ? t('dates.optional', { label: t(`date.${key}`) }) : t(`date.${key}`), [
        fields.line(`${key}.day`, t('dates.day'), { type: 'date', short: true }),
        fields.line(`${key}.time`, t('dates.time'), { type: 'time', short: true })
      ])
    ),
    fields.area('reason', t('change.reason'), { rows: 3, hint: t('change.reason_hint') })
  ]
  const waiting = (await waitingFor(db, call.id)).find(({ action }) => action === 'rule_change')
  const late = whyNotChange(call.state, { before: call.rules, after: call.rules, reason: '-', now: call.now })
  return reply.page(
    'calls/changes',
    {
      title: t('change.heading'),
      smallLine: inLanguage(call.texts.title, lang),
      lede: t('change.lede'),
      errors: withNames(errors, controls),
      movableDates: movable(call).map(({ key }) => key),
      confirmation: waiting?.id ?? null,
      ruleChanges: (await ruleChangesOf(db, call.id)).map(({ at, reason, before, after }) => ({
        changedAt: at,
        reason,
        dates: changedDates(before, after)
      })),
      controls,
      path: `/organise/${call.slug}/changes`,
      closed:
        call.seal === null || !CHANGING.includes(call.state)
          ? t('change.closed')
          : late?.code === 'draw_is_near'
            ? t('change.draw_is_near')
            : null,
      waiting: waiting ? `/organise/${call.slug}/confirmations/${waiting.id}` : null,
      made: (await ruleChangesOf(db, call.id)).map(({ at, reason, before, after }) => ({
        on: dateTimeShort(lang, at, call.rules.zone),
        reason,
        what: changedDates(before, after)
          .map(key => t(`date.${key}`))
          .join(', ')
      })),
      typed: typed(request)
    },
    { nav: organiserNav(lang, call, 'overview') }
  )
}

/** The dates that are still to come; the deadline has its own page. */
export function movable({ rules, now }: StandingCall) {
  return DATES.filter(({ key }) => {
    if (key === 'opensAt' || key === 'deadline') return false
    const moment = rules.dates[key]
    return moment === undefined ? false : Date.parse(moment) > now.getTime()
  })
}
