import { z } from 'zod'
import type { Api } from '../web/api/door.ts'
import type { Filter } from '../web/api/lists.ts'

const at = z.iso.datetime()
const moments = { releasedAt: at.nullable(), sentAt: at.nullable(), stoppedAt: at.nullable() }

const status: Filter = {
  state: ({ releasedAt, sentAt, stoppedAt }) =>
    sentAt ? 'sent' : stoppedAt ? 'stopped' : releasedAt ? 'released' : 'waiting',
  values: ['waiting', 'released', 'stopped', 'sent']
}

export const api = {
  outbox: {
    id: 'letters.outbox',
    list: 'letters',
    filters: { q: { text: ['email', 'subject'] }, status },
    answer: z.object({
      letters: z.array(z.object({ id: z.uuid(), email: z.string(), subject: z.string(), madeAt: at, ...moments }))
    })
  },
  letter: {
    id: 'letters.letter',
    answer: z.object({ id: z.uuid(), email: z.string(), subject: z.string(), text: z.string(), madeAt: at, ...moments })
  },
  decisions: {
    id: 'letters.decisions',
    list: 'letters',
    filters: { status, outcome: { equals: ['outcome'] }, proposal: { equals: ['number'] } },
    answer: z.object({
      count: z.int(),
      releasedAt: at.nullable(),
      mayPrepare: z.boolean(),
      mayRelease: z.boolean(),
      letters: z.array(
        z.object({
          id: z.uuid(),
          number: z.string(),
          outcome: z.string(),
          language: z.string(),
          email: z.string(),
          subject: z.string(),
          ...moments
        })
      )
    })
  },
  prepare: { id: 'letters.prepare' },
  release: { id: 'letters.release' },
  stop: { id: 'letters.stop', body: z.strictObject({ reason: z.string() }) },
  resume: { id: 'letters.resume' },
  decision: {
    id: 'letters.decision',
    answer: z.object({
      id: z.uuid(),
      email: z.string(),
      subject: z.string(),
      language: z.string(),
      letterText: z.string()
    })
  }
} satisfies Record<string, Api>
