import { isConnectionTrouble, surviveDriverSlips } from '../db/trouble.ts'
import type { Settings } from '../settings.ts'
import type { Io } from './help.ts'

/** What went wrong around a command, as a sentence that says what to do. A bug of ours keeps its stack. */
export function sentenceFor(error: unknown, { host, port, databaseUrl, dataDir }: Settings): string {
  const { code, message, stack, path } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return `port ${port} is taken by another program, perhaps by Laurel itself in another window. Stop it, or choose another port: PORT=${port + 1} npm start`
  if (code === 'EADDRNOTAVAIL')
    return `this machine has no address ${host} to listen on. Set HOST to one it has, such as 127.0.0.1.`
  if (code === 'EACCES' && !path)
    return `port ${port} is only for the system's administrator. Choose one above 1023, such as PORT=3000.`
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC')
    return `${path ?? dataDir} cannot be written (${code}). Make room or give the right to write there, or set DATA_DIR to another folder.`
  if (databaseUrl && isConnectionTrouble(error))
    return `the database named by DATABASE_URL does not answer (${code ?? message}). Is it running, and is the address right?`
  if (databaseUrl && ['28P01', '28000', '3D000'].includes(code ?? ''))
    return `the database named by DATABASE_URL refuses: ${message}.`
  // Sentences of our own have no code; anything else is a bug, and its stack is what helps.
  return code === undefined && (error as Error).name === 'Error' ? message : (stack ?? message)
}

/** Runs a command to its exit code. What goes wrong on the way is one line on standard error and exit code 1. */
export async function answered({ stderr }: Io, settings: Settings, work: () => Promise<number>): Promise<number> {
  const tell = (error: unknown) => stderr.write(`laurel: ${oneLine(sentenceFor(error, settings))}\n`)
  const forget = surviveDriverSlips({ warn: () => {} }, error => {
    tell(error)
    process.exit(1)
  })
  try {
    return await work()
  } catch (error) {
    tell(error)
    return 1
  } finally {
    forget()
  }

  /** The stack of a bug is for those who asked for it. */
  function oneLine(sentence: string): string {
    return settings.logLevel === 'debug' || settings.logLevel === 'trace' ? sentence : (sentence.split('\n')[0] ?? '')
  }
}
