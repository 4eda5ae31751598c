import type { FastifyReply, FastifyRequest } from 'fastify'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage, OWN_NAMES } from '../../i18n/languages.ts'
import { type Programme, programmeShown } from '../../programmes/queries.ts'
import type { Mistake } from '../../refusal.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor } from '../../web/forms.ts'
import { zoneName } from '../../web/render.ts'
import { aroundCall } from '../commands.ts'
import { gapsIn, SECTIONS, type Section } from '../opening.ts'
import { organiserNav } from '../pages.ts'
import { listedFor, type StandingCall } from '../queries.ts'
import type { CallRules } from '../rules.ts'
import {
  BLIND,
  COUNTS,
  DATES,
  flatOfApplicants,
  flatOfDates,
  flatOfJury,
  flatOfPublication,
  flatOfTexts,
  JURORS,
  RESERVE,
  WINNERS
} from './basics.ts'
import { type Control, fieldsFrom, fold, group, named, row, withNames } from './controls.ts'
import { type Flat, flatOf, many } from './pieces.ts'

type Said = (key: string, facts?: Record<string, unknown>) => string

export type Context = {
  request: FastifyRequest
  lang: string
  t: Said
  call: StandingCall
  rules: CallRules
  programme: Programme
  values: Flat
  errorOf: Record<string, string>
  fields: ReturnType<typeof fieldsFrom>
}

/** One page of the editor: what stands in the rules for it, and its controls. */
export type EditorPage = {
  section: Section
  /** Its address after `/organise/<call>/edit/`. */
  path: (request: FastifyRequest) => string
  heading?: (context: Context) => string
  lede?: (context: Context) => string
  saved: (call: StandingCall, request: FastifyRequest) => Flat
  controls: (context: Context) => Control[]
  /** Where another form of the page was sent: this one stays as it is saved. */
  keepsSaved?: true
  /** A template of its own around the form, and what it needs besides. */
  template?: string
  more?: (context: Context) => Promise<Record<string, unknown>> | Record<string, unknown>
}

type Again = { mistakes: Mistake[] }

/** Shows a page of the editor: as saved, as typed with its mistakes, or beside what somebody else saved meanwhile. */
export const shows =
  (page: EditorPage) =>
  async (request: FastifyRequest, reply: FastifyReply, again: Again | null = null): Promise<unknown> => {
    const { mistakes } = again ?? { mistakes: [] }
    const { lang } = request
    const call = callOf(request)
    const programme = await programmeOf(request)
    const t: Said = (key, facts) => sentence(lang, `calls.${key}`, facts)
    const saved = page.saved(call, request)
    const values = again && !page.keepsSaved ? flatOf(request.body) : saved
    const { errors, errorOf } = mistakesFor(request, mistakes)
    const context: Context = {
      request,
      lang,
      t,
      call,
      rules: call.rules,
      programme,
      values,
      errorOf,
      fields: fieldsFrom({ values, errorOf })
    }
    const controls = page.controls(context)
    const path = `/organise/${call.slug}/edit/${page.path(request)}`
    const nav = organiserNav(lang, call, 'edit')
    if (mistakes.some(({ code }) => code === 'stale_edit'))
      return reply.page('calls/stale', stalePage(context, { saved, controls, path }), { nav, status: 409 })
    return reply.page(
      page.template ?? 'calls/editor',
      {
        ...(await editorFrame(context, page.section)),
        title: page.heading?.(context) ?? t(`section.${page.section}`),
        lede: page.lede?.(context) ?? t(`lede.${page.section}`),
        controls,
        errors: withNames(errors, controls),
        errorOf,
        path,
        version: call.version,
        call: call.slug,
        told: { texts: call.texts, rules: call.rules },
        anchored: named(controls).map(({ name }) => name),
        ...(await page.more?.(context))
      },
      { nav }
    )
  }

export async function programmeOf(request: FastifyRequest): Promise<Programme> {
  const programme = await programmeShown(request.server.db, request.scope.programmeId)
  if (!programme) throw new Error('a call without its programme')
  return programme
}

