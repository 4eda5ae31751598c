import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsFrom } from '../../calls/editor/controls.ts'
import { type Flat, flatOf, one } from '../../calls/editor/pieces.ts'
import { leftWords } from '../../calls/pages.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { hidesApplicants, juryNav } from '../../reviews/pages.ts'
import { callOf } from '../../web/context.ts'
import { mistakesFor } from '../../web/forms.ts'
import { NONE } from '../conflict.ts'
import { kindWords, proposalShown, saying } from '../pages.ts'
import { type Declaration, releasedTo } from '../queries.ts'
import { tally } from '../standing.ts'
import { declaredFor } from './queries.ts'

export type Again = { mistakes: Mistake[] } | null

/**
 * The juror's word on every eligible proposal. What the rules settle is shown and not asked; what was declared a conflict is
 * shown with what became of it; the rest is asked, in one form.
 */
export async function showDeclarations(
  request: FastifyRequest,
  reply: FastifyReply,
  again: Again = null
): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const declared = await declaredFor(db, call)
  const juror = declared.seats.find(({ id }) => id === scope.jurorId)
  if (!juror) throw new Refused({ code: 'not_found' })
  const programme = await programmeOfCall(db, call)
  const blind = hidesApplicants(call.rules)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values: Flat = again ? flatOf(request.body) : {}
  const held = new Set((await releasedTo(db, juror.id)).map(({ proposalId }) => proposalId))
  const begun = call.life.decided.assignments_released !== undefined
  const lines = declared.proposals.map(proposal => {
    const { id } = proposal
    const declaration = declared.declarationOf(juror.id, id)
    const said = again ? one(values, `said.${id}`) : saidBefore(declaration, call.rules.jury.conflictKinds)
    const kind = again ? one(values, `kind.${id}`) : (declaration?.kind ?? '')
    return {
      ...proposalShown(lang, call, programme, proposal, blind),
      standing: declared.standing(juror, proposal),
      because: declared.automatic(juror, proposal),
      declaration,
      isNone: said === 'none',
      isConflict: said === 'conflict',
      kinds: call.rules.jury.conflictKinds.map(value => ({
        value,
        text: kindWords(lang, value),
        selected: value === kind
      })),
      word: again ? one(values, `word.${id}`) : (declaration?.word ?? ''),
      kindError: errorOf[`kind.${id}`] ?? null,
      wordError: errorOf[`word.${id}`] ?? null
    }
  })
  const sums = tally(lines.map(({ standing }) => standing))
  // Once people read, a word already given is taken back by a recusal with its reason.
  const asked = lines.filter(
    ({ standing }) => standing === 'silent' || (!begun && (standing === 'none' || standing === 'cleared'))
  )
  const fields = fieldsFrom({ values: again ? values : { ties: juror.ties.join('\n') }, errorOf })
  return reply.page(
    'panel/declarations',
    {
      until: call.life.declarationsUntil,
      kinds: call.rules.jury.conflictKinds,
      // In a blind call what the rules settle would say where a proposal comes from.
      proposals: lines
        .filter(({ standing }) => !blind || standing !== 'automatic')
        .map(line => ({ ...line, kind: line.declaration?.kind ?? null, word: line.declaration?.word ?? '' })),
      title:
        sums.silent > 0
          ? t('declaring.title', { count: sums.silent })
          : t('declaring.title_done', { count: sums.asked }),
      smallLine: inLanguage(call.texts.title, lang) || call.slug,
      lede: [
        t(blind ? 'declaring.lede_blind' : 'declaring.lede'),
        ...(call.state === 'declaring'
          ? [t('declaring.until', { left: leftWords(lang, call.life.declarationsUntil, call.now) })]
          : [])
      ].join(' '),
      errors,
      path: `/jury/${call.slug}/declarations`,
      asked,
      silent: sums.silent,
      aside: lines
        .filter(({ standing }) => ['waiting', 'recused'].includes(standing) || (begun && standing === 'cleared'))
        .map(line => ({
          ...line,
          state: line.standing === 'waiting' ? 'now' : line.standing === 'recused' ? 'bad' : 'done',
          stateWord: t(`standing.${line.standing}`),
          kindWord: kindWords(lang, line.declaration?.kind ?? '')
        })),
      // In a blind call the list alone would say where these come from.
      automatic: blind
        ? []
        : lines
            .filter(({ standing }) => standing === 'automatic')
            .map(line => ({ ...line, why: t(`automatic.${line.because}`) })),
      none: begun
        ? lines
            .filter(({ standing }) => standing === 'none')
            .map(line => ({
              ...line,
              recusal: held.has(line.id) ? `/jury/${call.slug}/proposals/${line.id}/recusal` : null
            }))
        : [],
      ties: blind ? fields.area('ties', t('declaring.ties'), { rows: 5, hint: t('declaring.ties_hint') }) : null,
      profile: `/jury/${call.slug}/profile`,
      tiesPath: `/jury/${call.slug}/ties`
    },
    { nav: juryNav(lang, call, 'declarations') }
  )
}

function saidBefore(declaration: Declaration | null, kinds: readonly string[]): string {
  if (!declaration) return ''
  if (declaration.kind === NONE) return 'none'
  return kinds.includes(declaration.kind) ? 'conflict' : ''
}

/** "I cannot judge this proposal": at any time while it is theirs, with the reason. */
export async function showRecusal(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values: Flat = again ? flatOf(request.body) : {}
  const proposalId = scope.proposalId ?? one(values, 'proposal')
  const { seats, proposals } = await declaredFor(db, call)
  const proposal = proposals.find(({ id }) => id === proposalId)
  const held = scope.jurorId ? await releasedTo(db, scope.jurorId, proposal ? [proposal.id] : []) : []
  if (!proposal || held.length === 0 || !seats.some(({ id }) => id === scope.jurorId))
    throw new Refused({ code: 'not_found' })
  const shown = proposalShown(lang, call, null, proposal, hidesApplicants(call.rules))
  const fields = fieldsFrom({ values, errorOf })
  return reply.page(
    'panel/recusal',
    {
      title: t('recusal.title'),
      smallLine: `${inLanguage(call.texts.title, lang) || call.slug} · ${shown.mark}`,
      lede: shown.name,
      errors,
      to: `/jury/${call.slug}/recusals`,
      proposal: proposal.id,
      controls: [
        fields.radios(
          'kind',
          t('recusal.kind'),
          call.rules.jury.conflictKinds.map(value => ({ value, text: kindWords(lang, value) }))
        ),
        fields.area('word', t('recusal.word'), { rows: 4, hint: t('recusal.word_hint') })
      ],
      keep: `/jury/${call.slug}`
    },
    { nav: juryNav(lang, call, 'judge') }
  )
}
