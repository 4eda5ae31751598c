import type { z } from 'zod'
import { type CallRules, callRules } from '../../calls/rules.ts'
import {
  type AdmissionRubricFile,
  admissionRubric,
  awardsRubric,
  type FieldFile,
  type FormFile,
  formFile,
  programme,
  type RubricFile
} from './data.ts'

type RulesInput = z.input<typeof callRules>
type FormInput = RulesInput['form']
type FieldInput = FormInput['sections'][number]['fields'][number]

const CONFLICT_KINDS = ['employment', 'family', 'collaboration', 'mentor', 'supervision', 'board', 'financial', 'other']

/** The sealed rules of the innovation awards, from `programme.json`, `form.json` and `rubric-awards.json`. */
export function awardsRules(): CallRules {
  const { timezone, currency, languages, stages, award_rules } = programme()
  const stage = stages[2]
  return callRules.parse({
    format: 'laurel-rules-1',
    zone: timezone,
    currency,
    languages: languages.application,
    dates: {
      opensAt: stage.opens_at,
      questionsUntil: stage.questions_until,
      deadline: stage.deadline,
      screeningUntil: stage.eligibility_until,
      declarationsUntil: stage.conflict_declarations_until,
      reviewingOpensAt: stage.scoring_opens_at,
      reviewingUntil: stage.scoring_until,
      panelAt: stage.panel_meeting_at,
      lettersAt: stage.decision_letters_at,
      redressUntil: stage.objections_until,
      publicationAt: stage.announcement_at
    },
    applicants: { who: 'listed', onePerInstitution: true },
    blind: 'jurors_hidden',
    form: formOf(formFile()),
    rubric: { ...rubricOf(awardsRubric()), totalThreshold: award_rules.total_threshold, toApplicant: 'required' },
    jury: {
      reviewsPerProposal: 4,
      minReviews: award_rules.min_counted_reviews,
      maxLoad: 13,
      minReaders: 1,
      automaticConflicts: ['country'],
      conflictKinds: CONFLICT_KINDS,
      dividedAt: 25
    },
    ranking: {
      method: 'weightedMean',
      rounding: 2,
      tieLadder: ['criterion:need', 'criterion:impact', 'criterion:innovation', 'lower:requested', 'draw'],
      draw: { source: { en: award_rules.draw.source }, on: award_rules.draw.date }
    },
    awards: {
      count: stage.grants,
      reserve: award_rules.reserve_list_size,
      amount: { min: stage.grant_min, max: stage.grant_max },
      fund: stage.fund_total,
      limits: [{ field: 'country', max: award_rules.max_awards_per_country }]
    },
    publication: {
      provisional: 'letters',
      winners: ['title', 'summary', 'institution', 'city', 'country', 'amount', 'total', 'reason'],
      reserve: ['title', 'institution', 'city', 'country', 'amount', 'total', 'reason'],
      counts: ['country', 'theme']
    }
  } satisfies RulesInput)
}

