import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import { type Block, linkTo, pieces, type Told } from './letter.ts'

const file = new URL('../../templates/notifications/letter.hbs', import.meta.url)

let template: HandlebarsTemplateDelegate | undefined

/** The letter as a page of its own. Its styles stand at each element, because mail programs take nothing else. */
export function letterHtml(told: Told & { language: string }): string {
  template ??= Handlebars.create().compile(readFileSync(file, 'utf8'), { strict: true })
  return template({ ...told, blocks: told.blocks.map(printed) })
}

/** Every property the template reads, so that a forgotten one is noticed and not printed as nothing. */
function printed(block: Block) {
  const none = {
    paragraph: false,
    small: false,
    heading: false,
    button: false,
    code: false,
    table: false,
    quote: false
  }
  const bare = { ...none, text: '', pieces: [], href: '', label: '', head: [], rows: [], total: null, lang: '' }
  switch (block.kind) {
    case 'paragraph': {
      const told = pieces(block.text).map(piece =>
        typeof piece === 'string' ? { text: piece, strong: false } : { text: piece.strong, strong: true }
      )
      return { ...bare, paragraph: !block.small, small: block.small === true, pieces: told }
    }
    case 'button':
      return { ...bare, button: true, href: linkTo(block.href), label: block.label }
    case 'table': {
      const cells = (line: string[]) =>
        block.head.map((_, column) => ({ text: line[column] ?? '', first: column === 0 }))
      return {
        ...bare,
        table: true,
        head: cells(block.head),
        rows: block.rows.map(cells),
        total: block.total ? cells(block.total) : null
      }
    }
    case 'quote':
      return { ...bare, quote: true, text: block.text, lang: block.lang ?? '' }
    default:
      return { ...bare, [block.kind]: true, text: block.text }
  }
}
