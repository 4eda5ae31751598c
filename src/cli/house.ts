import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { type Database, openDb, type Target } from '../db/connect.ts'
import { type Embedded, startEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { readSettings, type Settings, SettingsMistakes, secretOf } from '../settings.ts'
import { diskStore, type Store } from '../storage/store.ts'

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

/** Settings or the sentences that say what is wrong with them, on standard error. */
export function settingsOr(stderr: NodeJS.WriteStream): Settings | null {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsMistakes)) throw error
    for (const mistake of error.mistakes) stderr.write(`laurel: ${mistake}\n`)
    return null
  }
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
