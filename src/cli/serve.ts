import { once } from 'node:events'
import { createServer } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { surviveDriverSlips } from '../db/trouble.ts'
import type { Settings } from '../settings.ts'
import type { Io, Run } from './help.ts'
import { settingsOr } from './settingsor.ts'
import { sentenceFor } from './trouble.ts'

/** Starts everything, prints where the site is, and stays until it is told to stop; then it ends the process. */
export const serve: Run = async (argv, io) => {
  const strange = argv.find(word => word !== '--empty')
  if (strange) {
    io.stderr.write(`laurel: serve does not know ${strange}. Try: laurel serve --help\n`)
    return 2
  }
  const settings = settingsOr(io.stderr)
  if (!settings) return 1

  const running = new Running(io)
  running.starting = startAll(settings, argv.includes('--empty'), running, io)
  return new Promise(() => {})
}

async function startAll(settings: Settings, empty: boolean, running: Running, io: Io): Promise<void> {
  try {
    await mayListen(settings)
    // What a site is made of is loaded only now: a mistake in the settings or a taken port is answered at once.
    const { start } = await import('./site.ts')
    await start(settings, empty, running, io)
  } catch (error) {
    // What breaks because everything is being stopped is no news.
    if (!running.stopping) running.fail(error, settings)
  }
}

/** Asked first, so that a second start in another window is told at once, and touches nothing. */
async function mayListen({ host, port }: Settings): Promise<void> {
  const probe = createServer().listen(port, host)
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}

type Log = Parameters<typeof surviveDriverSlips>[0] & { fatal(facts: object, sentence: string): void }

/** What has been started, to be stopped the other way round: HTTP, jobs, pools, database. */
export class Running {
  stopping = false
  /** Settles when the start is over, one way or the other. */
  starting: Promise<void> = Promise.resolve()
  #ends: (() => Promise<void>)[] = []
  #failure: Error | null = null
  #log: Log | null = null
  readonly #io: Io
  readonly #grace: { close: () => void }

  constructor(io: Io) {
    this.#io = io
    surviveDriverSlips({ warn: (facts, sentence) => this.#log?.warn(facts, sentence) }, error => this.crash(error))
    // Signals are ours: Ctrl-C reaches us twice, from the terminal and from npm, and the library would take the second for haste.
    const skip = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'beforeExit'] as const
    this.#grace = closeWithGrace({ delay: 40_000, logger: false, skip: [...skip] }, () => this.#stop())
    let first = 0
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (first > 0 && performance.now() - first > 1500) process.exit(1)
        if (first > 0) return
        first = performance.now()
        this.close()
      })
  }

  has(end: () => Promise<void>, log?: Log): void {
    this.#ends.push(end)
    if (log) this.#log = log
  }

  close(): void {
    if (this.stopping) return
    this.stopping = true
    this.#grace.close()
  }

  /** The start did not succeed: one sentence, and an end in order. */
  fail(error: unknown, settings: Settings): void {
    this.#io.stderr.write(`laurel: ${sentenceFor(error, settings)}\n`)
    this.#failure = error as Error
    this.close()
  }

  /** A bug nobody caught: on with nothing half-known, so the process ends in order and is started anew. */
  crash(error: unknown): void {
    const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: String(error) }
    if (this.#log) this.#log.fatal({ name, stack }, 'an error that nobody caught; the site stops')
    else this.#io.stderr.write(`${stack}\n`)
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
    this.close()
  }

  async #stop(): Promise<void> {
    // Told to stop in the middle of the start: what is only just coming up has to come down too.
    do {
      for (let end = this.#ends.pop(); end; end = this.#ends.pop()) {
        await end().catch(error => this.#log?.warn({ name: error?.name }, 'something did not stop in order'))
      }
      await this.starting
    } while (this.#ends.length > 0)
    // The library ends the process with 1 for an error, with 0 otherwise.
    if (this.#failure) throw this.#failure
  }
}
