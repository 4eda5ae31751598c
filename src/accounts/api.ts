import { z } from 'zod'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()

const profile = z.strictObject({
  name: z.string(),
  nameLatin: z.string().optional(),
  institution: z.string().optional(),
  institutionEn: z.string().optional(),
  city: z.string().optional(),
  cityLatin: z.string().optional(),
  country: z.string().optional(),
  language: z.string(),
  zone: z.string().nullable().optional()
})

export const api = {
  account: {
    id: 'accounts.account',
    version: 'version',
    answer: z.object({
      version: z.string(),
      own: z.object({
        email: z.string(),
        name: z.string(),
        nameLatin: z.string(),
        institution: z.string(),
        institutionEn: z.string(),
        city: z.string(),
        cityLatin: z.string(),
        country: z.string(),
        language: z.string(),
        zone: z.string().nullable()
      })
    })
  },
  profile: {
    id: 'accounts.profile',
    ifMatch: 'version',
    body: profile,
    example: { name: 'Ada Petrova', language: 'bg', country: 'BG', institution: 'Library of Rousse' }
  },
  desk: {
    id: 'accounts.desk',
    answer: z.object(
      Object.fromEntries(
        ['confirming', 'proposals', 'judging', 'open'].map(name => [
          name,
          z.array(z.object({ href: z.string(), heading: z.string(), urgent: z.boolean() }))
        ])
      )
    )
  },
  invitation: {
    id: 'accounts.invitation',
    answer: z.object({ purpose: z.string(), email: z.string(), endsAt: at, asNew: z.boolean(), asSelf: z.boolean() })
  },
  accept: {
    id: 'accounts.accept',
    body: z.strictObject({ name: z.string().optional() }),
    example: { name: 'Juno Petrova' }
  },
  refuse: { id: 'accounts.refuse', body: z.strictObject({ word: z.string().optional() }) },
  team: {
    id: 'accounts.team',
    answer: z.object({
      people: z.array(z.object({ name: z.string(), email: z.string(), role: z.string(), confirmedAt: at.nullable() })),
      invited: z.array(
        z.object({ name: z.string(), email: z.string(), role: z.string(), endsAt: at, declinedAt: at.nullable() })
      )
    })
  },
  inviteToTeam: {
    id: 'accounts.inviteToTeam',
    body: z.strictObject({
      name: z.string(),
      email: z.string(),
      role: z.enum(['organiser', 'auditor']),
      language: z.string()
    }),
    example: { name: 'Olu Adeyemi', email: 'olu@library.example.org', role: 'organiser', language: 'en' }
  }
} satisfies Record<string, Api>
