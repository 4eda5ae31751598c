import { z } from 'zod'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()
const code = z.string().max(40)

const own = {
  country: z.string().optional(),
  city: z.string().optional(),
  institution: z.string().optional(),
  reads: z.array(code),
  expertise: z.array(code).optional(),
  maxLoad: z.int()
}
const named = { name: z.string(), nameLatin: z.string().optional(), chair: z.boolean().optional() }

const profile = z.object({
  name: z.string(),
  nameLatin: z.string(),
  country: z.string(),
  city: z.string(),
  institution: z.string(),
  reads: z.array(z.string()),
  expertise: z.array(z.string()),
  maxLoad: z.int(),
  minLoad: z.int(),
  chair: z.boolean()
})

/** A proposal in a list of the panel; where the call is blind, what would tell who applied is empty for jurors. */
const listed = {
  id: z.uuid(),
  mark: z.string(),
  name: z.string(),
  languageCode: z.string(),
  institution: z.string(),
  place: z.string()
}
const standing = z.string()
const listedText = { text: ['mark', 'name', 'institution', 'place'] }
const listedName = { equals: ['id', 'mark'] }

type Declared = { proposal: string; conflict: string | null; word?: string | undefined }

const declarationsForm = ({ declarations, rest }: { declarations: Declared[]; rest?: boolean | undefined }) => ({
  ...Object.fromEntries(
    declarations.flatMap(({ proposal, conflict, word }): [string, string][] => [
      [`said.${proposal}`, conflict === null ? 'none' : 'conflict'],
      [`kind.${proposal}`, conflict ?? ''],
      [`word.${proposal}`, word ?? '']
    ])
  ),
  ...(rest ? { rest: 'on' } : {})
})

