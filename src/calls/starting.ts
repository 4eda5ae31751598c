import type { CallRules } from './rules.ts'
import { momentIn } from './zones.ts'

type Ground = { zone: string; currency: string; languages: string[]; now: Date }

const DAY = 86_400_000

/** What a new call begins with: plain, whole, and waiting for its own words. The checklist says what is still missing. */
export function startingRules({ zone, currency, languages, now }: Ground): CallRules {
  const in_ = (days: number, hour: number) => {
    const day = new Date(now.getTime() + days * DAY)
    day.setUTCHours(hour, 0, 0, 0)
    return momentIn(day, zone)
  }
  return {
    format: 'laurel-rules-1',
    zone,
    currency,
    languages,
    dates: {
      opensAt: in_(14, 8),
      deadline: in_(60, 15),
      screeningUntil: in_(67, 15),
      declarationsUntil: in_(72, 15),
      reviewingOpensAt: in_(73, 8),
      reviewingUntil: in_(95, 21),
      panelAt: in_(98, 8),
      lettersAt: in_(105, 10),
      redressUntil: in_(115, 21),
      publicationAt: in_(120, 10)
    },
    graceMinutes: 15,
    applicants: { who: 'anyone', onePerInstitution: false },
    blind: 'jurors_hidden',
    form: {
      sections: [
        {
          id: 'proposal',
          title: { en: 'Your proposal', bg: 'Вашето предложение' },
          fields: [
            {
              id: 'title',
              type: 'text',
              required: true,
              limit: { unit: 'chars', max: 120 },
              label: { en: 'Title', bg: 'Заглавие' }
            },
            {
              id: 'summary',
              type: 'longtext',
              required: true,
              limit: { unit: 'words', max: 150 },
              label: { en: 'Summary', bg: 'Резюме' }
            }
          ]
        }
      ]
    },
    rubric: {
      scale: { min: 0, max: 5, step: 0.5, direction: 'higher', names: {} },
      criteria: [
        criterion('need', 40, { en: 'Need', bg: 'Потребност' }),
        criterion('idea', 30, { en: 'Idea', bg: 'Идея' }),
        criterion('plan', 30, { en: 'Plan', bg: 'План' })
      ],
      toApplicant: 'required'
    },
    jury: {
      reviewsPerProposal: 3,
      minReviews: 3,
      maxLoad: 12,
      minReaders: 1,
      automaticConflicts: [],
      conflictKinds: CONFLICTS
    },
    ranking: { method: 'weightedMean', rounding: null, tieLadder: ['criterion:need', 'share'], draw: null },
    awards: { count: 1, reserve: 0, amount: null, fund: null, limits: [], seats: null },
    publication: {
      provisional: 'letters',
      winners: ['title', 'institution', 'city', 'country', 'reason'],
      reserve: [],
      counts: ['country']
    }
  }
}

const criterion = (id: string, weight: number, name: Record<string, string>) => ({
  id,
  weight,
  name,
  question: {},
  levels: {},
  lookIn: []
})

const CONFLICTS = [
  'employment at the applicant or a partner in the last three years',
  'family relation',
  'joint project or publication in the last three years',
  'mentor, trainer or supervisor of the applicant',
  'board membership of the applicant or a partner',
  'financial interest',
  'any other circumstance that could look partial to a third person'
]
