import { z } from 'zod'
import { aLine, aTick, aWhole } from '../../calls/editor/pieces.ts'
import { OWN_NAMES } from '../../i18n/languages.ts'
import { address } from '../../web/forms.ts'

const codes = z.preprocess(
  value => (value === undefined ? [] : [value].flat()),
  z.array(z.string().regex(/^[\w-]{1,40}$/, 'not_a_choice')).max(60)
)
const country = z.union([z.literal(''), z.string().regex(/^[A-Z]{2}$/, 'not_a_choice')]).default('')

/** What a juror may say of themselves. */
export const ownForm = z.object({
  /** Which profile was seen, for whoever says so. */
  version: z.string().max(40).optional(),
  country,
  city: aLine(120),
  institution: aLine(300),
  reads: codes,
  expertise: codes,
  maxLoad: aWhole(0, 500)
})

export const seatForm = ownForm.extend({
  name: aLine(200).pipe(z.string().min(1, 'missing')),
  nameLatin: aLine(200),
  minLoad: aWhole(0, 500),
  chair: aTick
})

export const invitedForm = seatForm.omit({ minLoad: true, version: true }).extend({
  email: address,
  language: z.string().refine(code => code in OWN_NAMES, 'not_a_choice')
})
