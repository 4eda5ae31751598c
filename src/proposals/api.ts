import { z } from 'zod'
import { fieldsOf } from '../calls/form.ts'
import type { CallRules } from '../calls/rules.ts'
import { Mistaken } from '../refusal.ts'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()
const cell = z.union([z.string(), z.number()])
const answer = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.string()),
  z.array(z.record(z.string(), cell))
])
const answers = z.record(z.string(), answer)
const problem = z.looseObject({ field: z.string(), code: z.string() })
const attached = z.object({
  id: z.uuid(),
  field: z.string(),
  name: z.string(),
  mime: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  receivedAt: at
})
const section = z.object({ id: z.string(), standing: z.enum(['complete', 'begun', 'not_started']) })

/** A proposal to read, as its kind of reader may: for jurors without names and with neutral file names. */
export const reading = z.object({
  title: z.string(),
  titleLang: z.string(),
  sections: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      fields: z.array(
        z.object({
          id: z.string(),
          label: z.string(),
          criterionId: z.string().nullable(),
          value: answer,
          files: z.array(z.object({ id: z.uuid(), fileName: z.string(), mime: z.string(), bytes: z.int() }))
        })
      )
    })
  )
})

type Value = z.infer<typeof answer>

/** Answers by field, as the form of the editor sends them. A field that is left out stays as it is. */
export function answersForm(
  { answers }: { answers: Record<string, Value> },
  rules: CallRules | null
): Record<string, unknown> {
  const fields = rules ? fieldsOf(rules.form) : []
  const unknown = Object.keys(answers).filter(id => !fields.some(field => field.id === id && field.type !== 'file'))
  if (unknown.length > 0) throw new Mistaken(unknown.map(id => ({ field: `answers.${id}`, code: 'unknown' })))
  const boxes: string[] = []
  const typed = Object.entries(answers).flatMap(([id, value]): [string, unknown][] => {
    const type = fields.find(field => field.id === id)?.type
    if (type === 'consent') {
      boxes.push(id)
      return value === true ? [[id, 'on']] : []
    }
    if (typeof value === 'boolean') return [[id, value ? 'yes' : 'no']]
    if (type === 'table' || type === 'budget') return rowsTyped(id, Array.isArray(value) ? value : [])
    if (Array.isArray(value)) return [[id, value.filter(each => typeof each === 'string').join('\n')]]
    return [[id, value === null ? '' : String(value)]]
  })
  return { ...Object.fromEntries(typed), ...(boxes.length > 0 && { _boxes: boxes.join(' ') }) }
}

/** No line at all is sent as one that is empty, which the form takes away. */
function rowsTyped(id: string, rows: readonly unknown[]): [string, string][] {
  if (rows.length === 0) return [[`${id}.0.`, '']]
  return rows.flatMap((row, place) =>
    Object.entries(row as Record<string, string | number>).map(([column, value]): [string, string] => [
      `${id}.${place}.${column}`,
      String(value)
    ])
  )
}