/** What every page of the editor has around its form: the list of sections, each with what is left to do. */
async function editorFrame({ request, t, call, lang }: Context, current: Section) {
  const gaps = gapsIn(call.rules, await aroundCall(request.server.db, call, personOf(request).id))
  const stops = gaps.filter(gap => gap.stops)
  return {
    smallLine: t(call.seal === null ? 'editor_line' : 'editor_line_sealed', {
      title: inLanguage(call.texts.title, lang) || call.slug
    }),
    sealed: call.seal !== null,
    // After sealing only the text can still be mended here.
    sections: SECTIONS.filter(section => call.seal === null || section === 'texts').map(section => {
      const left = stops.filter(gap => gap.section === section).length
      return {
        href: `/organise/${call.slug}/edit/${section}`,
        text: t(`section.${section}`),
        current: section === current,
        state: left > 0 ? 'warn' : 'done',
        stateWord: left > 0 ? t('to_do', { count: left }) : t('complete')
      }
    }),
    check: { href: `/organise/${call.slug}/check`, left: stops.length, text: t('check_link', { count: stops.length }) }
  }
}

function stalePage(
  { t, values, call }: Context,
  { saved, controls, path }: { saved: Flat; controls: Control[]; path: string }
) {
  const said = (flat: Flat, name: string) => many(flat, name).join(', ')
  const rows = named(controls)
    .map(({ name = '', label = '' }) => ({ label, yours: said(values, name), theirs: said(saved, name) }))
    .filter(({ yours, theirs }) => yours !== theirs)
  const hidden = Object.entries(values)
    .filter(([name]) => name !== '_csrf' && name !== 'version')
    .flatMap(([name, value]) => [value].flat().map(value => ({ name, value })))
  return { title: t('stale_title'), lede: t('stale_lede'), rows, hidden, version: call.version, path, keep: path }
}

/** The same few fields in every language of the call: the reader's open, the others folded. */
export function inEveryLanguage(
  { t, lang, rules }: Context,
  build: (language: string, suffix: string) => Control[],
  languages: readonly string[] = rules.languages
): Control[] {
  const first = languages.includes(lang) ? lang : (languages[0] ?? lang)
  const others = languages.filter(language => language !== first)
  const name = (language: string) => OWN_NAMES[language] ?? language
  if (others.length === 0) return build(first, '')
  return [
    ...build(first, name(first)),
    ...others.map(language => {
      const controls = build(language, name(language))
      const filled = named(controls).filter(({ value }) => value !== '').length
      return fold(name(language), controls, t('filled', { count: filled, of: named(controls).length }))
    })
  ]
}

export const withSuffix = (label: string, suffix: string) => (suffix ? `${label} (${suffix})` : label)

export const textsEditor: EditorPage = {
  section: 'texts',
  path: () => 'texts',
  saved: ({ texts, rules }) => flatOfTexts(texts, rules),
  controls: context => {
    const { t, fields, programme, rules, call } = context
    const offered = [...new Set([...programme.languages, ...rules.languages])]
    return [
      ...(call.seal === null
        ? [
            fields.boxes(
              'languages',
              t('texts.languages'),
              offered.map(code => ({ value: code, text: OWN_NAMES[code] ?? code })),
              { hint: t('texts.languages_hint') }
            )
          ]
        : []),
      ...inEveryLanguage(context, (code, suffix) => [
        fields.line(`title.${code}`, withSuffix(t('texts.title'), suffix), { textLang: code }),
        fields.area(`lede.${code}`, withSuffix(t('texts.lede'), suffix), {
          textLang: code,
          rows: 3,
          hint: t('texts.lede_hint')
        }),
        fields.area(`body.${code}`, withSuffix(t('texts.body'), suffix), {
          textLang: code,
          rows: 18,
          hint: t('texts.body_hint')
        })
      ])
    ]
  }
}

export const datesEditor: EditorPage = {
  section: 'dates',
  path: () => 'dates',
  saved: ({ rules }) => flatOfDates(rules),
  controls: ({ t, lang, fields, rules, programme }) => [
    fields.select('zone', t('dates.zone'), zoneChoices(lang, [rules.zone, programme.zone]), {
      hint: t('dates.zone_hint')
    }),
    ...DATES.map(({ key, optional }) =>
      row(
        optional ? t('dates.optional', { label: t(`date.${key}`) }) : t(`date.${key}`),
        [
          fields.line(`${key}.day`, t('dates.day'), { type: 'date', short: true }),
          fields.line(`${key}.time`, t('dates.time'), { type: 'time', short: true })
        ],
        t(`date_hint.${key}`)
      )
    ),
    fields.line('graceMinutes', t('dates.grace'), { hint: t('dates.grace_hint'), short: true, inputmode: 'numeric' })
  ]
}

