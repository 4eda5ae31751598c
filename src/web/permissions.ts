import { type State, statesFrom } from '../calls/lifecycle.ts'

/**
 * Who a route is for.
 * everyone: anybody, signed in or not · person: anybody signed in · applicant: whoever's proposal it is ·
 * juror: an accepted juror of the call, for a review its own juror · chair: who leads its panel · organiser, auditor: of the call's programme ·
 * administrator: of this installation.
 */
export const AUDIENCES = [
  'everyone',
  'person',
  'applicant',
  'juror',
  'chair',
  'organiser',
  'auditor',
  'administrator'
] as const
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
const rankable: State[] = ['panel', 'ranked']
const fromRanked = statesFrom('ranked')
const fromDecided = statesFrom('decided')
const whileTelling: State[] = ['decided', 'redress']
const fromPanel = statesFrom('panel')
const untilPanel = statesFrom('draft', 'panel')
const untilAssigning = statesFrom('draft', 'assigning')
const untilReviewing = statesFrom('draft', 'reviewing')
const whileDeclaring = statesFrom('declaring', 'panel')
const whileAssigning: State[] = ['assigning', 'reviewing']

/** Who × which route × in which state of the call. The guard reads it, and the test that walks every cell. */
export const permissions: Permissions = {
  'GET /health/live': { for: 'everyone' },
  'GET /health/ready': { for: 'everyone' },
  'GET /assets/*': { for: 'everyone' },
  'GET /favicon.svg': { for: 'everyone' },
  'GET /your-data': { for: 'everyone' },
  'GET /accessibility': { for: 'everyone' },
  'GET /how-judging-works': { for: 'everyone' },
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
  'GET /account/tokens': { for: 'person' },
  'POST /account/tokens': { for: 'person' },
  'POST /account/tokens/:token/revocation': { for: 'person' },
  'GET /api': { for: 'everyone' },
  'GET /api/openapi.json': { for: 'everyone' },
  'GET /api/client.ts': { for: 'everyone' },
  'GET /desk': { for: 'person' },
  'GET /invitations/declined': { for: 'everyone' },
  'GET /invitations/:token': { for: 'everyone' },
  'POST /invitations/:token/acceptance': { for: 'everyone' },
  'POST /invitations/:token/refusal': { for: 'everyone' },
  'GET /organise/programmes/:programme/team': { for: 'organiser' },
  'POST /organise/programmes/:programme/team': { for: 'organiser' },

  // programmes
  'GET /organise/programmes/new': { for: 'person' },
  'POST /organise/programmes': { for: 'person' },
  'GET /organise/programmes/:programme': { for: 'organiser' },
  'GET /organise/programmes/:programme/facts': { for: 'organiser' },
  'POST /organise/programmes/:programme/facts': { for: 'organiser' },
  'POST /organise/programmes/:programme/stages': { for: 'organiser' },
  'POST /organise/programmes/:programme/single-person': { for: 'organiser' },
  'GET /organise/programmes/:programme/calls': { for: 'organiser' },
  'POST /organise/programmes/:programme/calls': { for: 'organiser' },

  // calls
  'GET /calls/:call': { for: 'everyone' },
  'GET /calls/:call/rules': { for: 'everyone' },
  'GET /calls/:call/rules.json': { for: 'everyone' },
  'GET /organise/:call': { for: 'organiser', also: ['auditor'] },
  'GET /organise/:call/edit/texts': { for: 'organiser', in: untilPanel },
  'POST /organise/:call/edit/texts': { for: 'organiser', in: untilPanel },
  'GET /organise/:call/edit/dates': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/dates': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/applicants': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/applicants': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/form': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/form': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/rubric': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/rubric': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/jury': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/jury': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/awards': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/awards': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/publication': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/publication': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/people': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/form/import': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/form/sections/:section': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/form/sections/:section': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/form/fields/:field': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/form/fields/:field': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/edit/rubric/:criterion': { for: 'organiser', in: beforeOpening },
  'POST /organise/:call/edit/rubric/:criterion': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/form.json': { for: 'organiser' },
  'GET /organise/:call/check': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/preview': { for: 'organiser', also: ['auditor', 'chair'] },
  'POST /organise/:call/opening': { for: 'organiser', in: beforeOpening },
  'GET /organise/:call/confirmations/:confirmation': { for: 'organiser', also: ['auditor', 'chair'] },
  'POST /organise/:call/confirmations/:confirmation': { for: 'organiser', also: ['auditor', 'chair'] },
  'POST /organise/:call/confirmations/:confirmation/withdrawal': { for: 'organiser' },
  'GET /organise/:call/extensions': { for: 'organiser', in: statesFrom('open', 'screening'), shutsOutInterested: true },
  'POST /organise/:call/extensions': {
    for: 'organiser',
    in: statesFrom('open', 'screening'),
    shutsOutInterested: true
  },
  'GET /organise/:call/changes': { for: 'organiser' },
  'POST /organise/:call/changes': { for: 'organiser', in: statesFrom('open', 'panel') },

  // panel
  'GET /organise/:call/jury': { for: 'organiser', also: ['auditor'], shutsOutInterested: true },
  'POST /organise/:call/jury': { for: 'organiser', in: untilReviewing, shutsOutInterested: true },
  'POST /organise/:call/jury/list': { for: 'organiser', in: untilReviewing, shutsOutInterested: true },
  'GET /organise/:call/jury/:juror': { for: 'organiser', also: ['auditor'], shutsOutInterested: true },
  'POST /organise/:call/jury/:juror': { for: 'organiser', in: untilAssigning, shutsOutInterested: true },
  'POST /organise/:call/jury/:juror/invitation': { for: 'organiser', in: untilReviewing, shutsOutInterested: true },
  'POST /organise/:call/jury/:juror/end': { for: 'organiser', in: untilAssigning, shutsOutInterested: true },
  'GET /jury/:call/profile': { for: 'juror' },
  'POST /jury/:call/profile': { for: 'juror', in: untilAssigning },
  'GET /jury/:call/declarations': { for: 'juror', in: whileDeclaring },
  'POST /jury/:call/declarations': { for: 'juror', in: whileDeclaring },
  'POST /jury/:call/ties': { for: 'juror', in: whileDeclaring },
  'GET /jury/:call/proposals/:proposal/recusal': { for: 'juror', in: whileDeclaring },
  'POST /jury/:call/recusals': { for: 'juror', in: whileDeclaring },
  'GET /organise/:call/declarations': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('declaring'),
    shutsOutInterested: true
  },
  'POST /organise/:call/declarations/decisions': { for: 'organiser', in: whileDeclaring, shutsOutInterested: true },
  'POST /organise/:call/declarations/exclusions': { for: 'organiser', in: whileDeclaring, shutsOutInterested: true },
  'POST /organise/:call/declarations/end': {
    for: 'organiser',
    in: statesFrom('declaring'),
    shutsOutInterested: true
  },
  'GET /organise/:call/assignment': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('declaring'),
    shutsOutInterested: true
  },
  'POST /organise/:call/assignment': { for: 'organiser', in: whileAssigning, shutsOutInterested: true },
  'POST /organise/:call/assignment/release': {
    for: 'organiser',
    in: statesFrom('assigning'),
    shutsOutInterested: true
  },
  'GET /organise/:call/assignment/:proposal': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('declaring'),
    shutsOutInterested: true
  },
  'POST /organise/:call/assignment/:proposal/readers': {
    for: 'organiser',
    in: whileAssigning,
    shutsOutInterested: true
  },
  'POST /organise/:call/assignment/:proposal/locks': { for: 'organiser', in: whileAssigning, shutsOutInterested: true },
  'POST /organise/:call/assignment/:proposal/ends': { for: 'organiser', in: whileAssigning, shutsOutInterested: true },

  // reviews
  'GET /jury/:call': { for: 'juror' },
  'GET /jury/:call/proposals/:proposal': { for: 'juror', in: ['reviewing'] },
  'POST /jury/:call/proposals/:proposal': { for: 'juror', in: ['reviewing'] },
  'GET /reviews/:review': { for: 'juror' },
  'POST /reviews/:review': { for: 'juror', in: ['reviewing'] },
  'GET /reviews/:review/check': { for: 'juror', in: ['reviewing'] },
  'POST /reviews/:review/submission': { for: 'juror', in: ['reviewing'] },
  'GET /organise/:call/progress': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('assigning'),
    shutsOutInterested: true
  },
  'POST /organise/:call/progress/closing': { for: 'organiser', in: statesFrom('reviewing'), shutsOutInterested: true },
  'GET /organise/:call/panel': {
    for: 'organiser',
    also: ['auditor', 'chair'],
    in: fromPanel,
    shutsOutInterested: true
  },
  'GET /organise/:call/panel/:proposal': {
    for: 'organiser',
    also: ['auditor', 'chair'],
    in: fromPanel,
    shutsOutInterested: true
  },
  'POST /organise/:call/panel/:proposal/changes': {
    for: 'organiser',
    also: ['chair'],
    in: ['panel'],
    shutsOutInterested: true
  },

  // proposals
  'POST /calls/:call/proposals': { for: 'person' },
  'GET /proposals': { for: 'person' },
  'GET /proposals/:proposal': { for: 'applicant' },
  'GET /proposals/:proposal/edit': { for: 'applicant' },
  'POST /proposals/:proposal/draft': { for: 'applicant' },
  'POST /proposals/:proposal/attachments/:field': { for: 'applicant' },
  'GET /proposals/:proposal/text': { for: 'applicant' },
  'GET /proposals/:proposal/check': { for: 'applicant' },
  'POST /proposals/:proposal/submission': { for: 'applicant' },
  'GET /proposals/:proposal/receipt': { for: 'applicant' },
  'GET /proposals/:proposal/withdrawal': { for: 'applicant' },
  'POST /proposals/:proposal/withdrawal': { for: 'applicant' },
  'GET /attachments/:attachment': { for: 'applicant', also: ['juror', 'organiser', 'auditor'] },
  'GET /organise/:call/proposals': { for: 'organiser', also: ['auditor'], shutsOutInterested: true },
  'GET /organise/:call/proposals.csv': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('closed'),
    shutsOutInterested: true
  },
  'GET /organise/:call/proposals/:proposal': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('closed'),
    shutsOutInterested: true
  },
  'POST /organise/:call/proposals/:proposal/screening': {
    for: 'organiser',
    in: ['screening'],
    shutsOutInterested: true
  },
  'POST /organise/:call/screenings': { for: 'organiser', in: ['screening'], shutsOutInterested: true },
  'POST /organise/:call/screening/end': { for: 'organiser', in: statesFrom('screening'), shutsOutInterested: true },

  // ranking
  'GET /organise/:call/ranking': {
    for: 'organiser',
    also: ['auditor'],
    in: statesFrom('panel'),
    shutsOutInterested: true
  },
  'POST /organise/:call/ranking': { for: 'organiser', in: rankable, shutsOutInterested: true },
  'POST /organise/:call/ranking/draw': { for: 'organiser', in: rankable, shutsOutInterested: true },
  'GET /organise/:call/ranking.csv': { for: 'organiser', also: ['auditor'], in: fromRanked, shutsOutInterested: true },
  'GET /organise/:call/ranking-sheet.csv': {
    for: 'organiser',
    also: ['auditor'],
    in: fromRanked,
    shutsOutInterested: true
  },
  'GET /organise/:call/ranking/:proposal': {
    for: 'organiser',
    also: ['auditor'],
    in: fromRanked,
    shutsOutInterested: true
  },

  // awards
  'POST /organise/:call/sign-off': { for: 'organiser', in: ['ranked'], shutsOutInterested: true },
  'GET /organise/:call/sign-off/:confirmation': {
    for: 'organiser',
    also: ['auditor', 'chair'],
    in: fromRanked,
    shutsOutInterested: true
  },
  'POST /organise/:call/sign-off/:confirmation': {
    for: 'organiser',
    also: ['auditor', 'chair'],
    in: fromRanked,
    shutsOutInterested: true
  },
  'GET /proposals/:proposal/result': { for: 'applicant' },

  // decision letters
  'GET /organise/:call/letters': { for: 'organiser', also: ['auditor'], in: fromDecided, shutsOutInterested: true },
  'POST /organise/:call/letters': { for: 'organiser', in: ['decided'], shutsOutInterested: true },
  'GET /organise/:call/letters/release': { for: 'organiser', in: ['decided'], shutsOutInterested: true },
  'POST /organise/:call/letters/release': { for: 'organiser', in: fromDecided, shutsOutInterested: true },
  'GET /organise/:call/letters/stop': { for: 'organiser', in: whileTelling, shutsOutInterested: true },
  'POST /organise/:call/letters/stop': { for: 'organiser', in: whileTelling, shutsOutInterested: true },
  'GET /organise/:call/letters/resumption': { for: 'organiser', in: whileTelling, shutsOutInterested: true },
  'POST /organise/:call/letters/resumption': { for: 'organiser', in: whileTelling, shutsOutInterested: true },
  'GET /organise/:call/letters/:letter': {
    for: 'organiser',
    also: ['auditor'],
    in: fromDecided,
    shutsOutInterested: true
  },
  'GET /organise/:call/letters/:letter/page': {
    for: 'organiser',
    also: ['auditor'],
    in: fromDecided,
    shutsOutInterested: true
  },

  // publication
  'GET /calls/:call/results': { for: 'everyone' },
  'GET /calls/:call/results.csv': { for: 'everyone' },
  'GET /calls/:call/results.json': { for: 'everyone' },
  'GET /calls/:call/results/bundle.json': { for: 'everyone' },
  'GET /calls/:call/results/verification': { for: 'everyone' },
  'GET /verify': { for: 'everyone' },
  'GET /schemas/laurel-bundle-1.json': { for: 'everyone' },
  'GET /modules/*': { for: 'everyone' },
  'GET /organise/:call/publication/bundle.json': {
    for: 'organiser',
    also: ['auditor'],
    in: fromDecided,
    shutsOutInterested: true
  },
  'GET /organise/:call/publication': { for: 'organiser', also: ['auditor'], in: fromDecided, shutsOutInterested: true },
  'POST /organise/:call/publication': { for: 'organiser', in: fromDecided, shutsOutInterested: true },
  'GET /organise/:call/publication/:confirmation': {
    for: 'organiser',
    also: ['auditor', 'chair'],
    in: fromDecided,
    shutsOutInterested: true
  },
  'POST /organise/:call/publication/:confirmation': {
    for: 'organiser',
    also: ['auditor', 'chair'],
    in: fromDecided,
    shutsOutInterested: true
  },

  // notifications
  'GET /outbox': { for: 'administrator', inDemonstration: true },
  'GET /outbox/:letter': { for: 'administrator', inDemonstration: true },
  'GET /outbox/:letter/page': { for: 'administrator', inDemonstration: true }
}

export { beforeOpening, fromRanked, whileWriting }
