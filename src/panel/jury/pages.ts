import type { FastifyReply, FastifyRequest } from 'fastify'
import { countryChoices, languageChoices } from '../../accounts/pages.ts'
import { type Control, fieldsFrom, row, withNames } from '../../calls/editor/controls.ts'
import { type Flat, flatOf } from '../../calls/editor/pieces.ts'
import { organiserNav } from '../../calls/pages.ts'
import type { StandingCall } from '../../calls/queries.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { countryName } from '../../programmes/countries.ts'
import { type Programme, programmeOfCall } from '../../programmes/queries.ts'
import { type Mistake, Refused } from '../../refusal.ts'
import { juryNav } from '../../reviews/pages.ts'
import { callOf } from '../../web/context.ts'
import { mistakesFor } from '../../web/forms.ts'
import { declaredFor } from '../declaring/queries.ts'
import { COLUMNS } from '../listing.ts'
import { juryPlaces, languageName, listed, type Said, saying, themesOf } from '../pages.ts'
import { assignmentsOf, type Juror, jurorsOf } from '../queries.ts'
import { seatVersion } from '../seatversion.ts'
import { tally } from '../standing.ts'

export type Again = { mistakes: Mistake[] } | null

const INVITING = ['draft', 'open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing']
const CHANGING = INVITING.slice(0, -1)

/** Who is on the jury, how far each of them is, and the two ways to invite. */
export async function showJury(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const [declared, assigned, programme] = await Promise.all([
    declaredFor(db, call),
    assignmentsOf(db, call.id),
    programmeOfCall(db, call)
  ])
  const { seats, proposals, standing } = declared
  const asking = !['draft', 'open', 'closed', 'screening'].includes(call.state)
  const mistakes = again?.mistakes ?? []
  const { errors, errorOf } = mistakesFor(request, mistakes)
  const fromList = mistakes.some(({ field }) => field === 'jurors')
  const values: Flat =
    again && !fromList ? flatOf(request.body) : { language: lang, maxLoad: String(call.rules.jury.maxLoad) }
  const accepted = seats.filter(({ acceptedAt }) => acceptedAt).length
  const controls = invitationControls(request, call, programme, { values, errorOf: fromList ? {} : errorOf })
  return reply.page(
    'panel/jury',
    {
      title: t('jury.title', { accepted, invited: seats.length }),
      smallLine: inLanguage(call.texts.title, lang) || call.slug,
      lede: t('jury.lede', { reviews: call.rules.jury.reviewsPerProposal }),
      places: juryPlaces(lang, call, 'jury'),
      errors: withNames(errors, controls),
      asking,
      seats: seats.map(juror => {
        const sums = tally(proposals.map(proposal => standing(juror, proposal)))
        const load = assigned.filter(({ jurorId }) => jurorId === juror.id).length
        return {
          id: juror.id,
          label: juror.label,
          invitedAt: juror.invitedAt,
          acceptedAt: juror.acceptedAt,
          declinedAt: juror.declinedAt,
          maxLoad: juror.maxLoad,
          assigned: load,
          href: `/organise/${call.slug}/jury/${juror.id}`,
          name: juror.name,
          latin: juror.nameLatin && juror.nameLatin !== juror.name ? juror.nameLatin : null,
          email: juror.email,
          country: juror.country ? countryName(lang, juror.country, programme?.countries) : '',
          chair: juror.chair,
          reads: listed(
            lang,
            juror.reads.map(code => languageName(lang, code))
          ),
          ...seatState(t, juror),
          declared: juror.acceptedAt && asking ? t('jury.declared', sums) : '',
          load: juror.acceptedAt
            ? t('jury.load', { load, most: juror.maxLoad })
            : t('jury.most', { most: juror.maxLoad })
        }
      }),
      mayInvite: INVITING.includes(call.state),
      path: `/organise/${call.slug}/jury`,
      controls,
      listPath: `/organise/${call.slug}/jury/list`,
      columns: COLUMNS.join(', '),
      listErrors: fromList ? errors.map(({ text }) => text) : []
    },
    { nav: organiserNav(lang, call, 'jury') }
  )
}

function seatState(t: Said, { acceptedAt, declinedAt, declineWord }: Juror) {
  const state = acceptedAt ? 'done' : declinedAt ? 'bad' : 'ahead'
  return {
    state,
    stateWord: t(acceptedAt ? 'jury.accepted' : declinedAt ? 'jury.declined' : 'jury.invited'),
    declineWord: declinedAt && !acceptedAt ? declineWord : ''
  }
}

type Filled = { values: Flat; errorOf: Record<string, string> }

function invitationControls(
  request: FastifyRequest,
  call: StandingCall,
  programme: Programme | null,
  filled: Filled
): Control[] {
  const t = saying(request.lang)
  const fields = fieldsFrom(filled)
  return [
    row(t('seat.who'), [
      fields.line('name', t('seat.name'), { autocomplete: 'off' }),
      fields.line('nameLatin', t('seat.name_latin'), { autocomplete: 'off', optional: true })
    ]),
    fields.line('email', t('seat.email'), { type: 'email', autocomplete: 'off' }),
    fields.select('language', t('seat.language'), languageChoices(''), { hint: t('seat.language_hint') }),
    ...ownControls(request, call, programme, filled),
    fields.box('chair', t('seat.chair'), { hint: t('seat.chair_hint') })
  ]
}

