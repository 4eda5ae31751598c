import { z } from 'zod'
import { prose } from '../../web/forms.ts'

export const stopForm = z.object({ reason: prose(1000).pipe(z.string().trim().min(1, 'say_why')) })
