import { z } from 'zod'
import type { Api } from '../web/api/door.ts'
import { DATES, flatOfApplicants, flatOfDates, flatOfJury, flatOfPublication, flatOfTexts } from './editor/basics.ts'
import { flatOfCriterion } from './editor/judging.ts'
import type { Flat } from './editor/pieces.ts'
import { flatOfAwards } from './editor/prizes.ts'
import { form, texts } from './form.ts'
import { type CallRules, callRules, criterion, dates, scale } from './rules.ts'
import { localOf } from './zones.ts'

const at = z.iso.datetime()
const written = z.iso.datetime({ offset: true })
const part = callRules.shape
const callTexts = z.object({ title: texts, lede: texts, body: texts })
const known = { call: z.string(), version: z.int() }

/** A part of the rules as its page of the editor tells it and takes it: the same shape both ways. */
const edited = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object({ ...known, told: z.object({ rules: z.object(shape) }) })
const timeOf = (until: string, zone: string) => localOf(new Date(until), zone)

type Rules = Pick<CallRules, 'rubric' | 'zone' | 'languages' | 'dates'>

/** Dates that are not named stay as they are. */
function datesForm(changed: Partial<CallRules['dates']>, rules: Rules): Flat {
  const flat: Flat = {}
  for (const { key } of DATES) {
    const moment = changed[key] ?? rules.dates[key]
    const { day, time } = moment ? timeOf(moment, rules.zone) : { day: '', time: '' }
    flat[`${key}.day`] = day
    flat[`${key}.time`] = time
  }
  return flat
}

const criterionRow = criterion.pick({ id: true, weight: true, threshold: true })

type RubricSent = {
  scale: Pick<CallRules['rubric']['scale'], 'min' | 'max' | 'step' | 'direction'>
  totalThreshold?: number | undefined
  criteria: { id: string; weight: number; threshold?: number | undefined }[]
  act?: string | undefined
}

const rubricForm = ({ scale, totalThreshold, criteria, act }: RubricSent): Flat => ({
  min: String(scale.min),
  max: String(scale.max),
  step: String(scale.step),
  direction: scale.direction,
  totalThreshold: totalThreshold === undefined ? '' : String(totalThreshold),
  ...Object.fromEntries(criteria.map(({ id, weight }) => [`weight.${id}`, String(weight)])),
  ...Object.fromEntries(
    criteria.map(({ id, threshold }) => [`threshold.${id}`, threshold === undefined ? '' : String(threshold)])
  ),
  ...(act ? { act } : {})
})

/** What stands in public about a call. */
const shown = z.object({
  slug: z.string(),
  standing: z.string(),
  deadline: at,
  sealHash: z.string().nullable(),
  texts: callTexts,
  callLanguages: z.array(z.string())
})

const confirmation = z.object({
  id: z.uuid(),
  action: z.string(),
  askedByName: z.string(),
  askedAt: at,
  givenAt: at.nullable(),
  withdrawnAt: at.nullable(),
  mayConfirm: z.boolean(),
  refusal: z.string().nullable()
})

export const confirmationAnswer = confirmation

