import type { Refusal } from '../refusal.ts'
import { endingOf } from './names.ts'

/** The kinds of files that a call may accept; how each is served, and whether browsers show it in a page. */
export const KINDS = {
  pdf: { endings: ['pdf'], mime: 'application/pdf', inline: true },
  png: { endings: ['png'], mime: 'image/png', inline: true },
  jpg: { endings: ['jpg', 'jpeg', 'jpe', 'jfif'], mime: 'image/jpeg', inline: true },
  webp: { endings: ['webp'], mime: 'image/webp', inline: true },
  odt: { endings: ['odt'], mime: 'application/vnd.oasis.opendocument.text', inline: false },
  ods: { endings: ['ods'], mime: 'application/vnd.oasis.opendocument.spreadsheet', inline: false },
  odp: { endings: ['odp'], mime: 'application/vnd.oasis.opendocument.presentation', inline: false },
  docx: {
    endings: ['docx'],
    mime: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    inline: false
  },
  xlsx: { endings: ['xlsx'], mime: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', inline: false },
  pptx: {
    endings: ['pptx'],
    mime: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    inline: false
  },
  csv: { endings: ['csv'], mime: 'text/csv; charset=utf-8', inline: false },
  txt: { endings: ['txt'], mime: 'text/plain; charset=utf-8', inline: false }
} as const satisfies Record<string, { endings: readonly string[]; mime: string; inline: boolean }>

export type Kind = keyof typeof KINDS

/** What a file was found to be: one of our kinds, or something that has a name in our sentences. */
export type Found = Kind | (typeof OTHERS)[number]
const OTHERS = [
  'heic',
  'picture',
  'sound',
  'film',
  'archive',
  'old_office',
  'rtf',
  'program',
  'text',
  'unknown'
] as const

/** What was seen of a file's bytes; gathered by the plumbing, judged here. */
export type Evidence = {
  bytes: number
  /** The first `HEAD_BYTES` of it, or all. */
  head: Uint8Array
  /** The last `TAIL_BYTES` of it, or all. */
  tail: Uint8Array
  /** The media type that a library knows by the first bytes. */
  sniffed: string | null
  /** What is packed inside, when it begins as a ZIP. */
  zip: ZipListing | null
  /** How reading it whole as text went, where its ending says text. */
  text: TextTrial | null
}

export const HEAD_BYTES = 8192
export const TAIL_BYTES = 4096

export type ZipListing = {
  names: string[]
  /** Some part wants a password. */
  locked: boolean
  /** Three small parts that say what the whole is: `mimetype`, `[Content_Types].xml`, `META-INF/manifest.xml`. */
  texts: Record<string, string>
  trouble: 'damaged' | 'swollen' | null
}

/** `unreadable`: the bytes are not the text they claim to be. `line`: where a table's quotes cease to match. */
export type TextTrial = { unreadable: boolean; controls: boolean; brokenAtLine: number | null }

export type FileRefusal = Refusal & { code: `file_${string}` }
export type Verdict = { ok: true; kind: Kind; mime: string } | { ok: false; refusal: FileRefusal }

/** The kinds that a form's list means; `jpeg` means jpg, and what we do not know is left out. */
export function kindsFrom(accept: readonly string[]): Kind[] {
  const kinds = accept.map(kindOfEnding).filter(kind => kind !== null)
  return [...new Set(kinds)]
}

export function kindOfEnding(ending: string): Kind | null {
  const wanted = ending.toLowerCase().replace(/^\./, '')
  const found = Object.entries(KINDS).find(([, { endings }]) => (endings as readonly string[]).includes(wanted))
  return found ? (found[0] as Kind) : null
}

/** For the `accept` of a file input: every ending of the kinds. */
export const acceptAttribute = (accept: readonly Kind[]) =>
  accept.flatMap(kind => KINDS[kind].endings.map(ending => `.${ending}`)).join(',')

/** Asked before the bytes arrive: a name only ever rules out, it never says what a file is. */
export function whyNotName(name: string, accept: readonly Kind[]): FileRefusal | null {
  const ending = endingOf(name)
  if (ending === '') return { code: 'file_without_ending', accepted: [...accept] }
  const kind = kindOfEnding(ending)
  if (kind && accept.includes(kind)) return null
  return { code: 'file_ending_not_accepted', ending, accepted: [...accept] }
}

/** `bytes` is null while nobody knows how long it would have become. */
export function tooLarge(maxBytes: number, bytes: number | null): FileRefusal {
  return { code: 'file_too_large', limitMb: inMb(maxBytes), sizeMb: bytes === null ? 0 : inMb(bytes, Math.ceil) }
}

// A file one byte above 2 MB has 2.01 MB: never the figure of the limit itself.
const inMb = (bytes: number, round: (figure: number) => number = Math.round) => round((bytes / 2 ** 20) * 100) / 100

/** Whether a file may be kept, and as what: its name and its content must agree, and its kind be asked for. */
export function judge(name: string, evidence: Evidence, accept: readonly Kind[]): Verdict {
  const kind = kindOfEnding(endingOf(name))
  const refusal = whyNotName(name, accept) ?? (kind && whyNotContent(kind, evidence, accept))
  if (refusal || !kind) return { ok: false, refusal: refusal ?? { code: 'file_without_ending', accepted: [...accept] } }
  return { ok: true, kind, mime: KINDS[kind].mime }
}

function whyNotContent(kind: Kind, evidence: Evidence, accept: readonly Kind[]): FileRefusal | null {
  if (evidence.bytes === 0) return { code: 'file_empty' }
  const { zip } = evidence
  const found = foundIn(evidence)
  if (zip && ZIPPED.includes(kind)) {
    if (zip.trouble === 'swollen') return { code: 'file_swollen' }
    if (isLocked(zip)) return { code: 'file_locked' }
    if (hasMacros(zip)) return { code: 'file_with_macros', ending: kind }
    if (zip.trouble === 'damaged' && (found === kind || found === 'archive')) return { code: 'file_damaged' }
  }
  if (found === 'old_office' && OFFICE.includes(kind)) return { code: 'file_locked_or_old', ending: kind }
  if (kind === 'csv' || kind === 'txt') return whyNotText(kind, found, evidence, accept)
  if (found !== kind) return mismatch(kind, found, accept)
  if (kind === 'pdf' && !hasTrailer(evidence.tail)) return { code: 'file_incomplete' }
  return null
}

function whyNotText(kind: Kind, found: Found, { head, text }: Evidence, accept: readonly Kind[]): FileRefusal | null {
  if (found !== 'text') return mismatch(kind, found, accept)
  if (text?.controls) return mismatch(kind, 'unknown', accept)
  if (text?.unreadable)
    return mayBeOldText(head) ? { code: 'file_not_utf8', ending: kind } : mismatch(kind, 'unknown', accept)
  return kind === 'csv' && text && text.brokenAtLine !== null
    ? { code: 'file_not_a_table', line: text.brokenAtLine }
    : null
}

const OFFICE: readonly Kind[] = ['docx', 'xlsx', 'pptx']
const ZIPPED: readonly Kind[] = [...OFFICE, 'odt', 'ods', 'odp']

/** Where the found kind is asked for too, the sentence offers to send it as what it is. */
function mismatch(kind: Kind, found: Found, accept: readonly Kind[]): FileRefusal {
  const asked = found === 'text' ? 'txt' : found
  const offered = accept.find(accepted => accepted === asked) ?? null
  return {
    code: 'file_content_mismatch',
    ending: kind,
    found,
    offer: offered ? 'yes' : 'no',
    as: offered ?? '',
    accepted: [...accept]
  }
}

/** What a file is by its content alone. */
export function foundIn({ head, sniffed, zip }: Evidence): Found {
  if (begins(head, '%PDF-')) return 'pdf'
  if (begins(head, '\u0089PNG\r\n\u001a\n')) return 'png'
  if (begins(head, '\u00ff\u00d8\u00ff')) return 'jpg'
  if (begins(head, 'RIFF') && begins(head.subarray(8), 'WEBP')) return 'webp'
  if (begins(head, '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1')) return 'old_office'
  if (begins(head, '{\\rtf')) return 'rtf'
  if (zip) return packedIn(zip)
  if (isTextual(head)) return 'text'
  if (sniffed === null) return 'unknown'
  if (/^image\/(?:heic|heif|avif)/.test(sniffed)) return 'heic'
  if (sniffed.startsWith('image/')) return 'picture'
  if (sniffed.startsWith('audio/')) return 'sound'
  if (sniffed.startsWith('video/')) return 'film'
  if (/zip|rar|7z|tar|compress|bzip|\bxz\b|zstd|lz/.test(sniffed)) return 'archive'
  if (/msdownload|executable|elf|mach-binary/.test(sniffed)) return 'program'
  return 'unknown'
}

const MAIN_PARTS: Record<string, Kind> = {
  'openxmlformats-officedocument.wordprocessingml.document.main+xml': 'docx',
  'openxmlformats-officedocument.spreadsheetml.sheet.main+xml': 'xlsx',
  'openxmlformats-officedocument.presentationml.presentation.main+xml': 'pptx'
}

function packedIn({ texts }: ZipListing): Found {
  const declared = texts.mimetype?.trim()
  const open = Object.entries(KINDS).find(([, { mime }]) => mime === declared)
  if (open) return open[0] as Kind
  const types = texts['[Content_Types].xml'] ?? ''
  return Object.entries(MAIN_PARTS).find(([type]) => types.includes(type))?.[1] ?? 'archive'
}

function isLocked({ locked, names, texts }: ZipListing): boolean {
  const manifest = texts['META-INF/manifest.xml'] ?? ''
  return locked || names.includes('encrypted-package') || /<(?:\w+:)?encryption-data\b/.test(manifest)
}

/** Parts that can run: macros, controls, and objects of other programs. */
function hasMacros({ names, texts }: ZipListing): boolean {
  const types = texts['[Content_Types].xml'] ?? ''
  return /macroEnabled|vbaProject/i.test(types) || names.some(name => RUNS.some(pattern => pattern.test(name)))
}

const RUNS = [
  /(?:^|\/)vba(?:Project|Data)[^/]*$/i,
  /(?:^|\/)(?:activeX|macrosheets|dialogsheets)\/[^/]/i,
  /(?:^|\/)embeddings\/oleObject[^/]*\.bin$/i,
  // OpenDocument: an empty Basic library leaves its two lists behind; anything more is a program.
  /^Basic\/(?!(?:.*\/)?script-l[bc]\.xml$).*[^/]$/,
  /^Scripts\/.*[^/]$/
]

/** A PDF ends with its trailer; some programs add empty lines or zeros after it. */
function hasTrailer(tail: Uint8Array): boolean {
  return latin(tail).includes('%%EOF')
}

const begins = (head: Uint8Array, signature: string) => latin(head.subarray(0, signature.length)) === signature

/** Byte for byte: no decoder takes anything out. */
function latin(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** UTF-16 only where its mark says so: everything else must be UTF-8. */
export function encodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (begins(head, '\u00ff\u00fe')) return 'utf-16le'
  return begins(head, '\u00fe\u00ff') ? 'utf-16be' : 'utf-8'
}

// Tabs, line ends and page breaks are what a text may hold besides letters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
export const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/

/** Whether the beginning reads as text. The last letter may be cut in half: `stream` waits for its rest. */
function isTextual(head: Uint8Array): boolean {
  try {
    return !CONTROLS.test(new TextDecoder(encodingOf(head), { fatal: true }).decode(head, { stream: true }))
  } catch {
    return mayBeOldText(head)
  }
}

/** Letters in an old code page, as spreadsheets still write them: no control bytes, but not UTF-8. */
const mayBeOldText = (head: Uint8Array) => !CONTROLS.test(latin(head))
