/** As many characters as a person can be asked to keep in mind; more is welcome, whole sentences too. */
export const PASSWORD_LENGTH = { least: 8, most: 200 } as const

export type WeakPassword = 'password_short' | 'password_long' | 'password_common' | 'password_about_you'

/**
 * Why this cannot be the password: too short, on the list of those that everybody tries first, or made of what others
 * know about the person. Length is what protects, so no digits or signs are asked for.
 */
export function whyNotPassword(
  text: string,
  { isCommon, about }: { isCommon: (password: string) => boolean; about: string[] }
): WeakPassword | null {
  const characters = [...text.normalize('NFC')]
  if (characters.length < PASSWORD_LENGTH.least) return 'password_short'
  if (characters.length > PASSWORD_LENGTH.most) return 'password_long'
  const plain = text.normalize('NFC').toLowerCase()
  if (isCommon(plain) || new Set(plain).size < 4) return 'password_common'
  const known = [...about.flatMap(words), 'laurel'].sort((a, b) => b.length - a.length)
  const rest = known.reduce((left, word) => left.replaceAll(word, ''), plain)
  // "elira2026" is a name and a year: what is left must stand on its own.
  return [...rest].length < 5 && rest !== plain ? 'password_about_you' : null
}

/** The words of a name or an address that are worth guessing. */
const words = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .split(/[\s@._-]+/)
    .filter(word => word.length >= 3)
