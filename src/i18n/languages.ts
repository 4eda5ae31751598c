/** The languages a page can be shown in today. Texts that people write may be in any language. */
export const LANGUAGES = ['en', 'bg'] as const
export type Language = (typeof LANGUAGES)[number]

export const DEFAULT_LANGUAGE: Language = 'en'

/** The language somebody is written to: theirs, where there is a catalogue for it. */
export const spokenTo = (language: string): Language => (isLanguage(language) ? language : DEFAULT_LANGUAGE)

/** How each language calls itself. */
export const OWN_NAMES: Record<string, string> = {
  en: 'English',
  bg: 'Български',
  el: 'Ελληνικά',
  sq: 'Shqip',
  bs: 'Bosanski',
  hr: 'Hrvatski',
  mk: 'Македонски',
  cnr: 'Crnogorski',
  ro: 'Română',
  sr: 'Српски',
  sl: 'Slovenščina'
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some(language => language === value)
}

/** What Intl understands: Montenegrin has no data of its own. */
export function localeOf(language: string): string {
  if (language === 'cnr') return 'sr-Latn-ME'
  return language === 'en' ? 'en-GB' : language
}

/** The text in the wanted language, else in English, else in any: something is better than nothing. */
export function inLanguage(texts: Record<string, string> | undefined, language: string): string {
  return texts?.[language] || texts?.en || Object.values(texts ?? {}).find(Boolean) || ''
}

/** The language `inLanguage` took: a quotation carries its own `lang`. */
export function languageTaken(texts: Record<string, string> | undefined, language: string): string {
  if (texts?.[language]) return language
  if (texts?.en) return 'en'
  return Object.entries(texts ?? {}).find(([, text]) => text)?.[0] ?? language
}

/** The first of the reader's languages (an Accept-Language header) that pages exist in. */
export function negotiated(accepted: string | undefined): Language {
  const wanted = (accepted ?? '')
    .split(',')
    .map(part => {
      const [tag = '', weight] = part.trim().split(';q=')
      return { language: tag.toLowerCase().split('-')[0] ?? '', weight: weight === undefined ? 1 : Number(weight) || 0 }
    })
    .sort((a, b) => b.weight - a.weight)
  return wanted.map(({ language }) => language).find(isLanguage) ?? DEFAULT_LANGUAGE
}
