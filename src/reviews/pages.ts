import { organiserNav } from '../calls/pages.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Scale } from '../calls/rules.ts'
import { sentence } from '../i18n/catalogue.ts'
import { plainNumber } from '../i18n/formats.ts'
import type { PageOptions } from '../web/context.ts'
import type { Scope } from '../web/scope.ts'
import { shownScore } from './rubric.ts'

/** The places of a juror in one call. */
export function juryNav(
  lang: string,
  call: Pick<StandingCall, 'slug'>,
  current: 'judge' | 'declarations' | null
): NonNullable<PageOptions['nav']> {
  const places = { judge: '', declarations: '/declarations' }
  return [
    ...Object.entries(places).map(([key, path]) => ({
      href: `/jury/${call.slug}${path}`,
      label: sentence(lang, `reviews.nav.${key}`),
      current: key === current
    })),
    { href: `/calls/${call.slug}/rules`, label: sentence(lang, 'reviews.nav.rules'), current: false }
  ]
}

/** Whether somebody sees the call as its team does; a chair who is nothing else here is led through pages of her own. */
export const readsAsTeam = ({ is }: Scope) => is.has('organiser') || is.has('auditor')

/** The places around a page that the team and the chair share: for the chair those of her seat, if she has one. */
export function teamNav(
  lang: string,
  call: StandingCall,
  { scope, current }: { scope: Scope; current: string }
): NonNullable<PageOptions['nav']> {
  if (readsAsTeam(scope)) return organiserNav(lang, call, current)
  return scope.jurorId ? juryNav(lang, call, null) : []
}

/** That a list leaves out what its reader stands aside from; `null` where it leaves out nothing. */
export const withheldWords = (lang: string, count: number) =>
  count > 0 ? sentence(lang, 'reviews.withheld', { count }) : null

/** "4.5" as the language writes it. */
export const scoreWords = (lang: string, units: number, scale: Scale) => plainNumber(lang, shownScore(units, scale))

/** "4½" on half points, else as the language writes it: what stands on a button. */
export function pointWords(lang: string, units: number, scale: Scale): string {
  if (scale.step !== 0.5 || units % 2 === 0 || units < 0) return scoreWords(lang, units, scale)
  const whole = (units - 1) / 2
  return `${whole === 0 ? '' : plainNumber(lang, whole)}½`
}

/** Whether a call keeps from jurors who applied. */
export const hidesApplicants = ({ blind }: StandingCall['rules']) =>
  blind === 'applicants_hidden' || blind === 'both_hidden'

/** Whether a call keeps from jurors who the other jurors are. */
export const hidesJurors = ({ blind }: StandingCall['rules']) => blind === 'jurors_hidden' || blind === 'both_hidden'

/** Which letter a juror has on a page that names nobody. */
export const letterOf = (place: number) =>
  place < 26
    ? String.fromCharCode(65 + place)
    : `${String.fromCharCode(64 + Math.floor(place / 26))}${(place % 26) + 1}`
