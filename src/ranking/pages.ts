import type { FastifyReply, FastifyRequest } from 'fastify'
import { becauseOf } from '../awards/because.ts'
import { type DecisionLine, decisionFrom } from '../awards/decision.ts'
import { countryName, footnotesFor, type Names, spoken } from '../awards/pages.ts'
import { judgingWords, organiserNav, rungWords } from '../calls/pages.ts'
import { type StandingCall, waitingFor } from '../calls/queries.ts'
import { sentence } from '../i18n/catalogue.ts'
import { longDate, money, plainNumber } from '../i18n/formats.ts'
import { inLanguage, localeOf } from '../i18n/languages.ts'
import { programmeOfCall } from '../programmes/queries.ts'
import { type Submitted, submittedTo } from '../proposals/queries.ts'
import { type Mistake, Refused } from '../refusal.ts'
import { withheldWords } from '../reviews/pages.ts'
import { callOf, personOf } from '../web/context.ts'
import { mistakesFor, typed } from '../web/forms.ts'
import { dateTimeIn } from '../web/render.ts'
import { inGroups } from '../web/seal.ts'
import { fewReviews, whyNotDraw } from './commands.ts'
import { type Fraction, toNumber } from './fraction.ts'
import { warningLine } from './printed.ts'
import { hiddenFrom, inputOf, inputStands, newestRun, type RunHead, rankingOfRun, shownTo } from './queries.ts'
import type { Ranking, SheetRow } from './ranking.ts'
import { titleIn } from './shown.ts'

type Said = (key: string, facts?: Record<string, unknown>) => string

/** The frozen run as people read it; before it, what stands ready to be ranked. */
export async function showRanking(
  request: FastifyRequest,
  reply: FastifyReply,
  again: { mistakes: Mistake[] } | null = null
): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const call = callOf(request)
  const [run, programme] = await Promise.all([newestRun(db, call.id), programmeOfCall(db, call)])
  if (!programme) throw new Refused({ code: 'not_found' })
  const nav = organiserNav(lang, call, 'ranking')
  const names = { rules: call.rules, countries: programme.countries }
  if (!run) return reply.page('ranking/before', await beforeModel(request, call), { nav })
  return reply.page('ranking/ranking', await rankingModel(request, call, { run, names, again }), { nav })
}

async function beforeModel(request: FastifyRequest, call: StandingCall): Promise<Record<string, unknown>> {
  const { lang, scope } = request
  const t: Said = (key, facts) => sentence(lang, `ranking.${key}`, facts)
  const { db } = request.server
  const [{ input: whole, eligible: all }, aside] = await Promise.all([
    inputOf(db, call),
    hiddenFrom(db, personOf(request).id, call)
  ])
  const eligible = all.filter(({ id }) => !aside.has(id))
  const numbers = new Set(eligible.map(({ number }) => number))
  const input = {
    ...whole,
    proposals: whole.proposals.filter(({ id }) => numbers.has(id)),
    reviews: whole.reviews.filter(review => numbers.has(Array.isArray(review) ? review[0] : review.proposal))
  }
  const least = call.rules.jury.minReviews
  // That a reason is needed is told to whoever freezes, not which of the proposals out of their sight needs it.
  const short = fewReviews(whole, least)
  const few = new Set(short.filter(number => numbers.has(number)))
  return {
    frozenAt: null,
    position: null,
    inputHash: null,
    software: '',
    signedAt: null,
    confirmation: null,
    mayAsk: false,
    mayDraw: false,
    tiedNumbers: [],
    ranked: [],
    title: t('before.heading'),
    smallLine: inLanguage(call.texts.title, lang),
    lede: t('before.lede', { proposals: input.proposals.length, reviews: input.reviews.length }),
    slug: call.slug,
    withheld: withheldWords(lang, all.length - eligible.length),
    least,
    needsReason: short.length > 0,
    few: eligible
      .filter(({ number }) => few.has(number))
      .map(({ number, version }) => ({ number, ...titleIn(lang, version.answers, number) })),
    mayFreeze: call.state === 'panel' && scope.is.has('organiser')
  }
}

type Making = { run: RunHead; names: Names; again: { mistakes: Mistake[] } | null }

