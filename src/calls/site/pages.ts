import canonicalize from 'canonicalize'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import { clockTime, longDate } from '../../i18n/formats.ts'
import { inLanguage, languageTaken, OWN_NAMES } from '../../i18n/languages.ts'
import { type Programme, programmeShown, stagesOf } from '../../programmes/queries.ts'
import { proposalsOf } from '../../proposals/queries.ts'
import { Refused } from '../../refusal.ts'
import { callOf } from '../../web/context.ts'
import { inGroups } from '../../web/seal.ts'
import { changedDates } from '../changing.ts'
import { noteOf } from '../editor/form/pages.ts'
import { fieldsOf } from '../form.ts'
import {
  dateTimeShort,
  judgingWords,
  leftWords,
  lineHtml,
  publicNav,
  textHtml,
  timelineItems,
  zonesWords
} from '../pages.ts'
import { extensionsOf, listedFor, ruleChangesOf, type StandingCall, standingCalls } from '../queries.ts'
import { sealOf } from '../rules.ts'
import { timelineOf } from '../telling.ts'

/** `/`: what is open, what is being judged, what has been decided; on an empty site, what this is. */
export async function homePage(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `calls.${key}`, facts)
  const [calls, programme] = await Promise.all([standingCalls(db, 'sealed'), programmeShown(db, null)])
  const visible = calls.filter(({ state }) => state !== 'draft')
  const model = (call: StandingCall) => ({
    slug: call.slug,
    standing: call.state,
    deadline: call.life.deadline,
    title: inLanguage(call.texts.title, lang),
    titleLang: languageTaken(call.texts.title, lang),
    lede: lineHtml(inLanguage(call.texts.lede, lang)),
    state: sentence(lang, `state.${call.state}`),
    when:
      call.state === 'open'
        ? t('home.closes', { at: dateTimeShort(lang, call.life.deadline, call.rules.zone) })
        : t('home.closed_on', { at: longDate(lang, call.life.deadline, call.rules.zone) }),
    left: call.state === 'open' ? leftWords(lang, call.life.deadline, call.now) : '',
    results: call.state === 'final' || call.state === 'archived' ? `/calls/${call.slug}/results` : null
  })
  const open = visible.filter(({ state }) => state === 'open')
  const decided = visible.filter(({ state }) => state === 'final' || state === 'archived')
  const between = visible.filter(call => !open.includes(call) && !decided.includes(call))
  const name = programme ? inLanguage(programme.name, lang) : ''
  return reply.page('calls/home', {
    heading: name || t('home.heading'),
    title: name || '',
    lede: visible.length > 0 ? t('home.lede') : t('home.what'),
    calls: visible.map(model),
    open: open.map(model),
    between: between.map(model),
    decided: decided.reverse().map(model),
    anything: visible.length > 0,
    single: programme?.singlePersonAt ? t('home.single') : null
  })
}

async function programmeFor(request: FastifyRequest): Promise<Programme> {
  const programme = await programmeShown(request.server.db, request.scope.programmeId)
  if (!programme) throw new Refused({ code: 'not_found' })
  return programme
}

/** A draft is as little there as a call that never was. */
function publicCall(request: FastifyRequest): StandingCall {
  const call = callOf(request)
  if (call.state === 'draft') throw new Refused({ code: 'not_found' })
  return call
}

export async function showCall(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = publicCall(request)
  return reply.page('calls/call', await callModel(request, call, false), { nav: publicNav(request.lang, call, 'call') })
}

