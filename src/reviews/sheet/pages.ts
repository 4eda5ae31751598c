import { leftWords } from '../../calls/pages.ts'
import type { Criterion } from '../../calls/rules.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { clockTime, plainNumber, shortDate } from '../../i18n/formats.ts'
import { inLanguage, languageTaken, OWN_NAMES } from '../../i18n/languages.ts'
import { countryName } from '../../programmes/countries.ts'
import { type ProposalReading, proposalReading } from '../../proposals/reading/pages.ts'
import type { Refusal } from '../../refusal.ts'
import { zoneName } from '../../web/render.ts'
import { hidesApplicants, pointWords, scoreWords } from '../pages.ts'
import { languageName, titleFor, untilWords } from '../queue/pages.ts'
import { everyScore, lackingIn, levelsBeside, shownScore, shownTotal, totalOf } from '../rubric.ts'
import type { OwnReview, Sitting, SittingWithReview } from './queries.ts'

/** What the sheet is filled in with: what is saved, or what was just typed and not taken. */
export type Filled = {
  units: Record<string, number>
  comments: Record<string, string>
  toApplicant: string
  toApplicantLanguage: string
  toPanel: string
}

/** Above so many points, a list to choose from takes less room than buttons. */
const MOST_BUTTONS = 24

/** A proposal as a juror reads it: nothing of the applicant where the call hides them. */
export function textPage({ call, juror, proposal, programme }: Sitting, lang: string) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.sheet.${key}`, facts)
  const { rules } = call
  const reading = proposalReading(proposal.version, rules, lang, 'juror')
  const titled = titleFor(call, proposal, juror.reads)
  const { applicant } = proposal.version
  const hidden = hidesApplicants(rules)
  return {
    number: proposal.number,
    title: titled.heading || t('number', { number: proposal.number }),
    titled,
    smallLine: [
      t('number', { number: proposal.number }),
      ...(hidden ? [] : [countryName(lang, applicant.country, programme?.countries ?? [])]),
      ...(reading.titleLang ? [languageName(lang, reading.titleLang)] : [])
    ]
      .filter(Boolean)
      .join(' · '),
    applicant: hidden ? null : [applicant.institution, applicant.city].filter(Boolean).join(', ') || null,
    reading,
    viewers: viewersIn(reading),
    back: `/jury/${call.slug}`,
    recusal: `/jury/${call.slug}/proposals/${proposal.id}/recusal`
  }
}

/** The files that a browser can show in the page. */
function viewersIn({ sections }: ProposalReading) {
  return sections
    .flatMap(({ fields }) => fields)
    .flatMap(({ files }) => files)
    .filter(({ inline }) => inline)
    .map(file => ({ ...file, image: !/\.pdf$/i.test(file.fileName) }))
}

/** The text with the sheet beside it. `errors` and `errorOf` as `mistakesFor` makes them. */
export function sheetPage(
  sitting: SittingWithReview,
  lang: string,
  filled: Filled,
  {
    errors,
    errorOf,
    saved
  }: { errors: { href: string; text: string }[]; errorOf: Record<string, string>; saved: boolean }
) {
  const { call, review, juror } = sitting
  const t = (key: string, facts = {}) => sentence(lang, `reviews.sheet.${key}`, facts)
  const { rules, state, now, life } = call
  const writable = state === 'reviewing'
  const { criteria, toApplicant } = rules.rubric
  const firstLeft =
    criteria.find(({ id }) => errorOf[`score_${id}`]) ?? criteria.find(({ id }) => filled.units[id] === undefined)
  const open = errors.length > 0 && !errorOf[`score_${firstLeft?.id}`] ? undefined : firstLeft?.id
  const languages = [...new Set([...rules.languages, juror.language, filled.toApplicantLanguage])]
  return {
    ...textPage(sitting, lang),
    id: review.id,
    version: review.version,
    writable,
    submittedAt: review.submittedAt,
    scale: rules.rubric.scale,
    scores: scoresTold(filled, sitting),
    comments: filled.comments,
    missing: missingIn(filled, sitting),
    submitted: review.submittedAt !== null,
    errors,
    allSaved: saved,
    savedAt: savedWords(sitting, lang),
    timeLeft: writable ? leftWords(lang, life.reviewingUntil, now) : '',
    ...progressWords(filled, sitting, lang),
    status: statusWords(sitting, lang),
    criteria: criteria.map(criterion => ({
      ...criterionShown(criterion, sitting, filled, lang),
      open: criterion.id === open,
      error: errorOf[`score_${criterion.id}`] ?? null,
      noteError: errorOf[`note_${criterion.id}`] ?? null
    })),
    keys: writable && rules.rubric.scale.max <= 10 && rules.rubric.scale.step <= 1,
    keyWords: keyWords(sitting, lang),
    asksApplicant: toApplicant !== 'none',
    applicantOptional: toApplicant === 'optional',
    toApplicant: filled.toApplicant,
    toApplicantLanguage: filled.toApplicantLanguage,
    applicantHint: t(toApplicant === 'optional' ? 'to_applicant_hint_optional' : 'to_applicant_hint'),
    applicantError: errorOf.to_applicant ?? null,
    commentLanguages: languages.map(code => ({
      value: code,
      text: OWN_NAMES[code] ?? code,
      selected: code === filled.toApplicantLanguage
    })),
    toPanel: filled.toPanel,
    panelError: errorOf.to_panel ?? null,
    lacking: lackingWords(filled, sitting, lang)
  }
}

/** What autosave tells the page: the same words that the page itself would have. */
export function savedAnswer(sitting: SittingWithReview, lang: string) {
  const { review, call } = sitting
  return {
    version: review.version,
    missing: missingIn(review, sitting),
    saved: savedWords(sitting, lang),
    ...progressWords(review, sitting, lang),
    lacking: lackingWords(review, sitting, lang),
    criteria: Object.fromEntries(
      call.rules.rubric.criteria.map(criterion => {
        const { id, word, said } = criterionShown(criterion, sitting, review, lang)
        return [id, { word, said: said ?? '' }]
      })
    )
  }
}

/** Points as people read them, by criterion: 4.5 of 5. */
const scoresTold = ({ units }: Pick<Filled, 'units'>, { call }: Sitting): Record<string, number> =>
  Object.fromEntries(Object.entries(units).map(([id, of]) => [id, shownScore(of, call.rules.rubric.scale)]))

/** What is lacking before the review can be handed in: criteria by name, and the comment to the applicant. */
const missingIn = (
  { units, comments, toApplicant }: Pick<Filled, 'units' | 'comments' | 'toApplicant'>,
  { call }: Sitting
) =>
  lackingIn({ scores: units, comments, toApplicant }, call.rules.rubric).map(({ criterion }) =>
    typeof criterion === 'string' ? criterion : 'toApplicant'
  )

function savedWords({ review, call }: SittingWithReview, lang: string): string {
  const { zone } = call.rules
  const facts = { time: clockTime(lang, review.savedAt, zone), zone: zoneName(lang, zone) }
  const today = shortDate(lang, call.now, zone) === shortDate(lang, review.savedAt, zone)
  return today
    ? sentence(lang, 'reviews.sheet.saved_at', facts)
    : sentence(lang, 'reviews.sheet.saved_on', { ...facts, day: shortDate(lang, review.savedAt, zone) })
}

function progressWords({ units }: Pick<Filled, 'units'>, { call }: Sitting, lang: string) {
  const { criteria } = call.rules.rubric
  const scored = criteria.filter(({ id }) => units[id] !== undefined).length
  return { scored: sentence(lang, 'reviews.sheet.scored', { scored, all: criteria.length }) }
}

function statusWords({ review, call }: SittingWithReview, lang: string) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.sheet.${key}`, facts)
  const { zone } = call.rules
  const until = untilWords(lang, call.life.reviewingUntil, zone, null)
  const at = review.submittedAt ? untilWords(lang, review.submittedAt, zone, null) : ''
  if (call.state !== 'reviewing')
    return review.submittedAt
      ? { kind: 'neutral', lead: t('closed_submitted', { at }), text: t('closed_next') }
      : { kind: 'warn', lead: t('closed_not_submitted', { until }), text: t('closed_not_next') }
  return review.submittedAt ? { kind: 'done', lead: t('is_submitted', { at }), text: t('may_change', { until }) } : null
}