async function rankingModel(
  request: FastifyRequest,
  call: StandingCall,
  { run, names, again }: Making
): Promise<Record<string, unknown>> {
  const { lang, scope } = request
  const { db } = request.server
  const t: Said = (key, facts) => sentence(lang, `ranking.${key}`, facts)
  const whole = await rankingOfRun(db, run)
  const { rules, life } = call
  const [waiting, { ranking, hidden }] = await Promise.all([
    waitingFor(db, call.id),
    shownTo(db, personOf(request).id, { call, ranking: whole })
  ])
  const asked = waiting.find(({ action }) => action === 'sign_off')
  const signed = life.decided.signed_off
  const organises = scope.is.has('organiser')
  const undecided = call.state === 'panel' || call.state === 'ranked'
  const shared = whole.result.ties.some(({ step }) => step === 'share') || whole.result.selection.tied.length > 0
  const drawable = undecided && shared && rules.ranking.tieLadder.at(-1) === 'draw' && !run.parameters.draw
  const stale = undecided && !(await inputStands(db, call, run))
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const sums = hidden.size === 0
  const told = await listTold(request, call, { ranking, names, sums, hidden })
  return {
    frozenAt: run.at,
    position: run.position,
    inputHash: run.inputHash,
    signedAt: signed ?? null,
    confirmation: asked?.id ?? null,
    mayFreeze: undecided && organises,
    mayDraw: drawable && organises,
    needsReason: false,
    tiedNumbers: ranking.result.selection.tied,
    ranked: told.ranked,
    title: t('heading', { count: whole.sheet.length, awards: rules.awards.count, money: kindOf(call) }),
    smallLine: t('frozen', {
      position: run.position,
      at: dateTimeIn(lang, run.at, rules.zone),
      signed: signed ? 'yes' : 'no'
    }),
    lede: told.lede,
    errors,
    slug: call.slug,
    withheld: withheldWords(lang, hidden.size),
    signed: signed ? t('signed', { at: dateTimeIn(lang, signed, rules.zone) }) : null,
    asked: asked
      ? { href: `/organise/${call.slug}/sign-off/${asked.id}`, text: t('asked', { name: asked.askedByName }) }
      : null,
    tied:
      whole.result.selection.tied.length > 0
        ? t('tied', { proposals: ranking.result.selection.tied.join(', ') })
        : null,
    mayAsk: organises && undecided && !asked && !stale && whole.result.selection.tied.length === 0,
    stale: stale && organises,
    draw: drawable && organises ? drawModel(t, lang, call, { errorOf, value: typed(request).publicValue ?? '' }) : null,
    table: told.table,
    jumps: told.jumps,
    drawn: run.parameters.draw ? t('drawn', { value: run.parameters.draw.public }) : null,
    ties: told.ties,
    prices: told.prices,
    warnings: told.warnings,
    hash: inGroups(run.inputHash),
    software: run.software,
    footnotes: told.footnotes
  }
}

/** What a frozen run has to say in one language: as long as run and rules stay, the same for everyone who sees all of it. */
type Told = {
  table: string
  ranked: ReturnType<typeof rowTold>[]
  lede: string
  jumps: { href: string; words: string }[]
  ties: string[]
  prices: string[]
  warnings: string[]
  footnotes: string[]
}

type Telling = { ranking: Ranking; names: Names; sums: boolean; hidden: ReadonlySet<string> }

const alreadyTold = new WeakMap<Ranking, Map<string, Told>>()

async function listTold(request: FastifyRequest, call: StandingCall, telling: Telling): Promise<Told> {
  const { lang } = request
  const { ranking, names, sums, hidden } = telling
  const key = `${lang} ${call.version} ${call.programmeStamp}`
  const known = alreadyTold.get(ranking)?.get(key)
  if (known) return known
  const t: Said = (key, facts) => sentence(lang, `ranking.${key}`, facts)
  const submitted = new Map(
    (await submittedTo(request.server.db, call.id)).map(proposal => [proposal.number, proposal])
  )
  const lines = decisionFrom(ranking).filter(({ number }) => !hidden.has(number))
  const decision = new Map(lines.map(line => [line.number, line]))
  const groups = groupsOf(t, lang, call, { ranking, decision, names, submitted, sums })
  const told = {
    table: request.server.part('ranking/table', { groups }, lang),
    ranked: ranking.sheet.map(row => rowTold(row, decision.get(row.id), submitted.get(row.id))),
    lede: ledeOf(t, lang, call, sums ? lines : []),
    jumps: groups.filter(({ heading }) => heading).map(({ id, heading }) => ({ href: `#${id}`, words: heading })),
    ties: tieWords(t, lang, call, ranking),
    prices: priceWords(t, lang, ranking),
    warnings: ranking.result.warnings.map(warning => warningLine(warning, (key, facts) => sentence(lang, key, facts))),
    footnotes: footnotesFor(
      ranking.sheet.map(({ proposal }) => String(proposal.country ?? '')),
      names.countries
    )
  }
  const tellings = alreadyTold.get(ranking) ?? new Map<string, Told>()
  alreadyTold.set(ranking, tellings.set(key, told))
  return told
}

