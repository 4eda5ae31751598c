import { type Field, type Form, fieldsOf } from '../../calls/form.ts'
import type { Answer, Answers, Row } from '../answers.ts'

/** What a page of the editor sends: one value, or several for boxes; from a multipart body or a plain one. */
export type Sent = Record<string, unknown>

/** More lines than any form asks for: what stands behind is not kept. */
const MOST_ROWS = 200

/**
 * What was typed, as answers. Text stays as typed. A field that the page did not hold is left out, so a part of the form
 * can be sent alone; a box that is not ticked sends nothing, so the page names its boxes in `_boxes`.
 */
export function answersFrom(form: Form, sent: Sent): Answers {
  const boxes = listIn(sent._boxes)
  const answers: Answers = {}
  for (const field of fieldsOf(form)) {
    const answer = answerFrom(field, sent, boxes)
    if (answer !== undefined) answers[field.id] = answer
  }
  return answers
}

function answerFrom(field: Field, sent: Sent, boxes: string[]): Answer | undefined {
  const value = sent[field.id]
  switch (field.type) {
    case 'file':
      return undefined
    case 'consent':
      return value !== undefined ? true : boxes.includes(field.id) ? false : undefined
    case 'yesno':
      return value === 'yes' ? true : value === 'no' ? false : undefined
    case 'tags':
      return value === undefined
        ? undefined
        : textIn(value)
            .split(/[,;\n]/)
            .map(tag => tag.trim())
            .filter(Boolean)
    case 'table':
      return rowsFrom(
        field.id,
        field.columns.map(({ id }) => id),
        sent
      )
    case 'budget':
      return rowsFrom(field.id, ['category', 'item', 'quantity', 'unit_cost', 'own'], sent)
    default:
      return value === undefined ? undefined : textIn(value)
  }
}

/** `budget.3.item`: rows by their number, those that were emptied at the end left out. */
function rowsFrom(field: string, columns: string[], sent: Sent): Row[] | undefined {
  const places = new Set<number>()
  for (const name of Object.keys(sent)) {
    if (!name.startsWith(`${field}.`)) continue
    const place = /^(\d{1,3})\./.exec(name.slice(field.length + 1))?.[1]
    if (place) places.add(Number(place))
  }
  if (places.size === 0) return undefined
  const rows = [...places]
    .sort((a, b) => a - b)
    .slice(0, MOST_ROWS)
    .map(place => Object.fromEntries(columns.map(column => [column, textIn(sent[`${field}.${place}.${column}`])])))
  while (rows.length > 0 && Object.values(rows.at(-1) ?? {}).every(text => text.trim() === '')) rows.pop()
  return rows
}

/** Line ends as one sign, and without what no database can keep. Nothing else of what was typed is touched. */
function textIn(value: unknown): string {
  const text = Array.isArray(value) ? value.find(each => typeof each === 'string') : value
  return typeof text === 'string' ? text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\0', '') : ''
}

function listIn(value: unknown): string[] {
  return [value].flat().flatMap(each => (typeof each === 'string' ? each.split(' ') : []))
}

/** The version of the draft that the page was filled from. What is no version of ours is one that never stood. */
export function versionIn({ _version }: Sent): number | undefined {
  if (typeof _version !== 'string' || _version === '') return undefined
  return /^\d{1,9}$/.test(_version) ? Number(_version) : -1
}
