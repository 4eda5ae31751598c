import type { Logger } from 'pino'
import type { Db } from '../db/connect.ts'
import { type Mailer, sendLetter } from '../notifications/jobs.ts'
import { sweepDrafts } from '../proposals/jobs.ts'
import type { Settings } from '../settings.ts'
import type { Store } from '../storage/store.ts'
import { sweepAccounts, sweepFiles } from './nightly.ts'
import type { Tasks } from './runner.ts'

export type World = { db: Db; store: Store; settings: Settings; mailer: Mailer | null; logger: Logger }

/** Every kind of later work there is. */
export function tasksOf(world: World): Tasks {
  return {
    'send-letter': sendLetter(world),
    'sweep-files': async () => {
      const { orphans, halves } = await sweepFiles(world)
      if (orphans + halves > 0) world.logger.info({ orphans, halves }, 'removed files that belong to nothing')
    },
    'sweep-accounts': () => sweepAccounts(world),
    'sweep-drafts': async () => {
      const removed = await sweepDrafts(world)
      if (removed > 0) world.logger.info({ removed }, 'removed drafts in which nothing was written')
    }
  }
}

/** In UTC. What was missed while the site stood still is made up for within ten minutes, not later. */
export const CRONTAB = [
  '17 2 * * * sweep-files ?fill=10m',
  '37 2 * * * sweep-accounts ?fill=10m',
  '57 1 * * * sweep-drafts ?fill=10m'
].join('\n')
