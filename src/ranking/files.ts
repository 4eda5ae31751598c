import { parse } from 'csv-parse/sync'
import { BadInput } from './badinput.ts'
import { type RawProposal, readProposals } from './fields.ts'
import { type RawInput, rawFromJson, rubricFromJson } from './input.ts'
import { fitted, proposalsSchema } from './schema.ts'
import { proposalsFromSheet, reviewsFromSheet, type Sheet, type SheetLine } from './spreadsheet.ts'

/** A file as somebody gave it: the name to call it by, and its bytes. */
export type GivenFile = { name: string; bytes: Uint8Array }

/** Scores from CSV or JSON, told apart by what is in them. The rubric matters to CSV: its criteria say which columns there are. */
export function readReviews(file: GivenFile, rubric: RawInput['rubric'] | null): RawInput {
  const text = textOf(file)
  if (isJson(text)) return rawFromJson(jsonOf(text, file.name), file.name)
  return reviewsFromSheet(sheetOf(text, file.name), rubric ?? { file: undefined })
}

export function readRubric(file: GivenFile): RawInput['rubric'] {
  return rubricFromJson(jsonOf(textOf(file), file.name), file.name)
}

/** CSV, a JSON list, or a JSON object with the key `proposals` (what else it holds is passed over). */
export function readProposalList(file: GivenFile): RawProposal[] {
  const text = textOf(file)
  if (!isJson(text)) return proposalsFromSheet(sheetOf(text, file.name))
  const value = jsonOf(text, file.name)
  const under = Array.isArray(value) ? '' : 'proposals'
  const list = Array.isArray(value) ? value : (value as { proposals?: unknown }).proposals
  return readProposals(fitted(proposalsSchema, list, { file: file.name }, under), { file: file.name, under })
}

/** UTF-8, with or without a byte-order mark. */
export function textOf({ name, bytes }: GivenFile): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new BadInput('not_utf8', { file: name })
  }
  if (text.includes('\u0000')) throw new BadInput('not_utf8', { file: name })
  if (text.trim() === '') throw new BadInput('empty_file', { file: name })
  return text
}

/** Cells of a CSV file: comma or semicolon as the header has it, LF or CRLF, blank lines passed over. */
export function sheetOf(text: string, file: string): Sheet {
  const separator = separatorOf(text)
  const records = recordsOf(text, separator, file)
  const [first, ...rest] = records
  const header = (first?.cells ?? []).map(cell => cell.trim())
  const rows = rest.filter(({ cells }) => cells.some(cell => cell !== ''))
  const long = rows.find(({ cells }) => cells.slice(header.length).some(cell => cell !== ''))
  if (long) throw new BadInput('too_many_cells', { file, row: long.line }, { cells: header.length })
  const stray = header.indexOf('')
  const under = stray < 0 ? undefined : rows.find(({ cells }) => (cells[stray] ?? '') !== '')
  if (under) throw new BadInput('column_nameless', { file, row: under.line }, { column: stray + 1 })
  return { file, separator, header, rows }
}

function recordsOf(text: string, delimiter: string, file: string): SheetLine[] {
  try {
    const records = parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: false,
      trim: true
    })
    let before = 0
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => {
      // A cell may hold line breaks: the row is named by the line it begins on.
      const line = before + 1
      before = Math.max(info.lines, line)
      return { line, cells: record }
    })
  } catch (problem) {
    const { lines } = problem as { lines?: number }
    throw new BadInput('csv_broken', { file, row: lines })
  }
}

/** What parts the names in the header, quoted parts aside. */
function separatorOf(text: string): ',' | ';' {
  const header = (/^.*/.exec(text)?.[0] ?? '').replaceAll(/"(?:[^"]|"")*"/g, '')
  return header.includes(';') ? ';' : ','
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text)
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (problem) {
    const at = /position (\d+)/.exec(String(problem))?.[1]
    // No position: it stops before it ends.
    const line = text.slice(0, at === undefined ? text.trimEnd().length : Number(at)).split('\n').length
    throw new BadInput('json_broken', { file, row: line })
  }
}