/** The sealed rules of the admission competition: the same shape with other data. */
export function admissionRules(): CallRules {
  const { timezone, currency, languages, stages } = programme()
  const stage = stages[0]
  return callRules.parse({
    format: 'laurel-rules-1',
    zone: timezone,
    currency,
    languages: languages.application,
    dates: {
      opensAt: stage.opens_at,
      deadline: stage.deadline,
      screeningUntil: stage.eligibility_until,
      declarationsUntil: stage.eligibility_until,
      reviewingOpensAt: stage.eligibility_until,
      reviewingUntil: stage.scoring_until,
      publicationAt: stage.results_at
    },
    applicants: { who: 'anyone' },
    blind: 'jurors_hidden',
    form: {
      sections: [
        {
          id: 'application',
          title: { en: 'Your application', bg: 'Вашата кандидатура' },
          fields: [
            {
              id: 'title',
              type: 'text',
              required: true,
              limit: { unit: 'chars', max: 120 },
              label: { en: 'Your first idea in one line', bg: 'Първата ви идея в един ред' }
            },
            {
              id: 'motivation',
              type: 'longtext',
              required: true,
              criterion: 'motivation',
              limit: { unit: 'words', max: 250 },
              label: { en: 'What do you want to change, and for whom?', bg: 'Какво искате да промените и за кого?' }
            },
            {
              id: 'practice',
              type: 'longtext',
              criterion: 'practice',
              limit: { unit: 'words', max: 250 },
              label: { en: 'What have you already tried?', bg: 'Какво вече сте опитали?' }
            }
          ]
        }
      ]
    },
    rubric: {
      ...admissionRubricOf(admissionRubric()),
      totalThreshold: admissionRubric().total_threshold,
      toApplicant: 'none'
    },
    jury: {
      reviewsPerProposal: 2,
      minReviews: 2,
      maxLoad: 100,
      minReaders: 0,
      automaticConflicts: [],
      conflictKinds: CONFLICT_KINDS,
      dividedAt: 20
    },
    ranking: {
      method: 'weightedMean',
      rounding: 2,
      tieLadder: ['draw'],
      draw: { source: { en: 'the six numbers of the fictional Balkan Lotto draw of that evening' }, on: '2026-03-14' }
    },
    awards: {
      count: stage.places,
      reserve: Object.keys(stage.places_by_country).length,
      amount: null,
      fund: null,
      seats: { field: 'country', places: stage.places_by_country, reserve: 1 }
    },
    publication: { provisional: 'letters', winners: ['country'], reserve: ['country'], counts: ['country'] }
  } satisfies RulesInput)
}

function rubricOf({ scale, criteria }: RubricFile): Omit<RulesInput['rubric'], 'totalThreshold'> {
  return {
    scale: {
      min: scale.min,
      max: scale.max,
      step: scale.step,
      names: Object.fromEntries(scale.levels.map(({ value, name }) => [String(value), name]))
    },
    criteria: criteria.map(({ id, weight, threshold, name, question, look_in, levels }) => ({
      id,
      weight,
      threshold,
      name,
      question: { en: question },
      lookIn: look_in,
      levels: Object.fromEntries(Object.entries(levels).map(([value, text]) => [value, { en: text }]))
    }))
  }
}

function admissionRubricOf({ scale, criteria }: AdmissionRubricFile): Omit<RulesInput['rubric'], 'totalThreshold'> {
  return {
    scale: { min: scale.min, max: scale.max, step: scale.step },
    criteria: criteria.map(({ id, weight, question, bands }) => ({
      id,
      weight,
      name: { en: id.charAt(0).toUpperCase() + id.slice(1) },
      question: { en: question },
      levels: Object.fromEntries(Object.entries(bands).map(([band, text]) => [band, { en: text }]))
    }))
  }
}

function formOf({ sections }: FormFile): FormInput {
  return { sections: sections.map(({ id, title, fields }) => ({ id, title, fields: fields.map(fieldOf) })) }
}