export const api = {
  home: {
    id: 'calls.home',
    answer: z.object({
      calls: z.array(z.object({ slug: z.string(), title: z.string(), standing: z.string(), deadline: at }))
    })
  },
  show: { id: 'calls.show', query: z.strictObject({ in: z.string().optional() }), answer: shown },
  rules: {
    id: 'calls.rules',
    answer: z.object({
      slug: z.string(),
      sealHash: z.string().nullable(),
      sealedAt: at,
      ruleChanges: z.array(
        z.object({ changedAt: at, reason: z.string(), seal: z.string(), dates: z.array(z.string()) })
      ),
      extensions: z.array(z.object({ givenAt: at, until: at, reason: z.string() }))
    })
  },
  rulesFile: { id: 'calls.rulesFile', file: 'application/json' },
  overview: {
    id: 'calls.overview',
    answer: z.object({
      slug: z.string(),
      standing: z.string(),
      version: z.int(),
      sealHash: z.string().nullable(),
      now: at,
      life: z.looseObject({ opensAt: at, deadline: at, reviewingUntil: at, decided: z.record(z.string(), at) }),
      waiting: z.array(z.object({ id: z.uuid(), action: z.string(), askedByName: z.string() }))
    })
  },
  texts: {
    id: 'calls.texts',
    version: 'version',
    answer: z.object({ ...known, told: z.object({ texts: callTexts, rules: z.object({ languages: part.languages }) }) })
  },
  saveTexts: {
    id: 'calls.saveTexts',
    ifMatch: 'version',
    body: z.strictObject({ languages: part.languages.optional(), title: texts, lede: texts, body: texts }),
    form: ({ languages, ...said }: { languages?: string[] } & z.infer<typeof callTexts>, rules: CallRules | null) =>
      flatOfTexts(said, { languages: languages ?? rules?.languages ?? [] } as CallRules),
    example: { title: { en: 'Innovation awards' }, lede: { en: 'For librarians.' }, body: { en: 'Write to us.' } }
  },
  dates: {
    id: 'calls.dates',
    version: 'version',
    answer: edited({ zone: part.zone, graceMinutes: part.graceMinutes, dates })
  },
  saveDates: {
    id: 'calls.saveDates',
    ifMatch: 'version',
    body: z.strictObject({ zone: part.zone, graceMinutes: z.int(), dates }),
    form: (body: Pick<CallRules, 'zone' | 'graceMinutes' | 'dates'>) => flatOfDates(body as CallRules)
  },
  applicants: { id: 'calls.applicants', version: 'version', answer: edited({ applicants: part.applicants }) },
  saveApplicants: {
    id: 'calls.saveApplicants',
    ifMatch: 'version',
    body: part.applicants,
    form: (applicants: CallRules['applicants']) => flatOfApplicants({ applicants } as CallRules),
    example: { who: 'anyone', onePerInstitution: true }
  },
  people: { id: 'calls.people', uploads: true },
  form: { id: 'calls.form', version: 'version', answer: edited({ form }) },
  saveForm: {
    id: 'calls.saveForm',
    ifMatch: 'version',
    body: z.strictObject({ form }),
    form: ({ form }: Pick<CallRules, 'form'>) => ({ json: JSON.stringify(form) }),
    pointer: () => '/form'
  },
  formFile: { id: 'calls.formFile', file: 'application/json' },
  rubric: { id: 'calls.rubric', version: 'version', answer: edited({ rubric: part.rubric }) },
  saveRubric: {
    id: 'calls.saveRubric',
    ifMatch: 'version',
    body: z.strictObject({
      scale: scale.pick({ min: true, max: true, step: true, direction: true }),
      totalThreshold: z.number().optional(),
      criteria: z.array(criterionRow),
      act: z.string().optional().meta({ description: 'add · remove:ID · up:ID · down:ID' })
    }),
    form: rubricForm
  },
  criterion: { id: 'calls.criterion', version: 'version', answer: edited({ rubric: part.rubric }) },
  saveCriterion: {
    id: 'calls.saveCriterion',
    ifMatch: 'version',
    body: criterion.pick({ name: true, question: true, levels: true, lookIn: true }),
    form: (body: Pick<CallRules['rubric']['criteria'][number], 'name' | 'question' | 'levels' | 'lookIn'>) =>
      flatOfCriterion({ id: '', weight: 1, ...body })
  },
  jury: {
    id: 'calls.jury',
    version: 'version',
    answer: edited({
      jury: part.jury,
      blind: part.blind,
      rubric: z.object({ toApplicant: part.rubric.shape.toApplicant })
    })
  },
  saveJury: {
    id: 'calls.saveJury',
    ifMatch: 'version',
    body: z.strictObject({ jury: part.jury, blind: part.blind, toApplicant: part.rubric.shape.toApplicant }),
    form: ({ toApplicant, ...rest }: Pick<CallRules, 'jury' | 'blind'> & Pick<CallRules['rubric'], 'toApplicant'>) =>
      flatOfJury({ ...rest, rubric: { toApplicant } } as CallRules)
  },
  awards: {
    id: 'calls.awards',
    version: 'version',
    answer: edited({ currency: part.currency, ranking: part.ranking, awards: part.awards })
  },
  saveAwards: {
    id: 'calls.saveAwards',
    ifMatch: 'version',
    body: z.strictObject({ currency: part.currency, ranking: part.ranking, awards: part.awards }),
    form: (body: Pick<CallRules, 'currency' | 'ranking' | 'awards'>) => flatOfAwards(body as CallRules)
  },
  publication: { id: 'calls.publication', version: 'version', answer: edited({ publication: part.publication }) },
  savePublication: {
    id: 'calls.savePublication',
    ifMatch: 'version',
    body: part.publication,
    form: (publication: CallRules['publication']) => flatOfPublication({ publication } as CallRules)
  },
  check: {
    id: 'calls.check',
    answer: z.object({
      slug: z.string(),
      gaps: z.array(z.looseObject({ code: z.string(), section: z.string(), stops: z.boolean() })),
      mayAsk: z.boolean(),
      sealHash: z.string()
    })
  },
  preview: { id: 'calls.preview', query: z.strictObject({ in: z.string().optional() }), answer: shown },
  askOpening: { id: 'calls.askOpening', created: true },
  confirmation: {
    id: 'calls.confirmation',
    answer: confirmation.extend({
      sealHash: z.string(),
      reason: z.string().nullable(),
      told: z.object({ rules: callRules })
    })
  },
  confirm: { id: 'calls.confirm' },
  withdraw: { id: 'calls.withdraw' },
  extensions: {
    id: 'calls.extensions',
    answer: z.object({
      deadline: at,
      extensions: z.array(z.object({ personId: z.uuid().nullable(), until: at, reason: z.string(), givenAt: at })),
      applicants: z.array(z.object({ personId: z.uuid(), name: z.string(), email: z.string() }))
    })
  },
  extend: {
    id: 'calls.extend',
    created: true,
    body: z.strictObject({ person: z.uuid().optional(), until: written, reason: z.string() }),
    form: (
      { person = '', until, reason }: { person?: string; until: string; reason: string },
      rules: CallRules | null
    ) => {
      const { day, time } = timeOf(until, rules?.zone ?? 'UTC')
      return { person, reason, 'until.day': day, 'until.time': time }
    },
    pointer: (field: string) => (field.startsWith('until') ? '/until' : `/${field}`)
  },
  changes: {
    id: 'calls.changes',
    answer: z.object({
      movableDates: z.array(z.string()),
      confirmation: z.uuid().nullable(),
      ruleChanges: z.array(z.object({ changedAt: at, reason: z.string(), dates: z.array(z.string()) }))
    })
  },
  askChange: {
    id: 'calls.askChange',
    created: true,
    body: z.strictObject({ dates: dates.partial(), reason: z.string() }),
    form: ({ dates, reason }: { dates: Partial<CallRules['dates']>; reason: string }, rules: CallRules | null) => ({
      ...(rules ? datesForm(dates, rules) : {}),
      reason
    }),
    pointer: (field: string) => (field === 'reason' ? '/reason' : `/dates/${field.split('.')[0]}`)
  }
} satisfies Record<string, Api>
