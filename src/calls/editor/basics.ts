import { z } from 'zod'
import type { Mistake } from '../../refusal.ts'
import type { CallRules } from '../rules.ts'
import { type Instant, instantOf, isZone, localOf, momentIn } from '../zones.ts'
import {
  aLine,
  aNumber,
  aText,
  aTick,
  aWhole,
  type Flat,
  flatTexts,
  linesOf,
  perLanguage,
  shown,
  textsIn,
  ticked
} from './pieces.ts'

type Texts = { title: Record<string, string>; lede: Record<string, string>; body: Record<string, string> }

// Texts and languages

export const textsSchema = (languages: readonly [string, ...string[]]) =>
  z.object({
    languages: ticked(languages).pipe(z.array(z.string()).min(1, 'choose_one')),
    ...perLanguage('title', languages, aLine(200)),
    ...perLanguage('lede', languages, aText(600)),
    ...perLanguage('body', languages, aText(20_000))
  })

export const flatOfTexts = (texts: Texts, rules: CallRules): Flat => ({
  languages: rules.languages,
  ...flatTexts('title', texts.title),
  ...flatTexts('lede', texts.lede),
  ...flatTexts('body', texts.body)
})

export function withTexts(before: Texts, data: Record<string, unknown>, languages: readonly string[]): Texts {
  return {
    title: textsIn(data, 'title', languages, before.title),
    lede: textsIn(data, 'lede', languages, before.lede),
    body: textsIn(data, 'body', languages, before.body)
  }
}

// Dates

export const DATES = [
  { key: 'opensAt', optional: false },
  { key: 'questionsUntil', optional: true },
  { key: 'deadline', optional: false },
  { key: 'screeningUntil', optional: false },
  { key: 'declarationsUntil', optional: false },
  { key: 'reviewingOpensAt', optional: false },
  { key: 'reviewingUntil', optional: false },
  { key: 'panelAt', optional: true },
  { key: 'lettersAt', optional: true },
  { key: 'redressUntil', optional: true },
  { key: 'publicationAt', optional: false }
] as const satisfies readonly { key: keyof CallRules['dates']; optional: boolean }[]

export const datesSchema = z.object({
  zone: z.string().default('').refine(isZone, 'zone_unknown'),
  graceMinutes: aWhole(0, 240),
  ...Object.fromEntries(
    DATES.flatMap(({ key }) => [
      [`${key}.day`, aLine(20)],
      [`${key}.time`, aLine(20)]
    ])
  )
}) as z.ZodType<{ zone: string; graceMinutes: number } & Record<string, string | number>>

export function flatOfDates({ dates, zone, graceMinutes }: CallRules): Flat {
  const flat: Flat = { zone, graceMinutes: String(graceMinutes) }
  for (const { key } of DATES) {
    const moment = dates[key]
    const local = moment ? localOf(new Date(moment), zone) : { day: '', time: '' }
    flat[`${key}.day`] = local.day
    flat[`${key}.time`] = local.time
  }
  return flat
}

/** The dates that were typed, each exactly as the zone's clocks show it; or what is wrong with them, all at once. */
export function datesIn(
  data: Record<string, string | number>,
  zone: string,
  before: CallRules['dates']
): { dates: CallRules['dates'] } | { mistakes: Mistake[] } {
  const mistakes: Mistake[] = []
  const read: Record<string, string> = {}
  for (const { key, optional } of DATES) {
    const local = { day: String(data[`${key}.day`] ?? ''), time: String(data[`${key}.time`] ?? '') }
    if (local.day === '' && local.time === '') {
      if (!optional) mistakes.push({ field: `${key}.day`, code: 'missing' })
      continue
    }
    if (local.day === '') mistakes.push({ field: `${key}.day`, code: 'missing' })
    else if (local.time === '') mistakes.push({ field: `${key}.time`, code: 'missing' })
    else {
      const instant: Instant = instantOf(local, zone)
      if ('trouble' in instant) mistakes.push({ field: `${key}.day`, code: instant.trouble })
      else read[key] = kept(before[key], instant.at, zone)
    }
  }
  return mistakes.length > 0 ? { mistakes } : { dates: read as CallRules['dates'] }
}

/** A date that was not touched stays as it was written, seconds included. */
function kept(before: string | undefined, at: Date, zone: string): string {
  if (before && Math.floor(Date.parse(before) / 60_000) === Math.floor(at.getTime() / 60_000)) return before
  return momentIn(at, zone)
}

// Who may apply

export const applicantsSchema = z.object({ who: z.enum(['anyone', 'listed']), onePerInstitution: aTick })

export const flatOfApplicants = ({ applicants }: CallRules): Flat => ({
  who: applicants.who,
  ...(applicants.onePerInstitution ? { onePerInstitution: 'on' } : {})
})

// The jury's work

export const BLIND = ['open', 'applicants_hidden', 'jurors_hidden', 'both_hidden'] as const

export const jurySchema = z.object({
  reviewsPerProposal: aWhole(1, 50),
  minReviews: aWhole(0, 50),
  maxLoad: aWhole(1, 1000),
  minReaders: aWhole(0, 50),
  dividedAt: aNumber(0.01, 100),
  automaticConflicts: ticked(['country', 'institution']),
  conflictKinds: aText(4000)
    .transform(linesOf)
    .pipe(z.array(z.string().max(300)).min(1, 'missing').max(30)),
  blind: z.enum(BLIND),
  toApplicant: z.enum(['required', 'optional', 'none'])
})

export const flatOfJury = ({ jury, blind, rubric }: CallRules): Flat => ({
  reviewsPerProposal: shown(jury.reviewsPerProposal),
  minReviews: shown(jury.minReviews),
  maxLoad: shown(jury.maxLoad),
  minReaders: shown(jury.minReaders),
  dividedAt: shown(jury.dividedAt),
  automaticConflicts: jury.automaticConflicts,
  conflictKinds: jury.conflictKinds.join('\n'),
  blind,
  toApplicant: rubric.toApplicant
})

export function withJury(rules: CallRules, data: z.output<typeof jurySchema>): CallRules {
  const { blind, toApplicant, dividedAt, ...jury } = data
  return {
    ...rules,
    blind,
    rubric: { ...rules.rubric, toApplicant },
    jury: { ...jury, ...(dividedAt === null ? {} : { dividedAt }) }
  }
}

// What is published

export const WINNERS = [
  'title',
  'summary',
  'institution',
  'city',
  'country',
  'amount',
  'total',
  'reason',
  'name'
] as const
export const RESERVE = ['title', 'institution', 'city', 'country', 'amount', 'total', 'reason', 'name'] as const
/** How jurors stand in the result bundle: by a label for each review, or by one pseudonym. */
export const JURORS = ['unlinked', 'pseudonyms'] as const
export const COUNTS = ['country', 'theme', 'language'] as const

export const publicationSchema = z.object({
  provisional: z.enum(['letters', 'public']),
  winners: ticked(WINNERS),
  reserve: ticked(RESERVE),
  counts: ticked(COUNTS),
  jurors: z.enum(JURORS).default('unlinked')
})

export const flatOfPublication = ({ publication }: CallRules): Flat => ({
  ...publication,
  jurors: publication.jurors ?? 'unlinked'
})
