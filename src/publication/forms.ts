import { z } from 'zod'
import { someLine } from '../web/forms.ts'

/** When the result becomes visible, as a clock in the call's zone shows it. */
export const publicationForm = z.object({ day: someLine(20), time: someLine(20) })
