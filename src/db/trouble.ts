/** Codes of the driver, of the network and of a server that is going, coming, full or read-only. */
const connectionCodes = new Set(
  [
    ['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
    [
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ENOTFOUND',
      'EAI_AGAIN',
      'ENOENT'
    ],
    ['57P01', '57P02', '57P03', '57P05', '08000', '08001', '08003', '08004', '08006', '53300', '25006', '25P03']
  ].flat()
)

const waitingCodes = new Set(['57014', '55P03', '40P01', '40001'])

/** Whether the database could not be reached or went away: it may work in a moment, and it may also have worked (an answer can be lost). */
export function isConnectionTrouble(error: unknown): boolean {
  return causes(error).some(
    ({ code, syscall }) => connectionCodes.has(code) && (code !== 'ENOENT' || syscall === 'connect')
  )
}

/** Whether the database gave up waiting: a statement too slow, a lock not given, a deadlock. Nothing was changed. */
export function isWaitTrouble(error: unknown): boolean {
  return causes(error).some(({ code }) => waitingCodes.has(code))
}

/** drizzle wraps what the driver throws, more than once if need be. */
function causes(error: unknown): { code: string; syscall?: string }[] {
  const found: { code: string; syscall?: string }[] = []
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    const { code, syscall } = each as NodeJS.ErrnoException
    if (typeof code === 'string') found.push(syscall ? { code, syscall } : { code })
  }
  return found
}

const driver = /[\\/]postgres[\\/](?:src|cjs[\\/]src)[\\/]connection\.js/

/**
 * Whether an error that nobody caught is one of those that the driver (postgres 3.4.9, its issues 1154 and 1208) throws where
 * nobody can catch it, when a connection drops: a write to a socket that is gone, the failed first query of a new
 * connection, and the last word of a socket that it has already let go.
 */
export function isDriverSlip(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const stack = error.stack ?? ''
  if (error instanceof TypeError) return driver.test(stack) && /\bnextWrite\b/.test(stack)
  if (!isConnectionTrouble(error)) return false
  const frames = stack.split('\n').filter(line => /^\s+at /.test(line))
  const { syscall } = error as NodeJS.ErrnoException
  return (
    driver.test(stack) || ((syscall === 'read' || syscall === 'write') && frames.every(line => line.includes('node:')))
  )
}

/**
 * Keeps the process alive through exactly those errors; every other one goes to `otherwise`, which should end the process in
 * order. To be the only listener: a library that also ends the process on such events must be told to leave them alone.
 */
export function surviveDriverSlips(
  log: { warn(facts: object, sentence: string): void },
  otherwise: (error: unknown) => void
): () => void {
  const decide = (error: unknown) => {
    if (!isDriverSlip(error)) return otherwise(error)
    log.warn(
      { code: (error as NodeJS.ErrnoException).code ?? (error as Error).name },
      'A database connection dropped; the driver is replaced.'
    )
  }
  process.on('uncaughtException', decide)
  process.on('unhandledRejection', decide)
  return () => {
    process.off('uncaughtException', decide)
    process.off('unhandledRejection', decide)
  }
}
