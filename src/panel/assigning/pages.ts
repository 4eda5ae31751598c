import type { FastifyReply, FastifyRequest } from 'fastify'
import { dateTimeShort, organiserNav } from '../../calls/pages.ts'
import type { StandingCall } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor } from '../../web/forms.ts'
import { affinityOf } from '../affinity.ts'
import type { Explanation } from '../assignmentresult.ts'
import { juryPlaces, kindWords, languageName, listed, proposalShown, type Said, saying } from '../pages.ts'
import { type Assignment, assignmentsOf, interestOf, type Juror } from '../queries.ts'
import { lastRunOf, pairContext, proposalSide } from './queries.ts'

export type Again = { mistakes: Mistake[] } | null

/** Who reads what: loads, languages and gaps at a glance, the solver, and the release to the jurors. */
export async function showAssignment(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const { jury } = call.rules
  const [context, held, run, programme, { apart }] = await Promise.all([
    pairContext(db, call),
    assignmentsOf(db, call.id),
    lastRunOf(db, call.id),
    programmeOfCall(db, call),
    interestOf(db, personOf(request).id, call.id)
  ])
  const { jurors } = context
  const byId = new Map(jurors.map(juror => [juror.id, juror]))
  // Whoever stands aside holds a place until it is decided, but reads nothing.
  const reading = held.filter(pair => context.whyNot(pair) === null)
  const released = call.life.decided.assignments_released
  const rows = context.proposals
    .filter(({ id }) => !apart.has(id))
    .map(proposal => {
      const shown = proposalShown(lang, call, programme, proposal)
      const readers = reading.filter(({ proposalId }) => proposalId === proposal.id)
      const gaps = gapsOf(
        t,
        call,
        shown,
        readers.flatMap(({ jurorId }) => byId.get(jurorId) ?? [])
      )
      return {
        ...shown,
        href: `/organise/${call.slug}/assignment/${proposal.id}`,
        readers: readers.map(({ jurorId, locked }) => ({ jurorId, juror: byId.get(jurorId)?.name ?? '', locked })),
        count: t('assigning.count', { readers: readers.length, wanted: jury.reviewsPerProposal }),
        few: readers.length < jury.minReviews,
        state: readers.length < jury.minReviews ? 'bad' : gaps ? 'warn' : 'done',
        gaps: gaps ?? t('assigning.complete')
      }
    })
  const few = rows.filter(row => row.few).length
  const organises = scope.is.has('organiser')
  const may = organises && ['assigning', 'reviewing'].includes(call.state)
  const explanation = run.result?.status === 'infeasible' ? run.result.explanation : undefined
  const names = namesOf(context)
  return reply.page(
    'panel/assignment',
    {
      title: t('assigning.title', readersWanted(rows, jury.reviewsPerProposal)),
      smallLine: inLanguage(call.texts.title, lang) || call.slug,
      lede: released
        ? t('assigning.released', { at: dateTimeShort(lang, released, call.rules.zone) })
        : t('assigning.lede', { reviews: jury.reviewsPerProposal }),
      places: juryPlaces(lang, call, 'assignment'),
      path: `/organise/${call.slug}/assignment`,
      released: released ?? null,
      mayAssign: may,
      assignMain: reading.length === 0,
      assignHint: t(released ? 'assigning.hint_released' : held.length > 0 ? 'assigning.hint_again' : 'assigning.hint'),
      later: may ? null : t('assigning.later'),
      trouble: explanation
        ? [...explained(t, lang, explanation, names), ...(reading.length > 0 ? [t('why.stays')] : [])]
        : [],
      rows,
      loads: jurors.map(juror => {
        const load = reading.filter(({ jurorId }) => jurorId === juror.id).length
        return {
          id: juror.id,
          most: juror.maxLoad,
          name: juror.name,
          reads: listed(
            lang,
            juror.reads.map(code => languageName(lang, code))
          ),
          load,
          of: Math.max(juror.maxLoad, 1),
          words: t('jury.load', { load, most: juror.maxLoad }),
          over: load > juror.maxLoad || load < juror.minLoad
        }
      }),
      mayRelease: may && !released && call.state === 'assigning',
      releaseMain: reading.length > 0 && few === 0,
      releaseText:
        few > 0
          ? t('assigning.release_not_yet', { count: few, least: jury.minReviews })
          : t('assigning.release_text', { jurors: new Set(reading.map(({ jurorId }) => jurorId)).size })
    },
    { nav: organiserNav(lang, call, 'jury') }
  )
}