/** What a reader of the public page meets; organisers see the same beforehand, with a word that it is a preview. */
export async function callModel(
  request: FastifyRequest,
  call: StandingCall,
  preview: boolean
): Promise<Record<string, unknown>> {
  const { lang, person } = request
  const { db } = request.server
  const { rules, life, now, texts } = call
  const { zone } = rules
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `calls.${key}`, facts)
  const [programme, later, changes, mine] = await Promise.all([
    programmeFor(request),
    extensionsOf(db, call.id),
    ruleChangesOf(db, call.id),
    person ? proposalsOf(db, person.id) : []
  ])
  const stage = (await stagesOf(db, call.programmeId)).find(({ id }) => id === call.stageId)
  const asked = (request.query as { in?: unknown }).in
  const language = typeof asked === 'string' && texts.body[asked] ? asked : lang
  const own = mine.find(proposal => proposal.callId === call.id && !proposal.withdrawnAt)
  const open = call.state === 'open' || preview
  const forAll = later.filter(({ personId }) => personId === null)
  const listed = rules.applicants.who === 'listed' ? (await listedFor(db, call.id)).length : 0
  return {
    standing: call.state,
    deadline: life.deadline,
    sealHash: call.seal,
    texts,
    callLanguages: rules.languages,
    title: inLanguage(texts.title, language),
    titleLang: languageTaken(texts.title, language),
    smallLine: t('call_line', {
      stage: inLanguage(stage?.title, lang),
      state: sentence(lang, `state.${call.state === 'draft' ? 'open' : call.state}`)
    }),
    lede: lineHtml(inLanguage(texts.lede, language)),
    ledeLang: languageTaken(texts.lede, language),
    body: textHtml(inLanguage(texts.body, language)),
    bodyLang: languageTaken(texts.body, language),
    otherLanguages: Object.keys(texts.body)
      .filter(code => texts.body[code] && code !== languageTaken(texts.body, language))
      .map(code => ({
        code,
        name: OWN_NAMES[code] ?? code,
        href: `${preview ? `/organise/${call.slug}/preview` : `/calls/${call.slug}`}?in=${code}`
      })),
    preview,
    slug: call.slug,
    closes: {
      heading: open ? t('closes') : t('closed'),
      day: longDate(lang, life.deadline, zone),
      hour: t('clock', { time: clockTime(lang, life.deadline, zone) }),
      zones: zonesWords(lang, life.deadline, rules, programme, person?.zone ?? null),
      left: open ? leftWords(lang, life.deadline, now) : '',
      counted: open ? t('counted', { at: dateTimeShort(lang, now, zone) }) : ''
    },
    apply: {
      open: call.state === 'open',
      own: own ? `/proposals/${own.id}` : null,
      signIn: person ? null : `/sign-in?to=${encodeURIComponent(`/calls/${call.slug}`)}`
    },
    results: call.state === 'final' || call.state === 'archived' ? `/calls/${call.slug}/results` : null,
    contact: programme.organiser.email,
    who: rules.applicants.who === 'listed' ? t('who.listed', { count: listed }) : t('who.anyone'),
    onePerInstitution: rules.applicants.onePerInstitution,
    judging: judgingWords(lang, rules),
    criteria: rules.rubric.criteria.map(({ name, question, weight }) => ({
      name: inLanguage(name, lang),
      nameLang: languageTaken(name, lang),
      question: inLanguage(question, lang),
      questionLang: languageTaken(question, lang),
      weight
    })),
    scale: t('scale', { min: rules.rubric.scale.min, max: rules.rubric.scale.max, step: rules.rubric.scale.step }),
    timeline: timelineItems(lang, rules, timelineOf(rules, life, call.state, now)),
    sealed: call.seal !== null,
    extended: forAll.at(-1)
      ? t('extended', { until: dateTimeShort(lang, forAll.at(-1)?.until ?? now, zone), reason: forAll.at(-1)?.reason })
      : null,
    changed: changes.length > 0 ? t('changed_note', { count: changes.length }) : null,
    single: programme.singlePersonAt ? t('single_person') : null
  }
}

/** The sealed rules in words, their seal, and every change with its reason. */
export async function showRules(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = publicCall(request)
  return reply.page('calls/rules', await rulesModel(request, call), { nav: publicNav(request.lang, call, 'rules') })
}

export async function rulesModel(request: FastifyRequest, call: StandingCall): Promise<Record<string, unknown>> {
  const { lang } = request
  const { db } = request.server
  const { rules, life } = call
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `calls.${key}`, facts)
  const [changes, later, programme] = await Promise.all([
    ruleChangesOf(db, call.id),
    extensionsOf(db, call.id),
    programmeFor(request)
  ])
  const first = changes[0]?.before
  const at = (moment: Date | string) => dateTimeShort(lang, new Date(moment), rules.zone)
  const forSome = new Set(later.flatMap(({ personId }) => personId ?? [])).size
  return {
    title: t('rules.heading'),
    smallLine: inLanguage(call.texts.title, lang),
    lede: t('rules.lede'),
    slug: call.slug,
    sealHash: call.seal,
    ruleChanges: changes.map(({ at: when, reason, seal, before, after }) => ({
      changedAt: when,
      reason,
      seal,
      dates: changedDates(before, after)
    })),
    extensions: later
      .filter(({ personId }) => personId === null)
      .map(({ at: when, until, reason }) => ({ givenAt: when, until, reason })),
    seal: inGroups(call.seal ?? ''),
    sealedAt: life.decided.opened ?? call.now,
    single: programme.singlePersonAt ? t('single_person') : null,
    changes: [
      ...changes.map(change => ({
        on: at(change.at),
        reason: change.reason,
        seal: inGroups(change.seal),
        what: changedDates(change.before, change.after).map(key =>
          t('rules.date_changed', {
            what: t(`date.${key}`),
            before: change.before.dates[key] ? at(change.before.dates[key] ?? '') : t('rules.none'),
            after: change.after.dates[key] ? at(change.after.dates[key] ?? '') : t('rules.none')
          })
        )
      })),
      ...later
        .filter(({ personId }) => personId === null)
        .map(({ at: when, until, reason }) => ({
          on: at(when),
          reason,
          seal: null,
          what: [t('rules.extended', { until: at(until) })]
        }))
    ],
    forSome: forSome > 0 ? t('rules.extended_some', { count: forSome }) : null,
    firstSeal: first ? inGroups(sealOf(first)) : null,
    words: ruleWords(request, call)
  }
}

