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
  /** Open to anybody where the site is a demonstration on the reader's own machine. */
  inDemonstration?: true
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
  'GET /': { for: 'everyone' },

  // accounts
  'GET /sign-in': { for: 'everyone' },
  'POST /sign-in': { for: 'everyone' },
  'GET /sign-in/code': { for: 'everyone' },
  'POST /sign-in/code': { for: 'everyone' },
  'POST /sign-in/code/entry': { for: 'everyone' },
  'POST /sign-in/code/another': { for: 'everyone' },
  'POST /sign-in/demonstration': { for: 'everyone' },
  'GET /sign-up': { for: 'everyone' },
  'POST /sign-up': { for: 'everyone' },
  'GET /founding': { for: 'everyone' },
  'POST /founding': { for: 'everyone' },
  'POST /sign-out': { for: 'everyone' },
  'GET /account': { for: 'person' },
  'POST /account/profile': { for: 'person' },
  'POST /account/password': { for: 'person' },
  'POST /account/sessions/end': { for: 'person' },
  'POST /account/sessions/end-others': { for: 'person' },
  'GET /desk': { for: 'person' },
  'GET /invitations/declined': { for: 'everyone' },
  'GET /invitations/:token': { for: 'everyone' },
  'POST /invitations/:token/acceptance': { for: 'everyone' },
  'POST /invitations/:token/refusal': { for: 'everyone' },
  'GET /organise/programmes/:programme/team': { for: 'organiser' },
  'POST /organise/programmes/:programme/team': { for: 'organiser' },

  // notifications
  'GET /outbox': { for: 'administrator', inDemonstration: true },
  'GET /outbox/:letter': { for: 'administrator', inDemonstration: true },
  'GET /outbox/:letter/page': { for: 'administrator', inDemonstration: true }
}

export { beforeOpening, fromRanked, whileWriting }
