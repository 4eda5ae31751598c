/** A reason why not: a code whose sentence stands in the catalogues (`refusal.<code>`), and the facts the sentence needs. */
export type Refusal = { code: string } & Record<string, unknown>

/**
 * Thrown by commands, answered by the web plumbing: `not_found` as 404, everything else as 409.
 * Existence is private: what is not yours is refused exactly like what never was.
 */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.code)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

/** `null` is yes: go on. Anything else is thrown as `Refused`. */
export function must(whyNot: Refusal | null): void {
  if (whyNot) throw new Refused(whyNot)
}

/** A mistake in what somebody typed: the field it belongs to, a code (`mistake.<code>`) and facts for its sentence. */
export type Mistake = { field: string; code: string } & Record<string, unknown>

/** Thrown by commands for mistakes in a form: 422 and the same page, filled in. */
export class Mistaken extends Error {
  readonly mistakes: Mistake[]

  constructor(mistakes: Mistake[]) {
    super(mistakes.map(({ field, code }) => `${field}: ${code}`).join(', '))
    this.name = 'Mistaken'
    this.mistakes = mistakes
  }
}
