import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import type { Texts } from '../../programmes/tables.ts'

/** The example's files, read where they stand: nothing of them is rewritten by hand. */
export const EXAMPLE = new URL('../../programmes/example/', import.meta.url)

const json = <Shape>(name: string): Shape => JSON.parse(readFileSync(new URL(name, EXAMPLE), 'utf8'))
const csv = (name: string): Record<string, string>[] =>
  parse(readFileSync(new URL(name, EXAMPLE), 'utf8'), { columns: true, bom: true })
export const textOf = (name: string) => readFileSync(new URL(name, EXAMPLE), 'utf8')

export type Organiser = { id: string; name: string; name_latin: string; languages: string[]; email: string }
export type AwardsStage = {
  title: string
  grants: number
  grant_max: number
  grant_min: number
  fund_total: number
  opens_at: string
  questions_until: string
  deadline: string
  eligibility_until: string
  conflict_declarations_until: string
  scoring_opens_at: string
  scoring_until: string
  panel_meeting_at: string
  decision_letters_at: string
  objections_until: string
  announcement_at: string
}
export type AdmissionStage = {
  title: string
  places: number
  places_by_country: Record<string, number>
  opens_at: string
  deadline: string
  eligibility_until: string
  scoring_until: string
  results_at: string
  confirmation_until: string
}
export type ProgrammeFile = {
  id: string
  name: Texts
  timezone: string
  currency: string
  organiser: {
    name: string
    city: string
    country: string
    email: string
    data_protection_contact: string
    team: Organiser[]
  }
  languages: { interface: string[]; application: string[] }
  stages: [AdmissionStage, { title: string }, AwardsStage]
  award_rules: {
    total_threshold: number
    min_counted_reviews: number
    max_awards_per_country: number
    reserve_list_size: number
    draw: { source: string; date: string }
  }
  moments: { id: string; now: string; use: string }[]
}
export type Participant = {
  id: string
  country: string
  name: string
  name_latin: string
  library: string
  library_en: string
  city: string
  city_latin: string
  languages: string[]
  ui: string
  email: string
}
export type BudgetRow = {
  category: string
  item: string
  quantity: number
  unit_cost: number
  total: number
  own: number
  requested: number
}
export type ProposalFile = {
  id: string
  participant: string
  country: string
  language: string
  theme: string
  title: string
  title_en: string
  keywords: string[]
  summary: string
  summary_en: string
  answers: Record<string, string>
  milestones: { month: number; what: string }[]
  partners: { name: string; kind: string; role: string }[]
  budget: BudgetRow[]
  requested: number
  created_at: string
  submitted_at: string
  eligibility: { answers: Record<string, boolean>; decision: string; checked_by: string; checked_at: string }
  attachments: { field: string; path: string; name: string; mime: string; bytes: number; sha256: string }[]
}
export type JurorFile = {
  id: string
  name: string
  name_latin: string
  country: string
  city: string
  affiliation: string
  expertise: string[]
  reads: string[]
  ui: string
  capacity: number
  email: string
}
export type ConflictFile = {
  id: string
  juror: string
  proposal: string
  kind: string
  text: string
  declared_at: string
  decision: 'recused' | 'no_conflict'
  decided_at: string
  reason: string
}
export type ReviewFile = {
  id: string
  proposal: string
  juror: string
  status: 'counted' | 'void'
  started_at: string
  submitted_at: string
  scores: Record<string, number>
  comments: Record<string, string>
  to_applicant: string
  to_applicant_language: string
  to_panel: string
}
export type CountryFile = { code: string; languages: string[]; timezone: string; name: Texts }

export const programme = () => json<ProgrammeFile>('programme.json')
export const countries = () => json<{ footnotes: Record<string, string>; countries: CountryFile[] }>('countries.json')
export const participants = () => json<{ participants: Participant[] }>('participants.json').participants
export const proposalFiles = () => json<{ proposals: ProposalFile[] }>('proposals.json').proposals
export const jurorFiles = () => json<{ chair: string; jurors: JurorFile[] }>('jurors.json')
export const conflicts = () => json<{ declarations: ConflictFile[] }>('conflicts.json').declarations
export const reviewFiles = () => json<{ reviews: ReviewFile[] }>('reviews.json').reviews
export const formFile = () => json<FormFile>('form.json')
export const awardsRubric = () => json<RubricFile>('rubric-awards.json')
export const admissionRubric = () => json<AdmissionRubricFile>('rubric-admission.json')
export const assignmentRows = () => csv('assignments.csv')
export const scoreHistory = () => csv('score-history.csv')
export const admissionRows = () => csv('admission.csv')

export type FieldFile = {
  id: string
  type: string
  required?: boolean
  must_be?: boolean
  label: Texts
  help?: Texts
  required_if?: string
  limit?: { unit: 'words' | 'chars'; max: number }
  options?: string[]
  criterion?: string
  public_if_awarded?: boolean
  min_items?: number
  max_items?: number
  min_rows?: number
  max_rows?: number
  max_files?: number
  max_mb?: number
  accept?: string[]
  columns?: { id: string; type: string; min?: number; max?: number; limit?: { max: number }; options?: string[] }[]
  rules?: { id: string; rule: string }[]
  not_allowed?: string[]
}
export type FormFile = { sections: { id: string; title: Texts; fields: FieldFile[] }[] }
export type RubricFile = {
  scale: { min: number; max: number; step: number; levels: { value: number; name: Texts }[] }
  criteria: {
    id: string
    weight: number
    threshold: number
    name: Texts
    question: string
    look_in: string[]
    levels: Record<string, string>
  }[]
}
export type AdmissionRubricFile = {
  scale: { min: number; max: number; step: number }
  total_threshold: number
  criteria: { id: string; weight: number; question: string; bands: Record<string, string> }[]
}
