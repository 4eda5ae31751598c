import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { type Database, openDb, type Target } from '../db/connect.ts'
import { type Embedded, startEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { type Settings, secretOf } from '../settings.ts'
import { diskStore, type Store } from '../storage/store.ts'

export { settingsOr } from './settingsor.ts'

/** What every command that works on an installation stands on. */
export type House = {
  settings: Settings
  secret: string
  logger: Logger
  database: Database
  owner: Target
  store: Store
  site: Target
  close(): Promise<void>
}

/** Database (embedded or named), migrated; file store; logger to standard error. */
export async function openHouse(settings: Settings): Promise<House> {
  const logger = pino(
    { level: settings.logLevel, redact: ['req.headers.cookie', 'req.headers.authorization'] },
    pino.destination({ fd: 2, sync: false })
  )
  await mkdir(settings.dataDir, { recursive: true, mode: 0o755 })
  const secret = await secretOf(settings)
  const embedded: Embedded | null = settings.databaseUrl
    ? null
    : await startEmbedded(settings.dataDir, line => logger.debug(line))
  const site = settings.databaseUrl ?? embedded?.site
  const owner = settings.databaseOwnerUrl ?? embedded?.owner
  if (!site || !owner) throw new Error('no database to start with')
  await migrate({ owner, site })
  const database = openDb(site)
  const store = await diskStore(join(settings.dataDir, 'files'))
  return {
    settings,
    secret,
    logger,
    database,
    owner,
    site,
    store,
    close: async () => {
      await database.close()
      await embedded?.stop()
    }
  }
}
