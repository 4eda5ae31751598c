import type { FastifyReply, FastifyRequest } from 'fastify'
import { secondPersonOf } from '../../accounts/queries.ts'
import { whyNotConfirm } from '../../calls/confirming.ts'
import { organiserNav } from '../../calls/pages.ts'
import { confirmationIn, waitingFor } from '../../calls/queries.ts'
import { localOf } from '../../calls/zones.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { whyNotDecide } from '../../panel/queries.ts'
import { programmeOfCall } from '../../programmes/queries.ts'
import { hiddenNumbers } from '../../ranking/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { readsAsTeam, teamNav, withheldWords } from '../../reviews/pages.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { dateTimeIn } from '../../web/render.ts'
import { type Payload, whyNotPublish } from '../commands.ts'
import { type Content, contentWithout } from '../content.ts'
import { resultsModel } from '../pages.ts'
import { contentOf, mayAudit, publicationsOf } from '../queries.ts'

/** The page as the public will see it, and the minute to choose; later, what was set. */
export async function showPublication(
  request: FastifyRequest,
  reply: FastifyReply,
  again: { mistakes: Mistake[] } | null = null
): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const { rules, life, now } = call
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `publication.${key}`, facts)
  const [made, programme, waiting, [set], hidden, audits] = await Promise.all([
    contentOf(db, call),
    programmeOfCall(db, call),
    waitingFor(db, call.id),
    publicationsOf(db, call.id),
    hiddenNumbers(db, personOf(request).id, call),
    mayAudit(db, personOf(request).id, call)
  ])
  if (!programme) throw new Refused({ code: 'not_found' })
  if (!made) throw new Refused({ code: 'not_signed' })
  const asked = waiting.find(({ action }) => action === 'publication')
  const planned = new Date(rules.dates.publicationAt)
  const earliest = life.redressUntil && life.redressUntil > now ? life.redressUntil : now
  const proposed = planned > earliest ? planned : new Date(earliest.getTime() + 3_600_000)
  const whyNot = whyNotPublish(call, proposed)
  const local = localOf(proposed, rules.zone)
  const values = again ? typed(request) : {}
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  return reply.page(
    'publication/organise',
    {
      visibleAt: set?.visibleAt ?? null,
      proposedAt: proposed,
      confirmation: asked?.id ?? null,
      refusal: set ? null : (whyNot?.code ?? null),
      content: contentWithout(set ? (set.content as unknown as Content) : made.content, hidden),
      title: set ? t(set.visibleAt > now ? 'set.heading' : 'set.public_heading') : t('organise.heading'),
      smallLine: inLanguage(call.texts.title, lang),
      lede: set
        ? t(set.visibleAt > now ? 'set.until' : 'set.since', { at: dateTimeIn(lang, set.visibleAt, rules.zone) })
        : t('organise.lede'),
      withheld: withheldWords(lang, hidden.size),
      errors,
      slug: call.slug,
      asked: asked
        ? {
            href: `/organise/${call.slug}/publication/${asked.id}`,
            words: t('organise.asked', { name: asked.askedByName })
          }
        : null,
      whyNot: !set && whyNot ? refusalWords(lang, whyNot, rules.zone) : null,
      form:
        !set && !whyNot && scope.is.has('organiser')
          ? {
              day: values.day ?? local.day,
              time: values.time ?? local.time,
              dayMistake: errorOf.day ?? '',
              timeMistake: errorOf.time ?? '',
              zone: t('organise.zone', { at: dateTimeIn(lang, proposed, rules.zone) })
            }
          : null,
      results: set && set.visibleAt <= now ? `/calls/${call.slug}/results` : null,
      auditorsBundle: set?.bundle && audits ? `/organise/${call.slug}/publication/bundle.json` : null,
      preview: resultsModel(lang, call, {
        content: contentWithout(set ? (set.content as unknown as Content) : made.content, hidden),
        names: { rules, countries: programme.countries },
        values: set ?? {
          kind: 'final',
          seal: call.seal ?? '',
          inputHash: made.inputHash,
          historyHead: '',
          visibleAt: proposed
        },
        single: programme.singlePersonAt !== null,
        address: `${request.server.settings.baseUrl}/calls/${call.slug}/results`
      })
    },
    { nav: organiserNav(lang, call, 'publication') }
  )
}

