import type { FastifyReply, FastifyRequest } from 'fastify'
import { secondPersonOf } from '../../accounts/queries.ts'
import { whyNotConfirm } from '../../calls/confirming.ts'
import { confirmationIn } from '../../calls/queries.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { money } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { whyNotDecide } from '../../panel/queries.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { submittedTo } from '../../proposals/queries.ts'
import { recomputed, runWith, shownTo } from '../../ranking/queries.ts'
import { titleIn } from '../../ranking/shown.ts'
import { Refused } from '../../refusal.ts'
import { hidesApplicants, readsAsTeam, teamNav, withheldWords } from '../../reviews/pages.ts'
import { callOf, personOf } from '../../web/context.ts'
import { dateTimeIn } from '../../web/render.ts'
import { inGroups } from '../../web/seal.ts'
import { becauseOf } from '../because.ts'
import type { DecisionLine } from '../decision.ts'
import { countryName, footnotesFor, spoken } from '../pages.ts'

const OUTCOMES = ['awarded', 'reserve', 'not_awarded', 'below_threshold'] as const

/** Exactly what the second person signs: the outcome of every proposal, with its reason. */
export async function showSignOff(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const person = personOf(request)
  const asked = await confirmationIn(db, call.id, (request.params as { confirmation: string }).confirmation)
  if (asked?.action !== 'sign_off') throw new Refused({ code: 'not_found' })
  const payload = asked.payload as { rankingId: string; inputHash: string; decision: DecisionLine[] }
  const [run, programme, submitted, second, apart] = await Promise.all([
    runWith(db, payload.rankingId),
    programmeOfCall(db, call),
    submittedTo(db, call.id),
    secondPersonOf(db, person.id, call),
    whyNotDecide(db, person.id, call.id)
  ])
  if (!run || !programme) throw new Refused({ code: 'not_found' })
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `awards.${key}`, facts)
  const { rules } = call
  const { ranking, hidden } = await shownTo(db, person.id, { call, ranking: recomputed(run) })
  const decision = payload.decision.filter(({ number }) => !hidden.has(number))
  const names = { rules, countries: programme.countries }
  const whyNot = whyNotConfirm(asked, { by: person.id, singlePerson: programme.singlePersonAt !== null }) ?? apart
  // A chair is a juror of a call that may keep from jurors who applied: until it is signed, that holds here too.
  const unnamed = hidesApplicants(rules) && !readsAsTeam(scope) && asked.givenAt === null
  const amountOf = ({ amountCents }: DecisionLine) =>
    amountCents === null || rules.awards.amount === null ? '' : money(lang, amountCents / 100, rules.currency)
  const lineOf = (line: DecisionLine) => {
    const proposal = submitted.find(({ number }) => number === line.number)
    const { applicant, answers } = proposal?.version ?? {}
    return {
      rank: line.rank === null ? '–' : String(line.rank),
      ...titleIn(lang, answers ?? {}, line.number),
      note: (unnamed
        ? [line.number]
        : [line.number, applicant?.institution, countryName(lang, applicant?.country ?? '', programme.countries)]
      )
        .filter(Boolean)
        .join(' · '),
      because: spoken(lang, becauseOf(ranking, line.number, { naming: true }), names).join(' '),
      amount: amountOf(line)
    }
  }
  const awarded = decision.filter(({ outcome }) => outcome === 'awarded')
  const sum = awarded.reduce((sum, { amountCents }) => sum + (amountCents ?? 0), 0)
  return reply.page(
    'awards/sign-off',
    {
      id: asked.id,
      action: asked.action,
      askedByName: asked.askedByName,
      askedAt: asked.askedAt,
      givenAt: asked.givenAt,
      withdrawnAt: asked.withdrawnAt,
      refusal: whyNot?.code ?? (second ? null : 'not_second'),
      inputHash: payload.inputHash,
      decision,
      title: t('sign.heading', { count: awarded.length, money: rules.awards.amount === null ? 'no' : 'yes' }),
      smallLine: sentence(lang, 'calls.confirm.asked_by', {
        name: asked.askedByName,
        at: dateTimeIn(lang, asked.askedAt, rules.zone)
      }),
      lede: t('sign.lede', { title: inLanguage(call.texts.title, lang) }),
      groups: OUTCOMES.map(outcome => ({
        outcome,
        heading: t(`sign.${outcome}`, { count: decision.filter(line => line.outcome === outcome).length }),
        lines: decision.filter(line => line.outcome === outcome).map(lineOf)
      })).filter(({ lines }) => lines.length > 0),
      withheld: withheldWords(lang, hidden.size),
      sum: rules.awards.amount === null || hidden.size > 0 ? null : money(lang, sum / 100, rules.currency),
      amounts: rules.awards.amount !== null,
      hash: inGroups(payload.inputHash),
      path: `/organise/${call.slug}/sign-off/${asked.id}`,
      withdrawal: `/organise/${call.slug}/confirmations/${asked.id}/withdrawal`,
      back: readsAsTeam(scope) ? `/organise/${call.slug}/ranking` : null,
      mayConfirm: whyNot === null && second,
      mayWithdraw: asked.givenAt === null && asked.withdrawnAt === null && asked.askedBy === person.id,
      given: asked.givenAt ? t('sign.given', { at: dateTimeIn(lang, asked.givenAt, rules.zone) }) : null,
      whyNot:
        asked.givenAt !== null
          ? null
          : whyNot
            ? sentence(lang, `refusal.${whyNot.code}.what`)
            : second
              ? null
              : t('sign.not_second'),
      footnotes: footnotesFor(
        submitted.filter(({ number }) => !hidden.has(number)).map(({ version }) => version.applicant.country),
        programme.countries
      )
    },
    { nav: teamNav(lang, call, { scope, current: 'ranking' }) }
  )
}
