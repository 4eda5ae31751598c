import { z } from 'zod'
import { OWN_NAMES } from '../i18n/languages.ts'
import { address, line, someLine } from '../web/forms.ts'

/** A box is sent as `on`, or not at all. */
const box = z
  .string()
  .optional()
  .transform(text => text === 'on')

/** Not tidied: a password is what was typed. */
const password = z.string().max(1000).default('')

const to = z.string().max(2000).default('')

export const signInForm = z.object({ email: address, password: password.pipe(z.string().min(1)), shared: box, to })
export const codeForm = z.object({ email: address, shared: box, to })
export const enteredCodeForm = z.object({ code: z.string().max(40).default('') })
export const signUpForm = z.object({ name: someLine(200), email: address, password, shared: box, to })
export const demonstrationForm = z.object({ email: address })
export const foundingForm = z.object({
  token: z.string().max(200),
  name: someLine(200),
  email: address,
  password: password.pipe(z.string().min(1))
})

const zones = new Set(Intl.supportedValuesOf('timeZone'))

export const profileForm = z.object({
  /** Which profile was seen, for whoever says so. */
  version: z.string().max(40).optional(),
  name: someLine(200),
  nameLatin: line(200).default(''),
  institution: line(300).default(''),
  institutionEn: line(300).default(''),
  city: line(120).default(''),
  cityLatin: line(120).default(''),
  country: z.union([z.literal(''), z.string().regex(/^[A-Z]{2}$/, 'not_a_choice')]).default(''),
  language: z.string().refine(code => code in OWN_NAMES, 'not_a_choice'),
  zone: z
    .string()
    .default('')
    .refine(zone => zone === '' || zones.has(zone), 'not_a_choice')
    .transform(zone => zone || null)
})

export const passwordForm = z.object({ current: password, password: password.pipe(z.string().min(1)) })
export const sessionForm = z.object({ session: z.string().regex(/^[0-9a-f]{16}$/, 'not_valid') })

export const acceptanceForm = z.object({ name: line(200).default(''), shared: box })
export const refusalForm = z.object({ word: line(500).default('') })
export const teamForm = z.object({
  name: someLine(200),
  email: address,
  role: z.enum(['organiser', 'auditor']),
  language: z.string().refine(code => code in OWN_NAMES, 'not_a_choice')
})