/** One line of the list in values. Amounts are in the call's currency. */
function rowTold(row: SheetRow, line: DecisionLine | undefined, proposal: Submitted | undefined) {
  const total = row.value ?? row.total
  return {
    id: proposal?.id ?? null,
    number: row.id,
    rank: row.rank,
    outcome: row.outcome,
    reservePlace: line?.reservePlace ?? null,
    amount: line?.amountCents == null ? null : line.amountCents / 100,
    total: total ? toNumber(total) : null,
    reviews: row.reviews,
    spread: row.spread ? toNumber(row.spread) : null,
    adjustedRank: row.adjustedRank,
    failed: row.failed
  }
}

const kindOf = ({ rules }: StandingCall) => (rules.awards.amount === null ? 'places' : 'awards')

function ledeOf(t: Said, lang: string, { rules }: StandingCall, decision: DecisionLine[]): string {
  const sum = decision.reduce(
    (sum, { outcome, amountCents }) => sum + (outcome === 'awarded' ? (amountCents ?? 0) : 0),
    0
  )
  const amount = (value: number) => money(lang, value, rules.currency)
  return [
    t('method', { method: sentence(lang, `rank.method.${rules.ranking.method}`) }),
    judgingWords(lang, rules).selection,
    ...(rules.awards.amount === null || sum === 0
      ? []
      : [
          rules.awards.fund === null
            ? t('need', { sum: amount(sum / 100) })
            : t('need_of', { sum: amount(sum / 100), fund: amount(rules.awards.fund) })
        ])
  ].join(' ')
}

function drawModel(
  t: Said,
  lang: string,
  call: StandingCall,
  { errorOf, value }: { errorOf: Record<string, string>; value: string }
) {
  const { draw } = call.rules.ranking
  const ahead = whyNotDraw(call)
  const on = draw ? longDate(lang, new Date(`${draw.on}T12:00:00Z`), 'UTC') : ''
  return {
    words: draw ? t('draw_source', { source: inLanguage(draw.source, lang), on }) : t('draw_free'),
    ahead: ahead ? t('draw_ahead', { on }) : null,
    typedValue: value,
    mistake: errorOf.publicValue ?? ''
  }
}

/** `sums`: nothing is left out, so that money may be added up without telling of what is. */
type Rows = {
  ranking: Ranking
  decision: ReadonlyMap<string, DecisionLine>
  names: Names
  submitted: ReadonlyMap<string, Submitted>
  sums: boolean
}

/**
 * Rank order is never broken: above the funding line, below it, and where thresholds were missed. Places by country have
 * no one line, so their list is whole.
 */
function groupsOf(t: Said, lang: string, call: StandingCall, rows: Rows) {
  const { sheet } = rows.ranking
  const group = (id: string, heading: string, note: string, some: SheetRow[], line: string | null = null) => ({
    id,
    heading,
    note,
    line,
    rows: some.map(row => rowModel(t, lang, call, rows, row))
  })
  const ranked = sheet.filter(({ rank }) => rank !== null)
  const rest = sheet.filter(({ rank }) => rank === null)
  const unranked = rest.length > 0 ? [group('unranked', t('group.unranked'), '', rest)] : []
  const last = ranked.findLastIndex(({ outcome }) => outcome === 'awarded')
  if (rows.ranking.list.input.rules.seats || last < 0) return [group('all', '', '', ranked), ...unranked]
  const firstFailed = ranked.findIndex(({ failed }, index) => index > last && failed.length > 0)
  const split = firstFailed < 0 ? ranked.length : firstFailed
  const [above, below, failed] = [ranked.slice(0, last + 1), ranked.slice(last + 1, split), ranked.slice(split)]
  const passed = failed.filter(row => row.failed.length === 0).map(({ rank }) => rank ?? 0)
  const list = new Intl.ListFormat(localeOf(lang), { type: 'conjunction' })
  return [
    group('above', t('group.above'), '', above, lineWords(t, lang, call, rows, above)),
    ...(below.length > 0 ? [group('below', t('group.below'), '', below)] : []),
    ...(failed.length > 0
      ? [
          group(
            'thresholds',
            passed.length > 0
              ? t('group.thresholds_except', { count: passed.length, ranks: list.format(passed.map(String)) })
              : t('group.thresholds'),
            judgingWords(lang, call.rules).pass ?? '',
            failed
          )
        ]
      : []),
    ...unranked
  ]
}

