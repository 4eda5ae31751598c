import { becauseOf, type Said } from '../awards/because.ts'
import type { CallRules } from '../calls/rules.ts'
import type { Answers } from '../proposals/answers.ts'
import type { Applicant } from '../proposals/tables.ts'
import { toFixed } from '../ranking/fraction.ts'
import type { Ranking } from '../ranking/ranking.ts'

/** One text in its own language and in English; equal where it was written in English. */
export type Both = { language: string; own: string; en: string }

/** A winner, or a proposal on the reserve list, with what the sealed rules publish of it and nothing else. */
export type Published = {
  number: string
  rank: number
  place: number
  title?: Both
  summary?: Both
  institution?: { own: string; en: string }
  city?: { own: string; latin: string }
  country?: string
  /** In hundredths of the currency. */
  amountCents?: number
  total?: string
  because?: Said[]
  name?: string
}

export type Counts = Record<string, Record<string, number>>

/** What the public reads: frozen when two people have agreed to it. */
export type Content = {
  format: 'laurel-publication-1'
  call: string
  awarded: Published[]
  reserve: Published[]
  /** How many proposals of each country, theme or language; of all that were ranked. */
  counts: Counts
  figures: {
    proposals: number
    countries: number
    languages: number
    jurors: number
    reviews: number
    notCounted: number
    fewestReaders: number
    mostReaders: number
    passed: number
    awardedCents: number | null
  }
}

/** The same for a reader from whom some proposals are kept: neither they nor a sum that tells of them. */
export function contentWithout(content: Content, hidden: ReadonlySet<string>): Content {
  if (hidden.size === 0) return content
  const shown = ({ number }: Published) => !hidden.has(number)
  return {
    ...content,
    awarded: content.awarded.filter(shown),
    reserve: content.reserve.filter(shown),
    figures: { ...content.figures, awardedCents: null }
  }
}

/** A ranked proposal with what it says of itself. */
export type Subject = { number: string; answers: Answers; applicant: Applicant }

type Facts = {
  ranking: Ranking
  subjects: readonly Subject[]
  amounts: ReadonlyMap<string, number>
  notCounted: number
}

/** The public page's content, from the signed run and the sealed rules. */
export function publicContent(call: string, rules: CallRules, facts: Facts): Content {
  const { ranking, subjects, amounts, notCounted } = facts
  const { awarded, reserve } = ranking.result.selection
  const subjectOf = new Map(subjects.map(subject => [subject.number, subject]))
  const published = (numbers: readonly string[], fields: CallRules['publication']['winners']) =>
    numbers.flatMap((number, index): Published[] => {
      const subject = subjectOf.get(number)
      return subject ? [only(fields, { subject, place: index + 1, ...facts })] : []
    })
  const ranked = ranking.sheet.filter(({ rank }) => rank !== null)
  const readers = ranked.map(({ reviews }) => reviews)
  const sum = awarded.reduce((sum, number) => sum + (amounts.get(number) ?? 0), 0)
  const said = (field: string) =>
    subjects.map(({ answers, applicant }) => (field === 'country' ? applicant.country : text(answers[field])))
  return {
    format: 'laurel-publication-1',
    call,
    awarded: published(awarded, rules.publication.winners),
    reserve: published(reserve, rules.publication.reserve),
    counts: Object.fromEntries(rules.publication.counts.map(field => [field, counted(said(field))])),
    figures: {
      proposals: subjects.length,
      countries: new Set(said('country').filter(Boolean)).size,
      languages: new Set(said('language').filter(Boolean)).size,
      jurors: ranking.list.input.jurors.length,
      reviews: ranking.list.input.reviews.length,
      notCounted,
      fewestReaders: Math.min(...readers),
      mostReaders: Math.max(...readers),
      passed: ranked.filter(({ failed }) => failed.length === 0).length,
      awardedCents: rules.awards.amount === null ? null : sum
    }
  }
}

function only(
  fields: CallRules['publication']['winners'],
  { subject, place, ranking, amounts }: Facts & { subject: Subject; place: number }
): Published {
  const { number, answers, applicant } = subject
  const row = ranking.sheet.find(({ id }) => id === number)
  const language = text(answers.language) || 'en'
  const both = (field: string): Both => ({
    language,
    own: text(answers[field]),
    en: text(answers[`${field}_en`]) || text(answers[field])
  })
  const amount = amounts.get(number)
  const all: Required<Omit<Published, 'number' | 'rank' | 'place'>> = {
    title: both('title'),
    summary: both('summary'),
    institution: { own: applicant.institution, en: applicant.institutionEn || applicant.institution },
    city: { own: applicant.city, latin: applicant.cityLatin || applicant.city },
    country: applicant.country,
    amountCents: amount ?? 0,
    total: row?.total ? toFixed(row.total, ranking.list.input.rules.rounding ?? 2) : '',
    because: becauseOf(ranking, number, { naming: false }),
    name: applicant.name
  }
  const keys = {
    title: 'title',
    summary: 'summary',
    institution: 'institution',
    city: 'city',
    country: 'country',
    amount: 'amountCents',
    total: 'total',
    reason: 'because',
    name: 'name'
  } as const
  const kept = fields
    .filter(field => field !== 'amount' || amount !== undefined)
    .map(field => [keys[field], all[keys[field]]])
  return { number, rank: row?.rank ?? 0, place, ...Object.fromEntries(kept) }
}

const text = (answer: unknown) => (typeof answer === 'string' ? answer.trim() : '')

function counted(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of [...values].sort()) if (value !== '') counts[value] = (counts[value] ?? 0) + 1
  return counts
}
