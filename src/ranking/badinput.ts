/**
 * Where in what was given something is wrong: a file with row (the header is line 1) and column, or with a path such as
 * `reviews[12].scores.impact` (counted from 0), or a proposal and a juror.
 */
export type Place = {
  file?: string | undefined
  row?: number | undefined
  column?: string | undefined
  path?: string | undefined
  proposal?: string | undefined
  juror?: string | undefined
}

/** Input that cannot be ranked. Code and facts have their sentence in the catalogues (`rank.bad.<code>`). */
export class BadInput extends Error {
  readonly code: string
  readonly place: Place
  readonly facts: Record<string, string | number>

  constructor(code: string, place: Place, facts: Record<string, string | number> = {}) {
    super(`${code} ${JSON.stringify({ ...place, ...facts })}`)
    this.name = 'BadInput'
    this.code = code
    this.place = place
    this.facts = facts
  }
}