function lineWords(
  t: Said,
  lang: string,
  { rules }: StandingCall,
  { decision, sums }: Rows,
  above: SheetRow[]
): string {
  const sum = [...decision.values()].reduce(
    (sum, { outcome, amountCents }) => sum + (outcome === 'awarded' ? (amountCents ?? 0) : 0),
    0
  )
  const over = above.filter(({ outcome }) => outcome !== 'awarded').map(({ rank }) => String(rank))
  const rank = above.at(-1)?.rank ?? 0
  return [
    t('line', { count: above.filter(({ outcome }) => outcome === 'awarded').length }),
    ...(sums && rules.awards.amount !== null && rules.awards.fund !== null
      ? [
          t('line_money', {
            sum: money(lang, sum / 100, rules.currency),
            fund: money(lang, rules.awards.fund, rules.currency)
          })
        ]
      : []),
    ...(over.length > 0
      ? [
          t('line_over', {
            rank,
            count: over.length,
            ranks: new Intl.ListFormat(localeOf(lang), { type: 'conjunction' }).format(over)
          })
        ]
      : [])
  ].join(' ')
}

function rowModel(t: Said, lang: string, { slug, rules }: StandingCall, rows: Rows, row: SheetRow) {
  const { ranking, decision, names, submitted } = rows
  const [proposal, line] = [submitted.get(row.id), decision.get(row.id)]
  const places = rules.ranking.rounding ?? 2
  const figure = (value: Fraction | null | undefined) => (value ? plainNumber(lang, toNumber(value), places) : '–')
  const spread = row.spread ? toNumber(row.spread) : 0
  const { dividedAt } = rules.jury
  const moved = row.adjustedRank !== null && row.rank !== null ? row.adjustedRank - row.rank : 0
  const said = becauseOf(ranking, row.id, { naming: true })
  // The rank stands at the left already; it is said again only where it is the whole reason.
  const because = said.length > 1 ? said.filter(({ code }) => code !== 'rank') : said
  return {
    rank: row.rank === null ? '–' : String(row.rank),
    href: proposal ? `/organise/${slug}/ranking/${proposal.id}` : null,
    ...titleIn(lang, proposal?.version.answers ?? {}, row.id),
    note: t('row', {
      number: row.id,
      country: countryName(lang, String(row.proposal.country ?? ''), names.countries) || 'none',
      reviews: row.reviews
    }),
    divided:
      dividedAt !== undefined && spread >= dividedAt
        ? t('divided', { points: plainNumber(lang, Math.round(spread), 0) })
        : null,
    tag:
      row.outcome === 'not_awarded'
        ? null
        : { text: t(`tag.${row.outcome}`, { place: line?.reservePlace ?? 0 }), award: row.outcome === 'awarded' },
    because: spoken(lang, because, names).join(' '),
    total: figure(row.value ?? row.total),
    spread: row.spread ? plainNumber(lang, spread, places) : '–',
    adjusted:
      row.adjustedRank === null
        ? '–'
        : t('adjusted', {
            rank: row.adjustedRank,
            way: moved === 0 ? 'same' : moved > 0 ? 'down' : 'up',
            by: Math.abs(moved)
          })
  }
}

/** Equal totals, and the rung that parted them. */
function tieWords(t: Said, lang: string, { rules }: StandingCall, { result }: Ranking): string[] {
  return result.ties.map(({ proposals: [first, second], step }) =>
    step === 'share'
      ? t('tie_shared', { first, second })
      : t('tie', { first, second, step: rungWords(lang, step, rules) })
  )
}

function priceWords(t: Said, lang: string, { result }: Ranking): string[] {
  const list = (ids: string[]) => new Intl.ListFormat(localeOf(lang), { type: 'conjunction' }).format(ids)
  return result.selection.limits.map(({ field, price }) =>
    price.in.length + price.out.length === 0
      ? t('price_none', { field })
      : t('price', {
          field,
          in: list(price.in) || 'none',
          out: list(price.out) || 'none'
        })
  )
}