function fieldOf(file: FieldFile): FieldInput {
  const [field, not] = file.required_if?.split(' != ') ?? []
  const base = {
    id: file.id,
    label: file.label,
    required: file.required ?? false,
    ...(file.help ? { help: file.help } : {}),
    ...(file.criterion ? { criterion: file.criterion } : {}),
    ...(file.public_if_awarded ? { publicIfAwarded: true } : {}),
    ...(field && not ? { requiredIf: { field, not } } : {})
  }
  switch (file.type) {
    case 'yesno':
      return { ...base, type: 'yesno', ...(file.must_be === undefined ? {} : { mustBe: file.must_be }) }
    case 'choice':
      return file.options
        ? { ...base, type: 'choice', options: file.options, optionLabels: THEMES }
        : { ...base, type: 'language' }
    case 'text':
    case 'longtext':
      return { ...base, type: file.type, ...(file.limit ? { limit: file.limit } : {}) }
    case 'tags':
      return { ...base, type: 'tags', minItems: file.min_items ?? 0, maxItems: file.max_items ?? 10 }
    case 'table':
      return {
        ...base,
        type: 'table',
        minRows: file.min_rows ?? 0,
        maxRows: file.max_rows ?? 20,
        columns: (file.columns ?? []).map(columnOf)
      }
    case 'budget':
      return {
        ...base,
        type: 'budget',
        minRows: file.min_rows ?? 1,
        maxRows: file.max_rows ?? 20,
        categories: file.columns?.find(({ id }) => id === 'category')?.options ?? [],
        categoryLabels: CATEGORIES,
        rules: (file.rules ?? []).map(({ id, rule }) => budgetRuleOf(id, rule)),
        notAllowed: file.not_allowed ?? []
      }
    case 'file':
      return {
        ...base,
        type: 'file',
        maxFiles: file.max_files ?? 1,
        maxMb: file.max_mb ?? 2,
        accept: file.accept ?? ['pdf']
      }
    default:
      return { ...base, type: 'consent' }
  }
}

type ColumnInput = Extract<FieldInput, { type: 'table' }>['columns'][number]

function columnOf({ id, type, min, max, limit, options }: NonNullable<FieldFile['columns']>[number]): ColumnInput {
  const label = COLUMNS[id]
  const base = { id, ...(label ? { label } : {}) }
  if (type === 'integer') return { ...base, type: 'integer', min: min ?? 0, max: max ?? 999 }
  return type === 'choice'
    ? { ...base, type: 'choice', options: options ?? [] }
    : { ...base, type: 'text', max: limit?.max ?? 200 }
}

/** The file states formulas for explanation; each is one of the four named kinds. */
function budgetRuleOf(id: string, rule: string): Extract<FieldInput, { type: 'budget' }>['rules'][number] {
  const figure = Number(/([\d.]+)(?: \* sum\(\w+\))?$/.exec(rule)?.[1])
  const category = /where category = (\w+)/.exec(rule)?.[1]
  if (category) return { id, kind: 'category_share', category, percent: figure * 100 }
  if (rule.startsWith('sum(own)')) return { id, kind: 'own_share', percent: figure * 100 }
  return rule.includes('<=')
    ? { id, kind: 'largest_request', amount: figure }
    : { id, kind: 'smallest_request', amount: figure }
}

const THEMES = {
  inclusion: { en: 'Inclusion', bg: 'Приобщаване' },
  rural_access: { en: 'Rural access', bg: 'Достъп в малките населени места' },
  reading_children: { en: 'Reading and children', bg: 'Четене и деца' },
  digital_skills: { en: 'Digital skills', bg: 'Дигитални умения' },
  local_memory: { en: 'Local memory', bg: 'Местна памет' },
  health_wellbeing: { en: 'Health and well-being', bg: 'Здраве и благополучие' },
  environment: { en: 'Environment', bg: 'Околна среда' },
  economy_jobs: { en: 'Economy and jobs', bg: 'Икономика и работа' },
  lifelong_learning: { en: 'Lifelong learning', bg: 'Учене през целия живот' }
}

const CATEGORIES = {
  equipment: { en: 'equipment', bg: 'оборудване' },
  materials: { en: 'materials', bg: 'материали' },
  services: { en: 'services', bg: 'услуги' },
  fees: { en: 'fees', bg: 'хонорари' },
  travel: { en: 'travel', bg: 'пътуване' },
  communication: { en: 'communication', bg: 'комуникация' },
  other: { en: 'other', bg: 'друго' }
}

const COLUMNS: Record<string, { en: string; bg: string }> = {
  month: { en: 'Month', bg: 'Месец' },
  what: { en: 'What', bg: 'Какво' },
  name: { en: 'Name', bg: 'Име' },
  kind: { en: 'Kind', bg: 'Вид' },
  role: { en: 'Role', bg: 'Роля' }
}