function refusalWords(lang: string, { code, ...facts }: { code: string } & Record<string, unknown>, zone: string) {
  const spoken = Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      value instanceof Date
        ? dateTimeIn(lang, value, zone)
        : name === 'state'
          ? sentence(lang, `state.${String(value)}`)
          : Array.isArray(value)
            ? value.map(state => sentence(lang, `state.${String(state)}`)).join(', ')
            : value
    ])
  )
  return sentence(lang, `refusal.${code}.what`, spoken)
}

/** What the second person says yes to: this page, at this minute. */
export async function showConfirmation(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const person = personOf(request)
  const asked = await confirmationIn(db, call.id, (request.params as { confirmation: string }).confirmation)
  if (asked?.action !== 'publication') throw new Refused({ code: 'not_found' })
  const payload = asked.payload as Payload
  const [programme, second, apart, hidden] = await Promise.all([
    programmeOfCall(db, call),
    secondPersonOf(db, person.id, call),
    whyNotDecide(db, person.id, call.id),
    hiddenNumbers(db, person.id, call)
  ])
  if (!programme) throw new Refused({ code: 'not_found' })
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `publication.${key}`, facts)
  const { rules } = call
  const visibleAt = new Date(payload.visibleAt)
  const whyNot = whyNotConfirm(asked, { by: person.id, singlePerson: programme.singlePersonAt !== null }) ?? apart
  return reply.page(
    'publication/confirmation',
    {
      id: asked.id,
      action: asked.action,
      askedByName: asked.askedByName,
      askedAt: asked.askedAt,
      givenAt: asked.givenAt,
      withdrawnAt: asked.withdrawnAt,
      refusal: whyNot?.code ?? (second ? null : 'not_second'),
      visibleAt,
      content: contentWithout(payload.content, hidden),
      title: t('confirm.heading', { at: dateTimeIn(lang, visibleAt, rules.zone) }),
      smallLine: sentence(lang, 'calls.confirm.asked_by', {
        name: asked.askedByName,
        at: dateTimeIn(lang, asked.askedAt, rules.zone)
      }),
      lede: t('confirm.lede'),
      withheld: withheldWords(lang, hidden.size),
      given: asked.givenAt ? t('confirm.given', { at: dateTimeIn(lang, asked.givenAt, rules.zone) }) : null,
      whyNot:
        asked.givenAt !== null
          ? null
          : whyNot
            ? sentence(lang, `refusal.${whyNot.code}.what`)
            : second
              ? null
              : sentence(lang, 'awards.sign.not_second'),
      path: `/organise/${call.slug}/publication/${asked.id}`,
      withdrawal: `/organise/${call.slug}/confirmations/${asked.id}/withdrawal`,
      back: readsAsTeam(scope) ? `/organise/${call.slug}/publication` : null,
      mayConfirm: whyNot === null && second,
      mayWithdraw: asked.givenAt === null && asked.withdrawnAt === null && asked.askedBy === person.id,
      preview: resultsModel(lang, call, {
        content: contentWithout(payload.content, hidden),
        names: { rules, countries: programme.countries },
        values: { kind: 'final', seal: call.seal ?? '', inputHash: payload.inputHash, historyHead: '', visibleAt },
        single: programme.singlePersonAt !== null,
        address: `${request.server.settings.baseUrl}/calls/${call.slug}/results`
      })
    },
    { nav: teamNav(lang, call, { scope, current: 'publication' }) }
  )
}
