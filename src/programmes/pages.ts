import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Control, fieldsFrom, fold, row, withNames } from '../calls/editor/controls.ts'
import { zoneChoices } from '../calls/editor/pages.ts'
import { type Flat, flatOf, flatTexts } from '../calls/editor/pieces.ts'
import { dateTimeShort } from '../calls/pages.ts'
import { callsOrganisedBy, standingCalls } from '../calls/queries.ts'
import { sentence } from '../i18n/catalogue.ts'
import { inLanguage, OWN_NAMES } from '../i18n/languages.ts'
import { type Mistake, Refused } from '../refusal.ts'
import { personOf } from '../web/context.ts'
import { mistakesFor } from '../web/forms.ts'
import { OFFERED } from './forms.ts'
import { organisesAny, othersWhoMayConfirm, type Programme, programmeAt, stagesOf, teamOf } from './queries.ts'
import { factsVersion } from './rules.ts'

type Again = { mistakes: Mistake[] } | null
type Said = (key: string, facts?: Record<string, unknown>) => string
const saying =
  (lang: string): Said =>
  (key, facts) =>
    sentence(lang, `programmes.${key}`, facts)

export async function programmeIn(request: FastifyRequest): Promise<Programme> {
  const programme = await programmeAt(request.server.db, (request.params as { programme: string }).programme)
  if (!programme) throw new Refused({ code: 'not_found' })
  return programme
}

