const MOST_LETTERS = 120
/** What file systems take for a name, with room for a number of our own before it. */
const MOST_BYTES = 240

/** Reserved by Windows, whatever the ending: a download by this name cannot be saved there. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i

// Controls, zero-width letters, and marks that turn the direction of writing, so that exe.pdf reads fdp.exe.
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/**
 * The name of a file as people see it from now on: the last part of a path, without letters that cannot be seen,
 * no longer than a file system takes, its ending kept. It never decides what the file is, and never becomes a path.
 */
export function cleanName(sent: string | undefined): string {
  const seen = (sent ?? '').toWellFormed().normalize('NFC').replace(UNSEEN, '')
  const last = (seen.split(/[/\\]/).at(-1) ?? '')
    .replace(/\s+/g, ' ')
    .replace(/[. ]+$/, '')
    .trim()
  const ending = endingOf(last)
  const dotted = ending === '' ? '' : last.slice(last.lastIndexOf('.'))
  const stem = last.slice(0, last.length - dotted.length).trim()
  const kept = stem === '' ? 'file' : RESERVED.test(stem.split('.')[0]?.trim() ?? '') ? `_${stem}` : stem
  return shortened(kept, dotted)
}

/** What stands after the last dot, in small letters; empty where there is none. */
export function endingOf(name: string): string {
  const [, ending = ''] = /\.([^.\s/\\]{1,12})$/.exec(name) ?? []
  return ending.toLowerCase()
}

function shortened(stem: string, dotted: string): string {
  if (fits(stem + dotted)) return stem + dotted
  // Cut between whole letters as people see them: an accent stays with its letter.
  const letters = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(stem)].map(
    ({ segment }) => segment
  )
  let kept = letters.slice(0, MOST_LETTERS)
  while (kept.length > 0 && !fits(`${kept.join('')}…${dotted}`)) kept = kept.slice(0, -1)
  return `${kept.join('').trim()}…${dotted}`
}

const fits = (name: string) => [...name].length <= MOST_LETTERS && new TextEncoder().encode(name).length <= MOST_BYTES

/** The header under which a file is sent to a browser: RFC 6266, with plain letters for what is old. */
export function contentDisposition(how: 'inline' | 'attachment', name: string): string {
  const safe = cleanName(name).replace(/["<>:|?*%;]/g, '_')
  const plain = safe
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/g, '_')
  const exact = encodeURIComponent(safe).replace(
    /['()]/g,
    letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return `${how}; filename="${plain}"; filename*=UTF-8''${exact}`
}