/** What a juror may change too: where from, what they read and know, how much. */
function ownControls(
  { lang }: FastifyRequest,
  call: StandingCall,
  programme: Programme | null,
  filled: Filled
): Control[] {
  const t = saying(lang)
  const fields = fieldsFrom(filled)
  const themes = themesOf(lang, call.rules)
  return [
    fields.select('country', t('seat.country'), countryChoices(lang, programme?.countries ?? [], ''), {
      choose: t('seat.choose_country'),
      hint: call.rules.jury.automaticConflicts.includes('country') ? t('seat.country_hint') : null
    }),
    fields.line('institution', t('seat.institution'), { optional: true }),
    fields.line('city', t('seat.city'), { optional: true }),
    fields.boxes(
      'reads',
      t('seat.reads'),
      call.rules.languages.map(value => ({ value, text: languageName(lang, value) })),
      { hint: t('seat.reads_hint') }
    ),
    ...(themes.length > 0 ? [fields.boxes('expertise', t('seat.expertise'), themes)] : []),
    fields.line('maxLoad', t('seat.max_load'), { short: true, inputmode: 'numeric' })
  ]
}

/** One juror, for an organiser: the profile, the invitation, the way off the panel. */
export async function showSeat(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const { juror: jurorId } = request.params as { juror: string }
  const juror = (await jurorsOf(db, call.id)).find(({ id }) => id === jurorId)
  if (!juror) throw new Refused({ code: 'not_found' })
  const programme = await programmeOfCall(db, call)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values = again ? flatOf(request.body) : flatOfSeat(juror)
  const fields = fieldsFrom({ values, errorOf })
  const open = CHANGING.includes(call.state)
  const controls = [
    row(t('seat.who'), [
      fields.line('name', t('seat.name'), { autocomplete: 'off' }),
      fields.line('nameLatin', t('seat.name_latin'), { autocomplete: 'off', optional: true })
    ]),
    ...ownControls(request, call, programme, { values, errorOf }),
    fields.line('minLoad', t('seat.min_load'), { short: true, inputmode: 'numeric' }),
    fields.box('chair', t('seat.chair'), { hint: t('seat.chair_hint') })
  ]
  return reply.page(
    'panel/seat',
    {
      id: juror.id,
      version: seatVersion(juror),
      email: juror.email,
      profile: profileOf(juror),
      title: juror.name,
      smallLine: `${inLanguage(call.texts.title, lang) || call.slug} · ${juror.label}`,
      lede: juror.email,
      places: juryPlaces(lang, call, 'jury'),
      errors: withNames(errors, controls),
      ...seatState(t, juror),
      path: `/organise/${call.slug}/jury/${juror.id}`,
      open,
      controls,
      mayAskAgain: !juror.acceptedAt && INVITING.includes(call.state),
      mayEnd: open && !call.life.decided.assignments_released
    },
    { nav: organiserNav(lang, call, 'jury') }
  )
}

/** The same, for the juror. */
export async function showProfile(request: FastifyRequest, reply: FastifyReply, again: Again = null): Promise<unknown> {
  const { lang, scope } = request
  const { db } = request.server
  const call = callOf(request)
  const t = saying(lang)
  const juror = (await jurorsOf(db, call.id)).find(({ id }) => id === scope.jurorId)
  if (!juror) throw new Refused({ code: 'not_found' })
  const programme = await programmeOfCall(db, call)
  const { errors, errorOf } = mistakesFor(request, again?.mistakes ?? [])
  const values = again ? flatOf(request.body) : flatOfSeat(juror)
  const controls = ownControls(request, call, programme, { values, errorOf })
  return reply.page(
    'panel/profile',
    {
      id: juror.id,
      version: seatVersion(juror),
      profile: profileOf(juror),
      title: t('profile.title'),
      smallLine: inLanguage(call.texts.title, lang) || call.slug,
      lede: CHANGING.includes(call.state) ? t('profile.lede') : t('profile.closed'),
      errors: withNames(errors, controls),
      open: CHANGING.includes(call.state),
      path: `/jury/${call.slug}/profile`,
      controls
    },
    { nav: juryNav(lang, call, null) }
  )
}

const profileOf = (juror: Juror) => {
  const { name, nameLatin, country, city, institution, reads, expertise, maxLoad, minLoad, chair } = juror
  return { name, nameLatin, country, city, institution, reads, expertise, maxLoad, minLoad, chair }
}

const flatOfSeat = ({
  name,
  nameLatin,
  country,
  city,
  institution,
  reads,
  expertise,
  maxLoad,
  minLoad,
  chair
}: Juror): Flat => ({
  name,
  nameLatin,
  country,
  city,
  institution,
  reads,
  expertise,
  maxLoad: String(maxLoad),
  minLoad: String(minLoad),
  chair: chair ? 'on' : ''
})
