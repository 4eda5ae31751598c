import { type State, statesFrom } from '../calls/lifecycle.ts'

/**
 * Who a route is for.
 * everyone: anybody, signed in or not · person: anybody signed in · applicant: whoever's proposal it is ·
 * juror: an accepted juror of the call, for a review its own juror · organiser, auditor: of the call's programme ·
 * administrator: of this installation.
 */
export const AUDIENCES = ['everyone', 'person', 'applicant', 'juror', 'organiser', 'auditor', 'administrator'] as const
export type Audience = (typeof AUDIENCES)[number]

export type Permission = {
  for: Audience
  /** Others who may read here too. */
  also?: readonly Audience[]
  /** The states of the call in which the route answers; without it, all. Elsewhere: the refusal, with its reason. */
  in?: readonly State[]
  /** A member of the team who applied here, or declared a conflict, is shut out until publication. */
  shutsOutInterested?: true
}

/** Rows of one room: `METHOD /path` to its permission. */
export type Permissions = Record<string, Permission>

const beforeOpening: State[] = ['draft']
const whileWriting: State[] = ['open', 'closed']
const fromRanked = statesFrom('ranked')

/** Who × which route × in which state of the call. The guard reads it, and the test that walks every cell. */
export const permissions: Permissions = {
  'GET /health/live': { for: 'everyone' },
  'GET /health/ready': { for: 'everyone' },
  'GET /assets/*': { for: 'everyone' },
  'GET /favicon.svg': { for: 'everyone' },
  'POST /settings/language': { for: 'everyone' },
  'POST /settings/theme': { for: 'everyone' },
  'GET /': { for: 'everyone' }
}

export { beforeOpening, fromRanked, whileWriting }