export const api = {
  own: {
    id: 'proposals.own',
    list: 'proposals',
    answer: z.object({
      proposals: z.array(
        z.object({
          id: z.uuid(),
          number: z.string().nullable(),
          call: z.string(),
          title: z.string(),
          begunAt: at,
          submittedAt: at.nullable(),
          withdrawnAt: at.nullable(),
          deadline: at,
          writable: z.boolean()
        })
      )
    })
  },
  begin: { id: 'proposals.begin', created: true },
  status: {
    id: 'proposals.status',
    answer: z.object({
      id: z.uuid(),
      number: z.string().nullable(),
      call: z.string(),
      standing: z.enum([
        'withdrawn',
        'changing',
        'submitted',
        'draft',
        'late',
        'refused',
        'final',
        'decided',
        'judged'
      ]),
      deadline: at,
      writable: z.boolean(),
      submittedAt: at.nullable(),
      withdrawnAt: at.nullable(),
      screeningReason: z.string(),
      versions: z.array(z.object({ position: z.int(), submittedAt: at, files: z.int(), digest: z.string() }))
    })
  },
  draft: {
    id: 'proposals.draft',
    query: z.strictObject({ check: z.string().optional() }),
    version: 'version',
    answer: z.object({
      id: z.uuid(),
      call: z.string(),
      version: z.int(),
      draftSavedAt: at,
      deadline: at,
      answers,
      attached: z.array(attached),
      problems: z.array(problem),
      sections: z.array(section)
    })
  },
  save: {
    id: 'proposals.save',
    query: z.strictObject({ remove: z.uuid().optional() }),
    body: z.strictObject({ answers: answers.default({}) }),
    form: answersForm,
    ifMatch: '_version',
    version: 'version',
    answer: z.object({
      version: z.int(),
      problems: z.array(problem),
      sections: z.array(section),
      excluded: z.array(z.string())
    }),
    example: {
      answers: {
        title: 'A seed library for three villages',
        keywords: ['seeds', 'gardens'],
        milestones: [{ month: 1, what: 'The cupboard stands' }]
      }
    }
  },
  attach: { id: 'proposals.attach', uploads: true, answer: z.object({ received: z.int() }) },
  text: {
    id: 'proposals.text',
    query: z.strictObject({ version: z.string().optional() }),
    answer: z.object({ id: z.uuid(), number: z.string().nullable(), position: z.int().nullable(), reading })
  },
  check: {
    id: 'proposals.check',
    answer: z.object({ id: z.uuid(), ready: z.boolean(), deadline: at, problems: z.array(problem) })
  },
  submit: { id: 'proposals.submit', created: true },
  receipt: {
    id: 'proposals.receipt',
    query: z.strictObject({ version: z.string().optional() }),
    answer: z.object({
      id: z.uuid(),
      number: z.string(),
      position: z.int(),
      submittedAt: at,
      stands: z.boolean(),
      sha256: z.string(),
      files: z.array(
        z.object({ attachmentId: z.uuid(), field: z.string(), name: z.string(), bytes: z.int(), sha256: z.string() })
      )
    })
  },
  withdraw: { id: 'proposals.withdraw', body: z.strictObject({ reason: z.string().optional() }) },
  submitted: {
    id: 'proposals.submitted',
    list: 'rows',
    filters: {
      q: { text: ['number', 'proposalTitle', 'applicant', 'institution'] },
      country: { equals: ['country'] },
      screening: {
        state: ({ screening }) => String(screening ?? 'waiting'),
        values: ['waiting', 'eligible', 'refused']
      }
    },
    csv: '.csv',
    answer: z.object({
      call: z.string(),
      state: z.string(),
      count: z.int(),
      withdrawnCount: z.int(),
      waiting: z.int().optional(),
      begun: z
        .array(
          z.object({
            name: z.string(),
            institution: z.string(),
            country: z.string(),
            begunAt: at,
            submitted: z.boolean()
          })
        )
        .optional(),
      rows: z.array(
        z.object({
          id: z.uuid(),
          number: z.string(),
          version: z.int(),
          submittedAt: at,
          proposalTitle: z.string(),
          applicant: z.string(),
          institution: z.string(),
          country: z.string(),
          amount: z.number().nullable(),
          currency: z.string(),
          screening: z.enum(['eligible', 'refused']).nullable()
        })
      )
    })
  },
  submittedCsv: { id: 'proposals.submittedCsv', file: 'text/csv' },
  read: {
    id: 'proposals.read',
    answer: z.object({
      id: z.uuid(),
      number: z.string(),
      position: z.int(),
      submittedAt: at,
      applicant: z.object({
        name: z.string(),
        nameLatin: z.string(),
        email: z.string(),
        institution: z.string(),
        institutionEn: z.string(),
        city: z.string(),
        cityLatin: z.string(),
        country: z.string()
      }),
      sha256: z.string(),
      outcome: z.enum(['eligible', 'refused']).nullable(),
      reading,
      said: z.array(z.object({ outcome: z.string(), reason: z.string(), by: z.string(), saidAt: at }))
    })
  },
  screen: {
    id: 'proposals.screen',
    body: z.strictObject({ outcome: z.enum(['eligible', 'refused']), reason: z.string().optional() }),
    example: { outcome: 'refused', reason: 'The letter of support is missing.' }
  },
  screenMany: {
    id: 'proposals.screenMany',
    body: z.strictObject({ proposals: z.array(z.uuid()).min(1).max(5000) }),
    form: ({ proposals }: { proposals: string[] }) => ({ proposal: proposals }),
    pointer: () => '/proposals'
  },
  endScreening: { id: 'proposals.endScreening' },
  attachment: {
    id: 'proposals.attachment',
    query: z.strictObject({ download: z.string().optional() }),
    file: 'application/octet-stream'
  }
} satisfies Record<string, Api>