function keyWords({ call }: Sitting, lang: string): string {
  const { scale } = call.rules.rubric
  return sentence(lang, scale.step === 0.5 ? 'reviews.sheet.keys_halves' : 'reviews.sheet.keys', {
    first: scoreWords(lang, everyScore(scale)[0] ?? 0, scale),
    last: scoreWords(lang, everyScore(scale).at(-1) ?? 0, scale),
    ten: scale.max >= 10 ? 'yes' : 'no'
  })
}

export function lackingWords(
  filled: Pick<Filled, 'units' | 'comments' | 'toApplicant'>,
  { call }: Sitting,
  lang: string
) {
  return lackingIn(
    { scores: filled.units, comments: filled.comments, toApplicant: filled.toApplicant },
    call.rules.rubric
  ).map(lack => ({ href: `#${fieldOf(lack)}`, text: lackWords(lack, call.rules.rubric.criteria, lang) }))
}

export const fieldOf = ({ criterion }: Refusal) =>
  typeof criterion === 'string' ? `score_${criterion}` : 'to_applicant'

function lackWords({ criterion }: Refusal, criteria: readonly Criterion[], lang: string): string {
  const found = criteria.find(({ id }) => id === criterion)
  return found
    ? sentence(lang, 'reviews.sheet.lacks_score', { name: inLanguage(found.name, lang) })
    : sentence(lang, 'reviews.sheet.lacks_comment')
}

