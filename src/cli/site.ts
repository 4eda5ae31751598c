import type { AddressInfo } from 'node:net'
import { startJobs } from '../jobs/runner.ts'
import { CRONTAB, tasksOf } from '../jobs/tasks.ts'
import { mailerOf } from '../notifications/jobs.ts'
import type { Settings } from '../settings.ts'
import { buildApp } from '../web/app.ts'
import { firstRun } from './firstrun.ts'
import type { Io } from './help.ts'
import { openHouse } from './house.ts'
import type { Running } from './serve.ts'

/** However long an upload still takes: after so many milliseconds its connection is closed. */
const PATIENCE = 8_000

/** Database, the example or a founding link, jobs, HTTP: each is told to `running` as soon as it must be stopped again. */
export async function start(settings: Settings, empty: boolean, running: Running, io: Io): Promise<void> {
  const house = await openHouse(settings)
  const { database, logger, secret, site, store } = house
  running.has(house.close, logger)
  if (running.stopping) return

  const told = await firstRun(house, { empty, say: line => io.stderr.write(`${line}\n`) })
  if (running.stopping) return

  const mailer = mailerOf(settings)
  const world = { db: database.db, store, settings, mailer, logger }
  const jobs = await startJobs(site, tasksOf(world), CRONTAB, logger, { alone: house.alone })
  running.has(async () => {
    await jobs.stop()
    mailer?.close()
  })

  const app = await buildApp({ db: database.db, store, settings, secret, logger })
  running.has(async () => {
    const impatient = setTimeout(() => app.server.closeAllConnections(), PATIENCE)
    await app.close()
    clearTimeout(impatient)
  })
  // The library tells the address too, for machines; ours below is for people.
  const { level } = logger
  logger.level = 'warn'
  await app.listen({ host: settings.host, port: settings.port })
  logger.level = level
  // Port 0 means any that is free, and only now it is known.
  const { port } = app.server.address() as AddressInfo
  settings.baseUrl = settings.baseUrl.replace(/:0$/, `:${port}`)
  for (const line of told(settings)) io.stdout.write(`${line}\n`)
}
