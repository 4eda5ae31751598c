import { isLanguage } from '../i18n/languages.ts'

/** What stood in a file may hold anything: line breaks and control characters are shown, not sent to the terminal. */
export function oneLine(text: string): string {
  const shown = text.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, sign => JSON.stringify(sign).slice(1, -1))
  return shown.length > 600 ? `${shown.slice(0, 600)}…` : shown
}

/** The language of whoever sits at the terminal, as the system's variables have it. */
export function languageOf(env: NodeJS.ProcessEnv): string {
  const language = (env.LC_ALL || env.LC_MESSAGES || env.LANG || '').slice(0, 2).toLowerCase()
  return isLanguage(language) ? language : 'en'
}
