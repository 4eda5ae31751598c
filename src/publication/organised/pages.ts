import type { FastifyReply, FastifyRequest } from 'fastify'
import { secondPersonOf } from '../../accounts/queries.ts'
import { whyNotConfirm } from '../../calls/confirming.ts'
import { organiserNav } from '../../calls/pages.ts'
import { confirmationIn, waitingFor } from '../../calls/queries.ts'
import { localOf } from '../../calls/zones.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { programmeShown } from '../../programmes/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { callOf, personOf } from '../../web/context.ts'
import { mistakesFor, typed } from '../../web/forms.ts'
import { dateTimeIn } from '../../web/render.ts'
import { type Payload, whyNotPublish } from '../commands.ts'
import type { Content } from '../content.ts'
import { resultsModel } from '../pages.ts'
import { contentOf, publicationsOf } from '../queries.ts'

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
  const [made, programme, waiting, [set]] = await Promise.all([
    contentOf(db, call),
    programmeShown(db, call.programmeId),
    waitingFor(db, call.id),
    publicationsOf(db, call.id)
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
      title: set ? t(set.visibleAt > now ? 'set.heading' : 'set.public_heading') : t('organise.heading'),
      smallLine: inLanguage(call.texts.title, lang),
      lede: set
        ? t(set.visibleAt > now ? 'set.until' : 'set.since', { at: dateTimeIn(lang, set.visibleAt, rules.zone) })
        : t('organise.lede'),
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
      preview: resultsModel(lang, call, {
        content: set ? (set.content as unknown as Content) : made.content,
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
  const { lang } = request
  const { db } = request.server
  const call = callOf(request)
  const person = personOf(request)
  const asked = await confirmationIn(db, call.id, (request.params as { confirmation: string }).confirmation)
  if (asked?.action !== 'publication') throw new Refused({ code: 'not_found' })
  const payload = asked.payload as Payload
  const [programme, second] = await Promise.all([
    programmeShown(db, call.programmeId),
    secondPersonOf(db, person.id, call)
  ])
  if (!programme) throw new Refused({ code: 'not_found' })
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `publication.${key}`, facts)
  const { rules } = call
  const visibleAt = new Date(payload.visibleAt)
  const whyNot = whyNotConfirm(asked, { by: person.id, singlePerson: programme.singlePersonAt !== null })
  return reply.page(
    'publication/confirmation',
    {
      title: t('confirm.heading', { at: dateTimeIn(lang, visibleAt, rules.zone) }),
      smallLine: sentence(lang, 'calls.confirm.asked_by', {
        name: asked.askedByName,
        at: dateTimeIn(lang, asked.askedAt, rules.zone)
      }),
      lede: t('confirm.lede'),
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
      back: `/organise/${call.slug}/publication`,
      mayConfirm: whyNot === null && second,
      mayWithdraw: asked.givenAt === null && asked.withdrawnAt === null && asked.askedBy === person.id,
      preview: resultsModel(lang, call, {
        content: payload.content,
        names: { rules, countries: programme.countries },
        values: { kind: 'final', seal: call.seal ?? '', inputHash: payload.inputHash, historyHead: '', visibleAt },
        single: programme.singlePersonAt !== null,
        address: `${request.server.settings.baseUrl}/calls/${call.slug}/results`
      })
    },
    { nav: organiserNav(lang, call, 'publication') }
  )
}
