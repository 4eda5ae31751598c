/** A piece of a sentence; `strong` stands out. */
export type Piece = string | { strong: string }

/**
 * What a letter is built of, top to bottom. Everything is plain text: it is escaped where it is printed. Write names that
 * people gave through `plainName`.
 */
export type Block =
  | { kind: 'paragraph'; text: string | Piece[]; small?: boolean }
  | { kind: 'heading'; text: string }
  /** `href` is a path of this site, such as `/desk`; the address in full is put in when the letter leaves or is shown. */
  | { kind: 'button'; href: string; label: string }
  /** A one-time code or a seal, to be read by eye and copied. */
  | { kind: 'code'; text: string }
  /** The first column is text, the others stand at the right. `total` is the last row, set apart. */
  | { kind: 'table'; head: string[]; rows: string[][]; total?: string[] }
  | { kind: 'quote'; text: string; lang?: string }

/** How a path of this site stands in a kept letter: the site's address may change before the letter leaves. */
const HERE = 'laurel:'

export const linkTo = (href: string) => (href.startsWith('/') ? `${HERE}${href}` : href)

/** A kept text or page with the addresses of this site in full. */
export function withAddresses(kept: string, baseUrl: string): string {
  return kept.replaceAll(/laurel:(?=\/)/g, baseUrl)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
const BREAKS = /[\u0000-\u001f\u007f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g

/** One line, whatever was typed. */
export const oneLine = (text: string) => text.replace(BREAKS, ' ').replace(/\s+/g, ' ').trim()

/**
 * A name as it may stand in a letter: one line, and nothing in it that a mail program turns into a link. Otherwise whoever
 * signs up with another's address could send that person any link, in our name.
 */
export function plainName(name: string): string {
  const broken = oneLine(name)
    .replace(/:\/\/+/g, ' ')
    .replace(/@/g, ' ')
    // A dot between letters makes an address of it; initials (A. B. Petrov) keep theirs.
    .replace(/(?<=[\p{L}\p{N}-]{2})\.(?=[\p{L}\p{N}])/gu, ' ')
  const short = [...broken.replace(/[<>]/g, ' ').replace(/\s+/g, ' ').trim()].slice(0, 120)
  return short.join('')
}

export type Told = {
  brand: string
  programme: string
  smallLine: string
  title: string
  blocks: readonly Block[]
  orOpen: string
  footer: readonly string[]
}

/** The letter for mail programs that show plain text, and for people who prefer it. */
export function letterText({ brand, programme, smallLine, title, blocks, orOpen, footer }: Told): string {
  const parts = [
    programme ? `${brand} · ${programme}` : brand,
    [smallLine, title].filter(Boolean).join('\n'),
    ...blocks.map(block => blockText(block, orOpen)),
    ['--', ...footer].join('\n')
  ]
  return `${parts.join('\n\n')}\n`
}

function blockText(block: Block, orOpen: string): string {
  switch (block.kind) {
    case 'paragraph':
      return spoken(block.text)
    case 'heading':
      return `${block.text}\n${'-'.repeat([...block.text].length)}`
    case 'button':
      return `${block.label}\n${orOpen} ${linkTo(block.href)}`
    case 'code':
      return `    ${block.text}`
    case 'table':
      return tableText(block)
    case 'quote':
      return block.text
        .split('\n')
        .map(line => `> ${line}`)
        .join('\n')
  }
}

export const pieces = (text: string | Piece[]): Piece[] => (typeof text === 'string' ? [text] : text)

const spoken = (text: string | Piece[]) =>
  pieces(text)
    .map(piece => (typeof piece === 'string' ? piece : piece.strong))
    .join('')

function tableText({ head, rows, total }: Extract<Block, { kind: 'table' }>): string {
  const lines = [head, ...rows, ...(total ? [total] : [])]
  const widths = head.map((_, column) => Math.max(...lines.map(line => [...(line[column] ?? '')].length)))
  const cell = (text: string, column: number) => {
    const room = ' '.repeat((widths[column] ?? 0) - [...text].length)
    return column === 0 ? text + room : room + text
  }
  return lines
    .map(line =>
      head
        .map((_, column) => cell(line[column] ?? '', column))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
