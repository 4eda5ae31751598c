import type { FastifyReply, FastifyRequest } from 'fastify'
import { countryName, footnotesFor, type Names, spoken } from '../awards/pages.ts'
import { fieldsOf } from '../calls/form.ts'
import { judgingWords, publicNav } from '../calls/pages.ts'
import type { StandingCall } from '../calls/queries.ts'
import { sentence } from '../i18n/catalogue.ts'
import { longDate, money, plainNumber } from '../i18n/formats.ts'
import { inLanguage, OWN_NAMES } from '../i18n/languages.ts'
import { programmeOfCall } from '../programmes/queries.ts'
import { Refused } from '../refusal.ts'
import { callOf } from '../web/context.ts'
import { dateTimeIn } from '../web/render.ts'
import { inGroups } from '../web/seal.ts'
import type { Content, Published } from './content.ts'
import { type Publication, visibleOf } from './queries.ts'

type Said = (key: string, facts?: Record<string, unknown>) => string
export type Visible = { content: Content; publication: Publication }

/** What is public of the call in the address; before its minute there is nothing here. */
export async function publishedFor(request: FastifyRequest): Promise<Visible> {
  const call = callOf(request)
  const [publication] = await visibleOf(request.server.db, call.id, call.now)
  if (!publication) throw new Refused({ code: 'not_found' })
  return { publication, content: publication.content as unknown as Content }
}

/** Winners, reserve list, how it was judged, and what to compare it with. */
export async function showResults(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const { content, publication } = await publishedFor(request)
  const programme = await programmeOfCall(request.server.db, call)
  const names = { rules: call.rules, countries: programme?.countries ?? [] }
  return reply.page(
    'publication/results',
    {
      content,
      kind: publication.kind,
      visibleAt: publication.visibleAt,
      sealHash: publication.seal,
      inputHash: publication.inputHash,
      historyHead: publication.historyHead,
      results: resultsModel(lang, call, {
        content,
        names,
        values: publication,
        single: programme?.singlePersonAt != null,
        address: `${request.server.settings.baseUrl}/calls/${call.slug}/results`
      }),
      title: headingOf(lang, content, call)
    },
    { nav: publicNav(lang, call, 'results'), scripts: ['/assets/print.js'] }
  )
}

export type Showing = {
  content: Content
  names: Names
  values: Pick<Publication, 'kind' | 'seal' | 'inputHash' | 'historyHead' | 'visibleAt'> & { bundle?: unknown }
  single: boolean
  address: string
}

const headingOf = (lang: string, { awarded }: Content, { rules }: StandingCall) =>
  sentence(lang, 'publication.heading', {
    count: awarded.length,
    money: rules.awards.amount === null ? 'no' : 'yes'
  })

/** The page as the public sees it: the same model for the preview, so that nobody confirms something else. */
export function resultsModel(lang: string, call: StandingCall, { content, names, values, single, address }: Showing) {
  const t: Said = (key, facts) => sentence(lang, `publication.${key}`, facts)
  const { rules, life, slug } = call
  const { figures } = content
  const judging = judgingWords(lang, rules)
  const facts = { ...figures, count: content.awarded.length }
  const amount = (cents: number) => money(lang, cents / 100, rules.currency)
  return {
    heading: headingOf(lang, content, call),
    smallLine: t(`line_${values.kind}`, {
      call: inLanguage(call.texts.title, lang),
      at: dateTimeIn(lang, values.visibleAt, rules.zone)
    }),
    lede: [
      t('lede', facts),
      ...(figures.awardedCents ? [t('together', { count: facts.count, sum: amount(figures.awardedCents) })] : [])
    ].join(' '),
    year: yearIn(values.visibleAt, rules.zone),
    mailto: `mailto:?subject=${encodeURIComponent(headingOf(lang, content, call))}&body=${encodeURIComponent(address)}`,
    awarded: content.awarded.map(one => recordModel(t, lang, one, names)),
    reserve: content.reserve.map(one => recordModel(t, lang, one, names)),
    reserveShows: shows(content.reserve),
    reserveText: [judging.reserve, rules.awards.limits.length > 0 ? t('reserve_again') : ''].filter(Boolean).join(' '),
    figures: [
      { value: String(figures.proposals), label: t('figure.proposals', facts) },
      { value: String(figures.jurors), label: t('figure.jurors', facts) },
      { value: String(figures.reviews), label: t('figure.reviews', facts) },
      ...(figures.reviews > 0
        ? [
            {
              value:
                figures.fewestReaders === figures.mostReaders
                  ? String(figures.mostReaders)
                  : t('range', { from: figures.fewestReaders, to: figures.mostReaders }),
              label: t('figure.readers', facts)
            }
          ]
        : []),
      ...(judging.pass ? [{ value: String(figures.passed), label: t('figure.passed', facts) }] : [])
    ],
    weights: weightsOf(lang, rules.rubric.criteria),
    weightsTotal: rules.rubric.criteria.reduce((sum, { weight }) => sum + weight, 0),
    scale: sentence(lang, 'calls.scale', {
      min: rules.rubric.scale.min,
      max: rules.rubric.scale.max,
      step: rules.rubric.scale.step
    }),
    judging,
    method: t('method', { method: sentence(lang, `rank.method.${rules.ranking.method}`) }),
    signed: single ? t('signed_single') : t('signed'),
    counts: rules.publication.counts.map(field => ({
      id: field,
      heading: t(`counts.${field}`),
      column: t(`counted.${field}`),
      rows: Object.entries(content.counts[field] ?? {})
        .map(([value, count]) => ({ value: countedName(lang, field, value, names), count }))
        .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value, lang))
    })),
    sealedOn: life.decided.opened ? t('sealed_on', { on: longDate(lang, life.decided.opened, rules.zone) }) : '',
    seal: inGroups(values.seal),
    inputHash: values.inputHash ? inGroups(values.inputHash) : null,
    historyHead: values.historyHead ? inGroups(values.historyHead) : null,
    csv: `/calls/${slug}/results.csv`,
    json: `/calls/${slug}/results.json`,
    verification: values.bundle ? `/calls/${slug}/results/verification` : '',
    bundle: values.bundle ? `/calls/${slug}/results/bundle.json` : '',
    rulesHref: `/calls/${slug}/rules`,
    footnotes: footnotesFor(
      [
        ...[...content.awarded, ...content.reserve].flatMap(({ country }) => country ?? []),
        ...Object.keys(content.counts.country ?? {})
      ],
      names.countries
    )
  }
}