/** Everything that is sealed, in words: the same list for the public and for the second person before opening. */
export function ruleWords(request: FastifyRequest, { rules }: Pick<StandingCall, 'rules'>) {
  const { lang } = request
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `calls.${key}`, facts)
  const at = (moment: string) => dateTimeShort(lang, new Date(moment), rules.zone)
  const judging = judgingWords(lang, rules)
  const list = (values: readonly string[], prefix: string) => values.map(value => t(`${prefix}.${value}`)).join(', ')
  const { scale } = rules.rubric
  return {
    zone: rules.zone,
    dates: Object.entries(rules.dates)
      .sort(([, a], [, b]) => Date.parse(a ?? '') - Date.parse(b ?? ''))
      .map(([key, moment]) => ({ term: t(`date.${key}`), value: at(moment ?? '') })),
    facts: [
      { term: t('section.applicants'), value: t(`applicants.${rules.applicants.who}`) },
      ...(rules.applicants.onePerInstitution
        ? [{ term: t('rules.institution'), value: t('applicants.one_per_institution') }]
        : []),
      { term: t('rules.languages'), value: rules.languages.map(code => OWN_NAMES[code] ?? code).join(', ') },
      { term: t('dates.grace'), value: t('minutes', { count: rules.graceMinutes }) },
      { term: t('jury.blind'), value: t(`blind.${rules.blind}`) },
      {
        term: t('rules.reviews'),
        value: t('rules.reviews_words', { given: rules.jury.reviewsPerProposal, needed: rules.jury.minReviews })
      },
      { term: t('jury.conflict_kinds'), value: rules.jury.conflictKinds.join('; ') },
      ...(rules.jury.automaticConflicts.length > 0
        ? [{ term: t('jury.automatic'), value: list(rules.jury.automaticConflicts, 'group') }]
        : []),
      { term: t('awards.method'), value: t(`method.${rules.ranking.method}`) },
      {
        term: t('awards.rounding'),
        value:
          rules.ranking.rounding === null ? t('rules.exact') : t('rules.rounded', { count: rules.ranking.rounding })
      },
      { term: t('awards.ladder'), value: judging.ties },
      ...(rules.ranking.draw
        ? [
            {
              term: t('awards.draw'),
              value: t('rules.draw', {
                source: inLanguage(rules.ranking.draw.source, lang),
                on: longDate(lang, new Date(`${rules.ranking.draw.on}T12:00:00Z`), 'UTC')
              })
            }
          ]
        : []),
      {
        term: t('section.awards'),
        value: [judging.selection, judging.reserve, judging.money].filter(Boolean).join(' ')
      },
      ...(rules.awards.seats
        ? [
            {
              term: t('awards.seats'),
              value: Object.entries(rules.awards.seats.places)
                .map(([value, places]) => `${value} ${places}`)
                .join(', ')
            }
          ]
        : []),
      ...(judging.pass ? [{ term: t('rules.thresholds'), value: judging.pass }] : []),
      { term: t('publication.winners'), value: list(rules.publication.winners, 'published') },
      { term: t('publication.reserve'), value: list(rules.publication.reserve, 'published') || t('rules.none') },
      { term: t('publication.counts'), value: list(rules.publication.counts, 'published') || t('rules.none') },
      { term: t('publication.provisional'), value: t(`publication.${rules.publication.provisional}`) },
      { term: t('publication.jurors'), value: t(`publication.jurors_${rules.publication.jurors ?? 'unlinked'}`) }
    ],
    scale: t('scale', { min: scale.min, max: scale.max, step: scale.step }),
    criteria: rules.rubric.criteria.map(({ name, question, weight, threshold, levels }) => ({
      name: inLanguage(name, lang),
      question: inLanguage(question, lang),
      weight,
      threshold: threshold ?? null,
      levels: Object.entries(levels)
        .sort(([a], [b]) => Number.parseFloat(b) - Number.parseFloat(a))
        .map(([points, texts]) => ({
          points: points.replace('-', '–'),
          text: inLanguage(texts, lang),
          textLang: languageTaken(texts, lang)
        }))
    })),
    form: rules.form.sections.map(({ title, fields }) => ({
      title: inLanguage(title, lang),
      fields: fields.map(field => ({ label: inLanguage(field.label, lang), note: noteOf(field, t) }))
    })),
    fields: fieldsOf(rules.form).length
  }
}

/** The rules as they are hashed, for whoever wants to compare: canonical JSON, nothing around it. */
export async function sendRules(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = publicCall(request)
  return reply
    .type('application/json; charset=utf-8')
    .header('content-disposition', `attachment; filename="${call.slug}-rules.json"`)
    .header('cache-control', 'no-store')
    .send(canonicalize(call.rules) ?? '{}')
}
