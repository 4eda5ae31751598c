import { z } from 'zod'
import { line } from '../web/forms.ts'

export const freezeForm = z.object({ reason: line(1000).default('') })
export const drawForm = z.object({ publicValue: line(200).default('') })