const yearIn = (at: Date, zone: string) => new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric' }).format(at)

/** Which columns the reserve list has: what the sealed rules publish of it. */
function shows(list: Published[]) {
  const has = (key: keyof Published) => list.some(one => one[key] !== undefined)
  return {
    institution: has('institution') || has('city') || has('country') || has('name'),
    total: has('total'),
    amount: has('amountCents')
  }
}

/** One winner, or one of the reserve list, with what the rules let out and nothing else. */
function recordModel(t: Said, lang: string, one: Published, names: Names) {
  const { title, summary, institution, city, country, amountCents, total, because, name } = one
  const local = names.countries.find(({ code }) => code === country)?.languages[0] ?? ''
  const countryWords = country ? countryName(lang, country, names.countries) : ''
  const heading = both(lang, title)
  const text = both(lang, summary)
  return {
    anchor: one.number.replaceAll(/[^A-Za-z0-9-]/g, '-'),
    place: String(one.place),
    mark: city?.own ?? countryWords,
    markLang: city ? local : '',
    where: city ? [city.latin, countryWords].filter(Boolean).join(', ') : '',
    number: t('number', { number: one.number }),
    heading: heading.words || institution?.own || name || one.number,
    headingLang: heading.words ? heading.language : '',
    ownTitle: heading.other,
    ownLang: heading.otherLanguage,
    person: name ?? '',
    institution: institution?.own ?? '',
    institutionLang: local,
    institutionEn: institution && institution.en !== institution.own ? institution.en : '',
    summary: text.words,
    summaryLang: text.language,
    otherSummary: text.other,
    otherLang: text.otherLanguage,
    otherName: text.otherLanguage ? (OWN_NAMES[text.otherLanguage] ?? text.otherLanguage) : '',
    because: because ? spoken(lang, because, names).join(' ') : '',
    amount: amountCents === undefined ? '' : money(lang, amountCents / 100, names.rules.currency),
    total: total === undefined ? '' : plainNumber(lang, Number(total), (total.split('.')[1] ?? '').length)
  }
}

/** A text for a reader of `lang` first, its other form second: in its own language, or in English. */
function both(lang: string, text: Published['title']) {
  if (!text) return { words: '', language: '', other: '', otherLanguage: '' }
  const own = { words: text.own, language: text.language }
  const english = { words: text.en, language: 'en' }
  const [first, second] = text.language === lang ? [own, english] : [english, own]
  const same = text.own === text.en
  return {
    words: same ? own.words : first.words,
    language: same ? own.language : first.language,
    other: same ? '' : second.words,
    otherLanguage: same ? '' : second.language
  }
}

function weightsOf(lang: string, criteria: StandingCall['rules']['rubric']['criteria']) {
  let x = 0
  return criteria.map(({ name, weight }, index) => {
    const at = x
    x += weight
    return { name: inLanguage(name, lang), weight, x: at, shade: Math.min(index + 1, 6) }
  })
}

function countedName(lang: string, field: string, value: string, { rules, countries }: Names): string {
  if (field === 'country') return countryName(lang, value, countries)
  if (field === 'language') return OWN_NAMES[value] ?? value
  const choice = fieldsOf(rules.form).find(({ id }) => id === field)
  return choice?.type === 'choice' ? inLanguage(choice.optionLabels?.[value], lang) || value : value
}
