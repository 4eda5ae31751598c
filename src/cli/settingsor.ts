import { readSettings, type Settings, SettingsMistakes } from '../settings.ts'

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
