import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsFrom } from '../../calls/editor/controls.ts'
import { type Flat, flatOf, one } from '../../calls/editor/pieces.ts'
import { dateTimeShort, organiserNav } from '../../calls/pages.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import type { Mistake } from '../../refusal.ts'
import { hidesApplicants } from '../../reviews/pages.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor } from '../../web/forms.ts'
import { declaredFor } from '../declaring/queries.ts'
import { juryPlaces, kindWords, partnersIn, proposalShown, saying } from '../pages.ts'
import { interestOf } from '../queries.ts'
import { tally } from '../standing.ts'
import { tiesIn } from '../ties.ts'

export type Again = { mistakes: Mistake[] } | null

/** Who has declared, which conflicts wait for a decision, and the end of declaring. */
export async function showDeciding(
  request: FastifyRequest,
  reply: FastifyReply,
  again: Again = null
): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const [declared, programme, { apart }] = await Promise.all([
    declaredFor(db, call),
    programmeOfCall(db, call),
    interestOf(db, personOf(request).id, call.id)
  ])
  const { seats, standing, declarationOf } = declared
  const accepted = seats.filter(({ acceptedAt }) => acceptedAt)
  // Somebody of the team who judges too sees nothing of what they stand aside from.
  const proposals = declared.proposals.filter(({ id }) => !apart.has(id))
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values: Flat = again ? flatOf(request.body) : {}
  const fields = fieldsFrom({ values, errorOf })
  const organises = scope.is.has('organiser')
  const open = organises && ['declaring', 'assigning', 'reviewing', 'panel'].includes(call.state)

  const conflicts = accepted.flatMap(juror =>
    proposals.flatMap(proposal => {
      const stands = standing(juror, proposal)
      const declaration = declarationOf(juror.id, proposal.id)
      if (!declaration || !['waiting', 'recused', 'cleared'].includes(stands)) return []
      const mine = one(values, 'declaration') === declaration.id
      return [
        {
          ...proposalShown(lang, call, programme, proposal),
          declaration: declaration.id,
          jurorId: juror.id,
          kind: declaration.kind,
          declaredAt: declaration.declaredAt,
          juror: juror.name,
          standing: stands,
          state: stands === 'waiting' ? 'now' : stands === 'recused' ? 'bad' : 'done',
          stateWord: t(`standing.${stands}`),
          kindWord: kindWords(lang, declaration.kind),
          word: declaration.word,
          at: dateTimeShort(lang, declaration.declaredAt, call.rules.zone),
          reason: declaration.reason,
          typedReason: mine ? one(values, 'reason') : '',
          reasonError: mine ? (errorOf.reason ?? null) : null
        }
      ]
    })
  )
  const rows = accepted.map(juror => {
    const sums = tally(declared.proposals.map(proposal => standing(juror, proposal)))
    return {
      id: juror.id,
      name: juror.name,
      none: sums.none,
      conflicts: sums.waiting + sums.recused + sums.cleared,
      automatic: sums.automatic,
      silent: sums.silent,
      state: sums.silent === 0 ? 'done' : 'ahead',
      stateWord: sums.silent === 0 ? t('deciding.all_said') : t('deciding.missing', { count: sums.silent })
    }
  })
  const silent = rows.reduce((sum, row) => sum + row.silent, 0)
  const waiting = conflicts.filter(conflict => conflict.standing === 'waiting')
  return reply.page(
    'panel/deciding',
    {
      title:
        waiting.length > 0 ? t('deciding.title_waiting', { count: waiting.length }) : t('deciding.title', { silent }),
      smallLine: inLanguage(call.texts.title, lang) || call.slug,
      lede: t('deciding.lede', {
        done: rows.filter(row => row.silent === 0).length,
        jurors: rows.length,
        unanswered: seats.length - accepted.length
      }),
      places: juryPlaces(lang, call, 'declarations'),
      errors: errors.map(({ href, text }) => ({
        text,
        href: href === '#reason' ? `#reason-${one(values, 'declaration')}` : href
      })),
      path: `/organise/${call.slug}/declarations`,
      open,
      conflicts,
      waiting,
      decided: conflicts.filter(conflict => conflict.standing !== 'waiting'),
      rows,
      mayEnd: organises && call.state === 'declaring',
      endText:
        silent > 0
          ? t('deciding.end_not_yet', {
              count: silent,
              until: dateTimeShort(lang, call.life.declarationsUntil, call.rules.zone)
            })
          : t('deciding.end_text'),
      mayEndNow: silent === 0 && rows.length > 0,
      ties: hidesApplicants(call.rules)
        ? accepted.flatMap(juror =>
            proposals.flatMap(proposal => {
              const { applicant } = proposal.version
              const found = tiesIn(juror.ties, {
                applicant: applicant.name,
                institution: applicant.institution,
                partners: partnersIn(proposal)
              })
              const stands = standing(juror, proposal)
              return found.length > 0 && (stands === 'silent' || stands === 'none')
                ? [{ juror: juror.name, proposal: proposal.number, tie: found.join(', ') }]
                : []
            })
          )
        : [],
      controls: [
        fields.select(
          'jurorId',
          t('deciding.juror'),
          accepted.map(({ id, name }) => ({ value: id, text: name })),
          { choose: t('deciding.choose_juror') }
        ),
        fields.select(
          'proposalId',
          t('deciding.proposal'),
          proposals.map(proposal => {
            const { id, mark, name } = proposalShown(lang, call, programme, proposal)
            return { value: id, text: `${mark} ${name}` }
          }),
          { choose: t('deciding.choose_proposal') }
        ),
        fields.area('why', t('deciding.why'), { rows: 3, hint: t('deciding.why_hint') })
      ]
    },
    { nav: organiserNav(lang, call, 'jury') }
  )
}
