import type { FastifyReply, FastifyRequest } from 'fastify'
import { whyNotCloseReviewing } from '../../calls/changing.ts'
import { leftWords, organiserNav } from '../../calls/pages.ts'
import type { StandingCall } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { countryName } from '../../programmes/countries.ts'
import { type Programme, programmeOfCall } from '../../programmes/queries.ts'
import { callOf, personOf } from '../../web/context.ts'
import { dateTimeIn } from '../../web/render.ts'
import { withheldWords } from '../pages.ts'
import { coverageOf, type Progress, progressOf, setAsideFrom } from '../queries.ts'

/** Who has scored how much, never what. */
export async function showProgress(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { db } = request.server
  const call = callOf(request)
  const aside = await setAsideFrom(db, personOf(request).id, call)
  const [jurors, proposals, programme] = await Promise.all([
    progressOf(db, call.id, aside),
    coverageOf(db, call.id),
    programmeOfCall(db, call)
  ])
  const organises = request.scope.is.has('organiser')
  const known = { jurors, proposals, aside, programme, organises }
  return reply.page('reviews/progress', progressPage(call, known, request.lang), {
    nav: organiserNav(request.lang, call, 'progress')
  })
}

type Known = {
  jurors: Progress[]
  proposals: Awaited<ReturnType<typeof coverageOf>>
  /** What the reader stands aside from. */
  aside: ReadonlySet<string>
  programme: Programme | null
  organises: boolean
}

function progressPage(
  call: StandingCall,
  { jurors, proposals: all, aside, programme, organises }: Known,
  lang: string
) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.progress.${key}`, facts)
  const { state, life, rules, now } = call
  const proposals = all.filter(({ proposalId }) => !aside.has(proposalId))
  const sum = (key: 'assigned' | 'submitted') => proposals.reduce((total, one) => total + one[key], 0)
  const facts = { assigned: sum('assigned'), submitted: sum('submitted') }
  const outstanding = facts.assigned - facts.submitted
  const running = state === 'reviewing'
  // Reviewing closes on all proposals; how many are missing is told of those in sight.
  const missing = all.some(({ assigned, submitted }) => submitted < assigned)
  const whyNot = whyNotCloseReviewing({ outstanding: missing ? Math.max(outstanding, 1) : 0 })
  const until = dateTimeIn(lang, life.reviewingUntil, rules.zone)
  return {
    title: t('heading', facts),
    smallLine: `${inLanguage(call.texts.title, lang)} · ${dateTimeIn(lang, now, rules.zone)}`,
    lede: running
      ? t('lede', { until, left: leftWords(lang, life.reviewingUntil, now) })
      : state === 'assigning'
        ? t('lede_before', { from: dateTimeIn(lang, life.reviewingOpensAt, rules.zone) })
        : t('lede_after'),
    withheld: withheldWords(lang, all.length - proposals.length),
    jurors: jurors
      .map(({ name, country, assigned, begun, submitted }) => ({
        name,
        assigned,
        begun,
        submitted,
        country: country ? countryName(lang, country, programme?.countries ?? []) : '',
        words: t('of', { submitted, assigned }),
        value: submitted,
        of: Math.max(assigned, 1),
        state:
          assigned > 0 && submitted >= assigned ? 'done' : begun === 0 && assigned > 0 && running ? 'warn' : 'ahead',
        stateWord: t(
          assigned === 0
            ? 'nothing_assigned'
            : submitted >= assigned
              ? 'all_in'
              : begun === 0
                ? 'not_begun'
                : 'under_way',
          { count: assigned - submitted }
        ),
        left: assigned - submitted
      }))
      .sort((a, b) => b.left - a.left),
    waiting: proposals
      .filter(({ assigned, submitted }) => submitted < assigned)
      .map(({ number, assigned, submitted }) => ({
        number,
        assigned,
        submitted,
        words: t('of', { submitted, assigned })
      })),
    running,
    panel: ['draft', 'open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing'].includes(state)
      ? null
      : `/organise/${call.slug}/panel`,
    closing: running && organises && !whyNot ? `/organise/${call.slug}/progress/closing` : null,
    whyNotClose:
      running && organises && whyNot
        ? t(aside.size > 0 ? 'not_yet_all' : 'not_yet', { count: outstanding, until })
        : null
  }
}
