import { z } from 'zod'
import { aText, aTick } from '../../calls/editor/pieces.ts'

export const readerForm = z.object({ juror: z.uuid('not_a_choice'), locked: aTick })
export const lockForm = z.object({ assignment: z.uuid(), locked: z.enum(['yes', 'no']) })
export const endForm = z.object({ assignment: z.uuid(), reason: aText(1000) })