function criterionShown(criterion: Criterion, { call, changes }: SittingWithReview, filled: Filled, lang: string) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.sheet.${key}`, facts)
  const { form, rubric } = call.rules
  const { scale } = rubric
  const { id } = criterion
  const units = filled.units[id]
  const value = units === undefined ? null : shownScore(units, scale)
  // Ascending, by where each begins: the index is what the styles mark.
  const levels = Object.keys(criterion.levels).sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b))
  const marked = (score: number) => levelsBeside(score, levels).map(key => levels.indexOf(key))
  const points = everyScore(scale)
  const panel = changes.filter(change => change.criterion === id && change.reason !== '').at(-1)
  const fields = form.sections.flatMap(({ fields }) => fields)
  return {
    id,
    name: inLanguage(criterion.name, lang),
    nameLang: languageTaken(criterion.name, lang),
    weight: plainNumber(lang, criterion.weight),
    question: inLanguage(criterion.question, lang),
    questionLang: languageTaken(criterion.question, lang),
    fieldName: `score_${id}`,
    asList: points.length > MOST_BUTTONS,
    halves: scale.step === 0.5,
    bands: levels.some(key => key.includes('-', 1)),
    options: points.map(point => ({
      value: String(shownScore(point, scale)),
      text: pointWords(lang, point, scale),
      half: scale.step === 0.5 && point % 2 !== 0,
      marks: marked(shownScore(point, scale)).join(' '),
      checked: point === units,
      selected: point === units
    })),
    levels: levels
      .map((key, index) => ({
        index,
        point: key.replace('-', '–'),
        text: inLanguage(criterion.levels[key], lang),
        textLang: languageTaken(criterion.levels[key], lang)
      }))
      .reverse(),
    chosen:
      value === null
        ? []
        : levelsBeside(value, levels).map(key => ({
            text: inLanguage(criterion.levels[key], lang),
            textLang: languageTaken(criterion.levels[key], lang)
          })),
    isScored: units !== undefined,
    word:
      units === undefined
        ? ''
        : t('score_of', { score: scoreWords(lang, units, scale), most: plainNumber(lang, scale.max) }),
    said:
      units !== undefined && value !== null && marked(value).length === 2
        ? t('between', { score: scoreWords(lang, units, scale) })
        : null,
    changed: panel
      ? t('panel_changed', {
          before: scoreWords(lang, panel.unitsBefore, scale),
          after: scoreWords(lang, panel.unitsAfter, scale),
          reason: panel.reason
        })
      : null,
    noteName: `note_${id}`,
    note: filled.comments[id] ?? '',
    lookIn: criterion.lookIn.flatMap(fieldId => {
      const field = fields.find(one => one.id === fieldId)
      return field
        ? [
            {
              href: `#answer-${fieldId}`,
              text: inLanguage(field.label, lang),
              textLang: languageTaken(field.label, lang)
            }
          ]
        : []
    })
  }
}

/** The last look before a review is handed in. */
export function checkPage(sitting: SittingWithReview, lang: string, changed: boolean) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.check.${key}`, facts)
  const { call, review, proposal } = sitting
  const { rubric } = call.rules
  const total = totalOf(review.units, rubric)
  const titled = titleFor(call, proposal, sitting.juror.reads)
  return {
    id: review.id,
    version: review.version,
    scores: scoresTold(review, sitting),
    totalPoints: total ? shownTotal(total) : null,
    title: t('title'),
    smallLine: sentence(lang, 'reviews.sheet.number', { number: proposal.number }),
    titled,
    changed,
    criteria: rubric.criteria.map(criterion => {
      const { name, nameLang, word, note, chosen, weight } = criterionShown(criterion, sitting, review, lang)
      return { name, nameLang, word, note, chosen, weight }
    }),
    total: total ? t('total', { total: plainNumber(lang, shownTotal(total), 1) }) : '',
    toApplicant: review.toApplicant,
    toApplicantLanguage: review.toApplicantLanguage,
    toPanel: review.toPanel,
    asksApplicant: rubric.toApplicant !== 'none',
    until: untilWords(lang, call.life.reviewingUntil, call.rules.zone, null)
  }
}

/** Two versions of one review, where they differ: what is saved, and what was typed over an older one. */
export function stalePage(sitting: SittingWithReview, lang: string, yours: Filled) {
  const t = (key: string, facts = {}) => sentence(lang, `reviews.stale.${key}`, facts)
  const { call, review } = sitting
  const { criteria, scale } = call.rules.rubric
  const points = (filled: Filled | OwnReview, id: string) => {
    const units = filled.units[id]
    return units === undefined ? t('no_score') : scoreWords(lang, units, scale)
  }
  const rows = [
    ...criteria.flatMap(({ id, name }) => [
      { label: inLanguage(name, lang), theirs: points(review, id), yours: points(yours, id) },
      {
        label: t('note', { name: inLanguage(name, lang) }),
        theirs: review.comments[id] ?? '',
        yours: yours.comments[id] ?? ''
      }
    ]),
    { label: sentence(lang, 'reviews.sheet.to_applicant'), theirs: review.toApplicant, yours: yours.toApplicant },
    { label: sentence(lang, 'reviews.sheet.to_panel'), theirs: review.toPanel, yours: yours.toPanel }
  ]
  return {
    id: review.id,
    version: review.version,
    title: t('title'),
    lede: t('lede', { at: savedWords(sitting, lang) }),
    rows: rows.filter(row => row.theirs !== row.yours)
  }
}
