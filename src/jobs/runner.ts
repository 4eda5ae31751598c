import { setTimeout as pause } from 'node:timers/promises'
import { Logger as JobLogger, type Runner, run, type TaskList } from 'graphile-worker'
import pg from 'pg'
import type { Logger } from 'pino'
import { pgOptions, type Target } from '../db/connect.ts'

/** A piece of later work: its payload is whatever was enqueued, to be checked. */
export type Tasks = Record<string, (payload: unknown) => Promise<void>>

export type Jobs = { stop(): Promise<void> }

/**
 * Works through the jobs in the database, in this process: started at once after a commit, tried again after 4, 8 … seconds.
 * `crontab` is in UTC and real time; a job that must keep to the demonstration's time asks for it.
 * A process that is killed leaves its jobs locked, for hours if it were up to the library: they are given back after a
 * quarter of an hour, and at once where no other process can be at work on them (`alone`).
 */
export async function startJobs(
  target: Target,
  tasks: Tasks,
  crontab: string,
  logger: Logger,
  { alone = false }: { alone?: boolean } = {}
): Promise<Jobs> {
  const pool = new pg.Pool({ ...pgOptions(target), max: 4 })
  // Without a listener a dropped connection would end the process; the work that was under way is tried again.
  pool.on('error', error =>
    logger.warn({ code: (error as { code?: string }).code }, 'a connection of the jobs dropped')
  )
  pool.on('connect', client => client.on('error', () => {}))

  const underWay = new Set<Promise<void>>()
  const begin = async () => {
    const runner = await run({
      pgPool: pool,
      taskList: counted(tasks, underWay) as TaskList,
      crontab,
      concurrency: 2,
      pollInterval: 1000,
      noHandleSignals: true,
      logger: new JobLogger(() => (level, message) => {
        // What a job's error says may carry personal data: the worker's own sentences stay out of the plain log.
        if (level === 'error' || level === 'warning') logger.warn({ part: 'jobs' }, firstWords(message))
        else logger.debug({ part: 'jobs' }, message)
      })
    })
    runner.events.on('worker:create', ({ worker }) => own.add(worker.workerId))
    return runner
  }

  /** The workers of this process, whose locks mean nothing once they are gone and their work has ended. */
  const own = new Set<string>()
  const giveBack = async (which: string, values: unknown[] = []) => {
    await pool.query(
      `select graphile_worker.force_unlock_workers(array_agg(distinct locked_by))
       from graphile_worker.jobs where locked_by is not null and ${which} having count(*) > 0`,
      values
    )
  }
  const longLocked = `locked_at < now() - interval '15 minutes'`
  const givingBack = setInterval(() => void giveBack(longLocked).catch(() => {}), 60_000).unref()
  await giveBack(alone ? 'true' : longLocked)
  let runner: Runner | null = await begin()
  let stopping = false
  const watch = keepRunning()

  /** The runner gives up when the database stays away; then it is started anew until it is told to stop. */
  async function keepRunning(): Promise<void> {
    for (let wait = 1000; !stopping; wait = Math.min(wait * 2, 15_000)) {
      try {
        if (!runner && own.size > 0) {
          await Promise.allSettled(underWay)
          await giveBack('locked_by = any($1)', [[...own]])
          own.clear()
        }
        runner ??= await begin()
        wait = 1000
        await runner.promise
      } catch (error) {
        if (!stopping) logger.warn({ part: 'jobs', code: (error as { code?: string }).code }, 'the jobs start again')
      }
      runner = null
      if (!stopping) await pause(wait)
    }
  }

  return {
    async stop() {
      stopping = true
      clearInterval(givingBack)
      await runner?.stop().catch(() => {})
      await Promise.race([watch, pause(2000)])
      await pool.end()
    }
  }
}

/** The tasks, each in the set for as long as it is under way. */
function counted(tasks: Tasks, underWay: Set<Promise<void>>): Tasks {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      (payload: unknown) => {
        const work = task(payload)
        underWay.add(work)
        return work.finally(() => underWay.delete(work))
      }
    ])
  )
}

const firstWords = (message: string) => (message.split(/[:;\n]/)[0] ?? '').slice(0, 200)
