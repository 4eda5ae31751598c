import { digestOf } from '../calls/rules.ts'
import type { Answers } from './answers.ts'

export type ReceiptFacts = {
  call: string
  number: string
  /** ISO 8601, UTC, to the millisecond. */
  submittedAt: string
  answers: Answers
  files: { field: string; name: string; bytes: number; sha256: string }[]
}

/** SHA-256, hex, of the canonical JSON (RFC 8785) of what was submitted: anybody who holds the content can recompute it. */
export function receiptDigest({ call, number, submittedAt, answers, files }: ReceiptFacts): string {
  return digestOf({
    format: 'laurel-receipt-1',
    call,
    number,
    submittedAt,
    answers,
    files: files.map(({ field, name, bytes, sha256 }) => ({ field, name, bytes, sha256 }))
  })
}
