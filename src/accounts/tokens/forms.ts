import { z } from 'zod'
import { someLine } from '../../web/forms.ts'

/** How long a token may live, in days. */
export const DAYS = ['7', '30', '90', '366'] as const

export const tokenForm = z.object({
  name: someLine(100),
  scope: z.enum(['read', 'act'], { message: 'not_a_choice' }),
  days: z.enum(DAYS, { message: 'not_a_choice' }).transform(Number)
})