/** Zones in the order of their names: those we can name, and the ones this call already has. */
export function zoneChoices(lang: string, own: readonly string[]) {
  const zones = new Set([
    ...own,
    ...Intl.supportedValuesOf('timeZone').filter(zone => zone.startsWith('Europe/')),
    'Asia/Nicosia',
    'Asia/Tbilisi',
    'Asia/Yerevan',
    'UTC'
  ])
  const named = [...zones].map(zone => ({ value: zone, text: zoneName(lang, zone) }))
  return named.sort((a, b) => a.text.localeCompare(b.text, lang))
}

export const applicantsEditor: EditorPage = {
  section: 'applicants',
  path: () => 'applicants',
  template: 'calls/applicants',
  saved: ({ rules }) => flatOfApplicants(rules),
  more: async ({ request, call, errorOf }) => ({
    listed: (await listedFor(request.server.db, call.id)).map(({ email, name, institution, country }) => ({
      email,
      name,
      institution,
      country
    })),
    peoplePath: `/organise/${call.slug}/people`,
    peopleError: errorOf.people ?? null,
    isListed: call.rules.applicants.who === 'listed'
  }),
  controls: ({ t, fields }) => [
    fields.radios('who', t('applicants.who'), [
      { value: 'anyone', text: t('applicants.anyone') },
      { value: 'listed', text: t('applicants.listed'), hint: t('applicants.listed_hint') }
    ]),
    fields.box('onePerInstitution', t('applicants.one_per_institution'))
  ]
}

export const juryEditor: EditorPage = {
  section: 'jury',
  path: () => 'jury',
  saved: ({ rules }) => flatOfJury(rules),
  controls: ({ t, fields }) => {
    const whole = { short: true, inputmode: 'numeric' }
    return [
      fields.line('reviewsPerProposal', t('jury.reviews_per_proposal'), whole),
      fields.line('minReviews', t('jury.min_reviews'), { ...whole, hint: t('jury.min_reviews_hint') }),
      fields.line('maxLoad', t('jury.max_load'), whole),
      fields.line('minReaders', t('jury.min_readers'), { ...whole, hint: t('jury.min_readers_hint') }),
      fields.line('dividedAt', t('jury.divided_at'), {
        short: true,
        optional: true,
        inputmode: 'decimal',
        hint: t('jury.divided_at_hint')
      }),
      fields.radios(
        'blind',
        t('jury.blind'),
        BLIND.map(mode => ({ value: mode, text: t(`blind.${mode}`) }))
      ),
      fields.boxes('automaticConflicts', t('jury.automatic'), [
        { value: 'country', text: t('jury.same_country') },
        { value: 'institution', text: t('jury.same_institution') }
      ]),
      fields.area('conflictKinds', t('jury.conflict_kinds'), { rows: 7, hint: t('jury.conflict_kinds_hint') }),
      fields.radios(
        'toApplicant',
        t('jury.to_applicant'),
        (['required', 'optional', 'none'] as const).map(value => ({ value, text: t(`to_applicant.${value}`) }))
      )
    ]
  }
}

export const publicationEditor: EditorPage = {
  section: 'publication',
  path: () => 'publication',
  saved: ({ rules }) => flatOfPublication(rules),
  controls: ({ t, fields }) => {
    const choices = (values: readonly string[]) => values.map(value => ({ value, text: t(`published.${value}`) }))
    return [
      group(t('publication.when'), [
        fields.radios('provisional', t('publication.provisional'), [
          { value: 'letters', text: t('publication.letters') },
          { value: 'public', text: t('publication.public') }
        ])
      ]),
      fields.boxes('winners', t('publication.winners'), choices(WINNERS)),
      fields.boxes('reserve', t('publication.reserve'), choices(RESERVE)),
      fields.boxes('counts', t('publication.counts'), choices(COUNTS), { hint: t('publication.counts_hint') }),
      group(t('publication.bundle'), [
        fields.radios(
          'jurors',
          t('publication.jurors'),
          JURORS.map(value => ({ value, text: t(`publication.jurors_${value}`) }))
        )
      ])
    ]
  }
}
