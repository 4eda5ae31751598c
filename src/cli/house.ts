import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { type Database, openDb, type Target } from '../db/connect.ts'
import { type Embedded, startEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { type Settings, secretOf } from '../settings.ts'
import { diskStore, type Store } from '../storage/store.ts'
import { brokenRestoreIn } from './restoring.ts'

export { settingsOr } from './settingsor.ts'

/** Where an installation is kept: a database that answers, whatever its tables, and a file store. */
export type Place = {
  settings: Settings
  logger: Logger
  owner: Target
  site: Target
  store: Store
  /** The database came up with this process, so nothing else can be at work on it. */
  alone: boolean
  close(): Promise<void>
}

/** What every command that works on an installation stands on. */
export type House = Place & { secret: string; database: Database }

/** Starts or finds the database, and makes the folder of files where there is none; changes nothing else. */
export async function openPlace(settings: Settings): Promise<Place> {
  const logger = pino(
    { level: settings.logLevel, redact: ['req.headers.cookie', 'req.headers.authorization'] },
    pino.destination({ fd: 2, sync: false })
  )
  await mkdir(settings.dataDir, { recursive: true, mode: 0o755 })
  const embedded: Embedded | null = settings.databaseUrl
    ? null
    : await startEmbedded(settings.dataDir, line => logger.debug(line))
  const close = async () => embedded?.stop()
  try {
    const site = settings.databaseUrl ?? embedded?.site
    const owner = settings.databaseOwnerUrl ?? embedded?.owner
    if (!site || !owner) throw new Error('no database to start with')
    const store = await diskStore(join(settings.dataDir, 'files'))
    return { settings, logger, owner, site, store, alone: embedded !== null && !embedded.adopted, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Database (embedded or named), migrated; file store; logger to standard error. */
export async function openHouse(settings: Settings): Promise<House> {
  const broken = await brokenRestoreIn(settings.dataDir)
  if (broken !== null)
    throw new Error(
      `a restore into ${settings.dataDir} was broken off, so not everything is there. Run it again: laurel restore ${broken}`
    )
  const place = await openPlace(settings)
  let database: Database | null = null
  try {
    const secret = await secretOf(settings)
    const { owner, site } = place
    await migrate({ owner, site })
    database = openDb(site)
    const opened = database
    return {
      ...place,
      secret,
      database,
      close: async () => {
        await opened.close()
        await place.close()
      }
    }
  } catch (error) {
    await database?.close()
    await place.close()
    throw error
  }
}
