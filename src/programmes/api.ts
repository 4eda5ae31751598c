import { z } from 'zod'
import type { Api } from '../web/api/door.ts'

const at = z.iso.datetime()
const words = z.record(z.string(), z.string())

const facts = {
  name: words,
  organiser: z.strictObject({
    name: z.string(),
    city: z.string(),
    country: z.string(),
    email: z.string(),
    dataProtection: z.string()
  }),
  zone: z.string(),
  currency: z.string(),
  languages: z.array(z.string()),
  countries: z.array(z.strictObject({ code: z.string(), zone: z.string() }))
}
const factsSent = z.strictObject(facts)
type Facts = z.infer<typeof factsSent>

const texts = (name: string, said: Record<string, string>) =>
  Object.fromEntries(Object.entries(said).map(([language, text]) => [`${name}.${language}`, text]))

const factsForm = ({ name, organiser, countries, ...same }: Facts) => ({
  ...same,
  ...texts('name', name),
  organiser: organiser.name,
  city: organiser.city,
  country: organiser.country,
  email: organiser.email,
  dataProtection: organiser.dataProtection,
  countries: countries.map(({ code, zone }) => `${code} ${zone}`).join('\n')
})

function factsPointer(field: string): string {
  if (field === 'organiser') return '/organiser/name'
  if (['city', 'country', 'email', 'dataProtection'].includes(field)) return `/organiser/${field}`
  return `/${field.replaceAll('.', '/')}`
}

const factsTold = z.object({
  name: words,
  organiser: z.object(facts.organiser.shape),
  zone: z.string(),
  currency: z.string(),
  languages: z.array(z.string()),
  countries: z.array(z.object({ code: z.string(), zone: z.string() }))
})

export const api = {
  make: {
    id: 'programmes.make',
    created: true,
    body: z.strictObject({ slug: z.string(), ...facts }),
    form: ({ slug, ...said }: Facts & { slug: string }) => ({ slug, ...factsForm(said) }),
    pointer: factsPointer
  },
  show: {
    id: 'programmes.show',
    answer: z.object({
      slug: z.string(),
      single: z.boolean(),
      stageList: z.array(z.object({ id: z.uuid(), slug: z.string(), kind: z.string(), title: words })),
      callList: z.array(z.object({ slug: z.string(), stageId: z.uuid(), standing: z.string(), deadline: at })),
      members: z.array(z.object({ name: z.string(), role: z.string(), confirmedAt: at.nullable() }))
    })
  },
  facts: { id: 'programmes.facts', version: 'version', answer: z.object({ version: z.string(), facts: factsTold }) },
  saveFacts: {
    id: 'programmes.saveFacts',
    ifMatch: 'version',
    body: factsSent,
    form: factsForm,
    pointer: factsPointer
  },
  addStage: {
    id: 'programmes.addStage',
    body: z.strictObject({ slug: z.string(), kind: z.enum(['admission', 'training', 'award']), title: words }),
    form: ({ title, ...said }: { slug: string; kind: string; title: Record<string, string> }) => ({
      ...said,
      ...texts('title', title)
    })
  },
  singlePerson: {
    id: 'programmes.singlePerson',
    body: z.strictObject({ on: z.boolean() }),
    form: ({ on }: { on: boolean }) => ({ on: on ? 'yes' : 'no' })
  },
  draftCall: {
    id: 'programmes.draftCall',
    created: true,
    body: z.strictObject({ slug: z.string(), stage: z.uuid(), title: words.optional(), from: z.string().optional() }),
    form: ({
      title = {},
      ...said
    }: {
      slug: string
      stage: string
      title?: Record<string, string>
      from?: string
    }) => ({
      ...said,
      ...texts('title', title)
    }),
    example: { slug: 'awards-2027', stage: '0b2f0f1c-6a39-4f6b-9a3e-0d7c3c6f5a11', title: { en: 'Awards 2027' } }
  }
} satisfies Record<string, Api>