export const api = {
  jury: {
    id: 'panel.jury',
    list: 'seats',
    filters: { q: { text: ['label', 'name', 'email'] } },
    answer: z.object({
      seats: z.array(
        z.object({
          id: z.uuid(),
          label: z.string(),
          name: z.string(),
          email: z.string(),
          chair: z.boolean(),
          invitedAt: at,
          acceptedAt: at.nullable(),
          declinedAt: at.nullable(),
          maxLoad: z.int(),
          assigned: z.int()
        })
      )
    })
  },
  invite: {
    id: 'panel.invite',
    created: true,
    body: z.strictObject({ ...named, email: z.string(), language: z.string(), ...own }),
    example: {
      name: 'Juno Petrova',
      email: 'juno@library.example.org',
      language: 'bg',
      reads: ['bg', 'en'],
      maxLoad: 12
    }
  },
  inviteList: { id: 'panel.inviteList', uploads: true },
  seat: {
    id: 'panel.seat',
    version: 'version',
    answer: z.object({ id: z.uuid(), version: z.string(), email: z.string(), profile })
  },
  changeSeat: {
    id: 'panel.changeSeat',
    ifMatch: 'version',
    body: z.strictObject({ ...named, ...own, minLoad: z.int() })
  },
  inviteAgain: { id: 'panel.inviteAgain' },
  endSeat: { id: 'panel.endSeat' },
  profile: {
    id: 'panel.profile',
    version: 'version',
    answer: z.object({ id: z.uuid(), version: z.string(), profile })
  },
  changeProfile: { id: 'panel.changeProfile', ifMatch: 'version', body: z.strictObject(own) },
  declarations: {
    id: 'panel.declarations',
    list: 'proposals',
    filters: { q: listedText, proposal: listedName, kind: { equals: ['kind'] }, standing: { equals: ['standing'] } },
    answer: z.object({
      until: at,
      kinds: z.array(z.string()),
      silent: z.int(),
      proposals: z.array(z.object({ ...listed, standing, kind: z.string().nullable(), word: z.string() }))
    })
  },
  declare: {
    id: 'panel.declare',
    body: z.strictObject({
      declarations: z
        .array(z.strictObject({ proposal: z.uuid(), conflict: z.string().nullable(), word: z.string().optional() }))
        .max(5000),
      rest: z.boolean().optional().meta({ description: 'true: silence about the others means no conflict' })
    }),
    form: declarationsForm,
    pointer: () => '/declarations',
    example: {
      declarations: [
        { proposal: '0b2f0f1c-6a39-4f6b-9a3e-0d7c3c6f5a11', conflict: 'family', word: 'My sister applied.' }
      ],
      rest: true
    }
  },
  ties: {
    id: 'panel.ties',
    key: 'optional',
    body: z.strictObject({ ties: z.array(z.string()).max(200) }),
    form: ({ ties }: { ties: string[] }) => ({ ties: ties.join('\n') })
  },
  recuse: {
    id: 'panel.recuse',
    body: z.strictObject({ proposal: z.uuid(), kind: z.string(), word: z.string() })
  },
  deciding: {
    id: 'panel.deciding',
    list: 'conflicts',
    entry: 'declaration',
    filters: {
      proposal: listedName,
      juror: { equals: ['jurorId', 'juror'] },
      kind: { equals: ['kind'] },
      standing: { equals: ['standing'] }
    },
    answer: z.object({
      conflicts: z.array(
        z.object({
          declaration: z.uuid(),
          id: z.uuid(),
          mark: z.string(),
          jurorId: z.uuid(),
          juror: z.string(),
          standing,
          kind: z.string(),
          word: z.string(),
          declaredAt: at,
          reason: z.string().nullable()
        })
      ),
      rows: z.array(
        z.object({
          id: z.uuid(),
          name: z.string(),
          none: z.int(),
          conflicts: z.int(),
          automatic: z.int(),
          silent: z.int()
        })
      ),
      mayEndNow: z.boolean()
    })
  },
  decide: {
    id: 'panel.decide',
    body: z.strictObject({ declaration: z.uuid(), decision: z.enum(['recused', 'no_conflict']), reason: z.string() })
  },
  exclude: {
    id: 'panel.exclude',
    body: z.strictObject({ juror: z.uuid(), proposal: z.uuid(), why: z.string() }),
    form: ({ juror, proposal, why }: { juror: string; proposal: string; why: string }) => ({
      jurorId: juror,
      proposalId: proposal,
      why
    }),
    pointer: (field: string) => `/${field.replace(/Id$/, '')}`
  },
  endDeclaring: { id: 'panel.endDeclaring' },
  assignment: {
    id: 'panel.assignment',
    list: 'rows',
    filters: { q: listedText, proposal: listedName, juror: { equals: ['readers.jurorId', 'readers.juror'] } },
    answer: z.object({
      released: at.nullable(),
      trouble: z.array(z.string()),
      rows: z.array(
        z.object({
          ...listed,
          few: z.boolean(),
          readers: z.array(z.object({ jurorId: z.uuid(), juror: z.string(), locked: z.boolean() }))
        })
      ),
      loads: z.array(z.object({ id: z.uuid(), name: z.string(), load: z.int(), most: z.int(), over: z.boolean() }))
    })
  },
  assign: { id: 'panel.assign' },
  release: { id: 'panel.release' },
  readers: {
    id: 'panel.readers',
    answer: z.object({
      id: z.uuid(),
      readers: z.array(
        z.object({
          id: z.uuid(),
          name: z.string(),
          assignmentId: z.uuid(),
          locked: z.boolean(),
          released: z.boolean(),
          reason: z.string().nullable()
        })
      ),
      others: z.array(
        z.object({
          id: z.uuid(),
          name: z.string(),
          load: z.int(),
          full: z.boolean(),
          readsIt: z.boolean(),
          fit: z.number()
        })
      ),
      apart: z.array(z.object({ id: z.uuid(), name: z.string(), reason: z.string().nullable() }))
    })
  },
  addReader: {
    id: 'panel.addReader',
    body: z.strictObject({ juror: z.uuid(), locked: z.boolean().optional() })
  },
  lock: {
    id: 'panel.lock',
    key: 'optional',
    body: z.strictObject({ assignment: z.uuid(), locked: z.boolean() }),
    form: ({ assignment, locked }: { assignment: string; locked: boolean }) => ({
      assignment,
      locked: locked ? 'yes' : 'no'
    })
  },
  endReader: {
    id: 'panel.endReader',
    body: z.strictObject({ assignment: z.uuid(), reason: z.string().optional() }),
    pointer: (field: string) => (field.startsWith('reason') ? '/reason' : `/${field}`)
  }
} satisfies Record<string, Api>
