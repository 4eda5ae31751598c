import type { FastifyInstance } from 'fastify'
import entry from '../accounts/entry/routes.ts'
import invitations from '../accounts/invitations/routes.ts'
import accounts from '../accounts/routes.ts'
import tokens from '../accounts/tokens/routes.ts'
import attachments from '../attachments/routes.ts'
import awards from '../awards/routes.ts'
import calls from '../calls/routes.ts'
import decisionLetters from '../notifications/decisions/routes.ts'
import notifications from '../notifications/routes.ts'
import { acceptSeat, declineSeat } from '../panel/commands.ts'
import panel from '../panel/routes.ts'
import programmes from '../programmes/routes.ts'
import proposalEditor from '../proposals/editor/routes.ts'
import organisedProposals from '../proposals/organised/routes.ts'
import ownProposals from '../proposals/own/routes.ts'
import checking from '../publication/checking/routes.ts'
import publication from '../publication/routes.ts'
import ranking from '../ranking/routes.ts'
import reviews from '../reviews/routes.ts'
import api from './api/routes.ts'
import desk from './desk/routes.ts'
import site from './routes.ts'

/** Every room that has routes. */
export async function rooms(app: FastifyInstance): Promise<void> {
  await app.register(site)
  await app.register(entry)
  await app.register(accounts)
  await app.register(tokens)
  await app.register(invitations, { takeSeat: acceptSeat, leaveSeat: declineSeat })
  await app.register(desk)
  await app.register(proposalEditor)
  await app.register(ownProposals)
  await app.register(organisedProposals)
  await app.register(attachments)
  await app.register(notifications)
  await app.register(programmes)
  await app.register(calls)
  await app.register(panel)
  await app.register(reviews)
  await app.register(ranking)
  await app.register(awards)
  await app.register(decisionLetters)
  await app.register(publication)
  await app.register(checking)
  await app.register(api)
}
