// Before any schema is made: our pages let no script be made from text, and zod would try.
import { config } from 'zod'

config({ jitless: true })