/** How many of the promised reviews have a reader, and how many readers are more than was promised. */
function readersWanted(rows: { readers: unknown[] }[], each: number) {
  const counts = rows.map(({ readers }) => readers.length)
  const sum = (some: number[]) => some.reduce((total, one) => total + one, 0)
  const given = sum(counts.map(count => Math.min(count, each)))
  return { given, wanted: rows.length * each, more: sum(counts) - given }
}

type Shown = ReturnType<typeof proposalShown>

/** What a proposal lacks, in a sentence: readers, or readers of its language. */
function gapsOf(t: Said, { rules }: StandingCall, { language, languageCode }: Shown, readers: Juror[]): string | null {
  const { reviewsPerProposal, minReaders } = rules.jury
  const missing = reviewsPerProposal - readers.length
  const fluent = readers.filter(({ reads }) => reads.includes(languageCode)).length
  const gaps = [
    ...(missing > 0 ? [t('assigning.gap_readers', { count: missing })] : []),
    ...(languageCode !== '' && fluent < minReaders
      ? [t('assigning.gap_language', { language, count: fluent, least: minReaders })]
      : [])
  ]
  return gaps.length > 0 ? gaps.join(' ') : null
}

type Names = { proposal: (id: string) => string; juror: (id: string) => string }

const namesOf = ({ proposals, jurors }: Awaited<ReturnType<typeof pairContext>>): Names => ({
  proposal: id => proposals.find(proposal => proposal.id === id)?.number ?? '',
  juror: id => jurors.find(juror => juror.id === id)?.name ?? ''
})

/** Why nobody could be assigned, and what would help: in sentences. */
function explained(t: Said, lang: string, why: Explanation, names: Names): string[] {
  const list = (parts: string[]) => listed(lang, parts.filter(Boolean))
  const facts = {
    demand: why.demand ?? 0,
    capacity: why.capacity ?? 0,
    minLoad: why.minLoad ?? 0,
    shortage: why.shortage,
    proposals: list(why.cut.proposals.map(names.proposal)),
    jurors: list(why.cut.jurors.map(names.juror)),
    starved: list(why.starved.map(names.juror)),
    pairs: list(why.pairs.map(([proposal, juror]) => `${names.proposal(proposal)} (${names.juror(juror)})`)),
    language: why.lang ? languageName(lang, why.lang) : '',
    readers: list((why.readers ?? []).map(names.juror)),
    places: why.places ?? 0,
    needed: why.needed ?? 0
  }
  const { raiseEveryMaxBy, extraJurors, lowerMinTotal } = why.relax
  const eligible = Object.entries(why.eligible ?? {})
    .filter(() => why.reason === 'eligible')
    .slice(0, 10)
    .map(([proposal, jurors]) =>
      t('why.may_read', {
        proposal: names.proposal(proposal),
        count: jurors.length,
        jurors: list(jurors.map(names.juror))
      })
    )
  return [
    t(`why.${why.reason}`, facts),
    ...eligible,
    ...(why.reason !== 'locked-conflict' && why.pairs.length > 0 ? [t('why.locked_hold', facts)] : []),
    ...(raiseEveryMaxBy ? [t('why.raise', { by: raiseEveryMaxBy })] : []),
    ...(extraJurors ? [t('why.extra', { ...extraJurors })] : []),
    ...(lowerMinTotal ? [t('why.lower', { by: lowerMinTotal })] : [])
  ]
}