/** Making a programme: for administrators, and for people who organise one here. To all others the page is not there. */
export async function showNewProgramme(
  request: FastifyRequest,
  reply: FastifyReply,
  again: Again = null
): Promise<unknown> {
  const person = personOf(request)
  if (!person.administrator && !(await organisesAny(request.server.db, person.id)))
    throw new Refused({ code: 'not_found' })
  const t = saying(request.lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values = again
    ? flatOf(request.body)
    : {
        zone: 'Europe/Sofia',
        currency: 'EUR',
        languages: ['en', 'bg'],
        email: person.email,
        dataProtection: person.email
      }
  const fields = fieldsFrom({ values, errorOf })
  const controls = [...factControls(request.lang, fields), fields.line('slug', t('slug'), { hint: t('slug_hint') })]
  return reply.page('programmes/new', {
    title: t('new_heading'),
    smallLine: '',
    lede: t('new_lede'),
    errors: withNames(errors, controls),
    controls,
    path: '/organise/programmes'
  })
}

function factControls(lang: string, fields: ReturnType<typeof fieldsFrom>): Control[] {
  const t = saying(lang)
  const first = [...new Set(['en', lang])]
  return [
    ...first.map(code =>
      fields.line(`name.${code}`, t('name', { language: OWN_NAMES[code] ?? code }), { textLang: code })
    ),
    fold(
      t('other_names'),
      OFFERED.filter(code => !first.includes(code)).map(code =>
        fields.line(`name.${code}`, t('name', { language: OWN_NAMES[code] ?? code }), {
          textLang: code,
          optional: true
        })
      )
    ),
    fields.line('organiser', t('organiser'), { hint: t('organiser_hint') }),
    row(t('where'), [
      fields.line('city', t('city')),
      fields.line('country', t('country'), { short: true, maxlength: 2 })
    ]),
    fields.line('email', t('email'), { type: 'email', hint: t('email_hint') }),
    fields.line('dataProtection', t('data_protection'), { type: 'email', hint: t('data_protection_hint') }),
    fields.select('zone', t('zone'), zoneChoices(lang, [])),
    fields.line('currency', t('currency'), { short: true, maxlength: 3 }),
    fields.boxes(
      'languages',
      t('languages'),
      OFFERED.map(code => ({ value: code, text: OWN_NAMES[code] ?? code }))
    ),
    fields.area('countries', t('countries'), { rows: 6, optional: true, hint: t('countries_hint') })
  ]
}

const flatOfProgramme = ({ name, organiser, zone, currency, languages, countries }: Programme): Flat => ({
  ...flatTexts('name', name),
  organiser: organiser.name,
  city: organiser.city,
  country: organiser.country,
  email: organiser.email,
  dataProtection: organiser.dataProtection,
  zone,
  currency,
  languages,
  countries: countries.map(({ code, zone }) => `${code} ${zone}`).join('\n')
})

/** A programme as its organisers see it: its calls, stages and people, and the way to a new call. */
export async function showProgramme(
  request: FastifyRequest,
  reply: FastifyReply,
  again: Again = null
): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const programme = await programmeIn(request)
  const t = saying(lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const stageFields = fieldsFrom({ values: again ? flatOf(request.body) : { kind: 'award' }, errorOf })
  const [stages, calls, team, others] = await Promise.all([
    stagesOf(db, programme.id),
    standingCalls(db, { programmeIds: [programme.id] }),
    teamOf(db, programme.id),
    othersWhoMayConfirm(db, programme.id, personOf(request).id)
  ])
  const stageControls = [
    stageFields.line('title.en', t('stage_title', { language: OWN_NAMES.en }), { textLang: 'en' }),
    stageFields.line('title.bg', t('stage_title', { language: OWN_NAMES.bg }), { textLang: 'bg', optional: true }),
    stageFields.radios(
      'kind',
      t('stage_kind'),
      ['admission', 'training', 'award'].map(kind => ({ value: kind, text: t(`kind.${kind}`) }))
    ),
    stageFields.line('slug', t('slug'), { hint: t('slug_hint') })
  ]
  const at = `/organise/programmes/${programme.slug}`
  return reply.page('programmes/programme', {
    slug: programme.slug,
    stageList: stages.map(({ id, slug, kind, title }) => ({ id, slug, kind, title })),
    callList: calls.map(({ slug, stageId, state, life }) => ({
      slug,
      stageId,
      standing: state,
      deadline: life.deadline
    })),
    members: team.map(({ name, role, confirmedAt }) => ({ name, role, confirmedAt })),
    title: inLanguage(programme.name, lang),
    smallLine: t('line'),
    lede: calls.length > 0 ? t('lede', { count: calls.length }) : t('no_calls_lede'),
    errors: withNames(errors, stageControls),
    at,
    stages: stages.map(stage => ({
      title: inLanguage(stage.title, lang),
      kind: t(`kind.${stage.kind}`),
      calls: calls
        .filter(({ stageId }) => stageId === stage.id)
        .map(call => ({
          href: `/organise/${call.slug}`,
          title: inLanguage(call.texts.title, lang) || call.slug,
          note: `${sentence(lang, `state.${call.state}`)}, ${t('closes', { at: dateTimeShort(lang, call.life.deadline, call.rules.zone) })}`
        }))
    })),
    mayCall: stages.some(({ kind }) => kind !== 'training'),
    team: team.map(({ name, role, confirmedAt }) => ({
      name,
      note: t(confirmedAt ? 'member' : 'member_unconfirmed', { role: t(`role.${role}`) })
    })),
    single: programme.singlePersonAt !== null,
    maySingle: others === 0 || programme.singlePersonAt !== null,
    stageControls
  })
}

export async function showProgrammeFacts(
  request: FastifyRequest,
  reply: FastifyReply,
  again: Again = null
): Promise<unknown> {
  const programme = await programmeIn(request)
  const t = saying(request.lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const fields = fieldsFrom({ values: again ? flatOf(request.body) : flatOfProgramme(programme), errorOf })
  const controls = factControls(request.lang, fields)
  return reply.page('programmes/new', {
    version: factsVersion(programme),
    facts: programme,
    title: t('facts_heading'),
    smallLine: inLanguage(programme.name, request.lang),
    lede: t('facts_lede'),
    errors: withNames(errors, controls),
    controls,
    path: `/organise/programmes/${programme.slug}/facts`
  })
}

export async function showNewCall(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const programme = await programmeIn(request)
  const t = saying(lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const stages = (await stagesOf(db, programme.id)).filter(({ kind }) => kind !== 'training')
  const others = await callsOrganisedBy(db, personOf(request).id)
  const values = again ? flatOf(request.body) : { stage: stages.at(-1)?.id ?? '' }
  const fields = fieldsFrom({ values, errorOf })
  const controls = [
    fields.line('title.en', t('call_title', { language: OWN_NAMES.en }), { textLang: 'en' }),
    fields.line('title.bg', t('call_title', { language: OWN_NAMES.bg }), { textLang: 'bg', optional: true }),
    fields.select(
      'stage',
      t('stage'),
      stages.map(({ id, title }) => ({ value: id, text: inLanguage(title, lang) }))
    ),
    fields.line('slug', t('slug'), { hint: t('slug_hint') }),
    fields.select(
      'from',
      t('copy_from'),
      others.map(({ slug, texts }) => ({ value: slug, text: inLanguage(texts.title, lang) || slug })),
      { choose: t('copy_nothing'), hint: t('copy_hint') }
    )
  ]
  return reply.page('programmes/new', {
    title: t('new_call'),
    smallLine: inLanguage(programme.name, lang),
    lede: t('new_call_lede'),
    errors: withNames(errors, controls),
    controls,
    path: `/organise/programmes/${programme.slug}/calls`
  })
}
