import { z } from 'zod'
import { aLine, aText } from '../editor/pieces.ts'

const reason = aText(1000).pipe(z.string().min(1, 'say_why'))

export const extensionForm = z.object({
  person: aLine(40).pipe(z.union([z.literal(''), z.uuid()])),
  'until.day': aLine(20),
  'until.time': aLine(20),
  reason
})

export const reasonForm = z.object({ reason })