/** One proposal: who reads it, and for every juror whether they could, with the reason where not. */
export async function showReaders(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const [context, held, programme, { apart }] = await Promise.all([
    pairContext(db, call),
    assignmentsOf(db, call.id),
    programmeOfCall(db, call),
    interestOf(db, personOf(request).id, call.id)
  ])
  const proposal = context.proposals.find(({ id }) => id === scope.proposalId)
  if (!proposal || apart.has(proposal.id)) throw new Refused({ code: 'not_found' })
  const { errors } = mistakesFor(request, again?.mistakes ?? [])
  const shown = proposalShown(lang, call, programme, proposal)
  const may = scope.is.has('organiser') && ['assigning', 'reviewing'].includes(call.state)
  const side = proposalSide(proposal)
  const readers = held.filter(({ proposalId }) => proposalId === proposal.id)
  const reads = held.filter(pair => context.whyNot(pair) === null)
  const lines = context.jurors.map(juror => {
    const load = reads.filter(({ jurorId }) => jurorId === juror.id).length
    const whyNot = context.whyNot({ jurorId: juror.id, proposalId: proposal.id })
    return {
      id: juror.id,
      name: juror.name,
      load,
      words: t('jury.load', { load, most: juror.maxLoad }),
      full: load >= juror.maxLoad,
      readsIt: shown.languageCode !== '' && juror.reads.includes(shown.languageCode),
      knowsTheme: side.theme !== '' && juror.expertise.includes(side.theme),
      fit: affinityOf(juror, side),
      whyNot: whyNot && whyNotWords(t, lang, whyNot),
      reason: whyNot?.code ?? null,
      assignment: readers.find(({ jurorId }) => jurorId === juror.id) ?? null
    }
  })
  const reading = new Set(lines.filter(({ assignment, whyNot }) => assignment && whyNot === null).map(({ id }) => id))
  const gaps = gapsOf(
    t,
    call,
    shown,
    context.jurors.filter(({ id }) => reading.has(id))
  )
  return reply.page(
    'panel/readers',
    {
      id: proposal.id,
      title: shown.name,
      titleLang: shown.nameLang,
      smallLine: `${shown.mark} · ${[shown.language, shown.institution, shown.place].filter(Boolean).join(' · ')}`,
      lede: gaps ?? t('assigning.complete'),
      places: juryPlaces(lang, call, 'assignment'),
      errors,
      path: `/organise/${call.slug}/assignment/${proposal.id}`,
      back: `/organise/${call.slug}/assignment`,
      may,
      readers: lines
        .filter(({ assignment }) => assignment)
        .map(line => ({ ...line, ...heldWords(t, line.assignment), waits: line.whyNot })),
      others: lines
        .filter(({ assignment, whyNot }) => !assignment && whyNot === null)
        .sort((a, b) => Number(a.full) - Number(b.full) || b.fit - a.fit || a.load - b.load),
      apart: lines.filter(({ assignment, whyNot }) => !assignment && whyNot !== null)
    },
    { nav: organiserNav(lang, call, 'jury') }
  )
}

function heldWords(t: Said, assignment: Assignment | null) {
  return {
    assignmentId: assignment?.id ?? '',
    locked: assignment?.locked ?? false,
    released: Boolean(assignment?.releasedAt),
    source: t(`assigning.source_${assignment?.source ?? 'hand'}`)
  }
}

function whyNotWords(t: Said, lang: string, { code, kind }: { code: string; kind?: unknown }): string {
  if (code === 'conflict_automatic') return t(`automatic.${String(kind)}`)
  if (code === 'not_declared') return t('standing.silent')
  if (code === 'conflict_declared') return t('assigning.declared', { kind: kindWords(lang, String(kind)) })
  return sentence(lang, 'refusal.other.what')
}
