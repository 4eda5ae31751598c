import { type Flat, many, one } from './pieces.ts'

export type Choice = { value: string; text: string; hint?: string }

/** One thing on a page of the editor; `templates/calls/partials/control.hbs` prints it. */
export type Control = { kind: string; name?: string; label?: string; controls?: Control[] } & Record<string, unknown>

export type Filled = { values: Flat; errorOf: Record<string, string> }

/** Controls that fill themselves in from what stands in the rules, or from what was typed last. */
export function fieldsFrom({ values, errorOf }: Filled) {
  const error = (name: string) => errorOf[name] ?? null
  return {
    line: (name: string, label: string, more: Record<string, unknown> = {}): Control => ({
      kind: 'line',
      name,
      label,
      value: one(values, name),
      error: error(name),
      ...more
    }),
    area: (name: string, label: string, more: Record<string, unknown> = {}): Control => ({
      kind: 'area',
      name,
      label,
      value: one(values, name),
      error: error(name),
      ...more
    }),
    select: (name: string, label: string, choices: Choice[], more: Record<string, unknown> = {}): Control => ({
      kind: 'select',
      name,
      label,
      options: choices.map(choice => ({ ...choice, selected: choice.value === one(values, name) })),
      error: error(name),
      ...more
    }),
    radios: (name: string, label: string, choices: Choice[], more: Record<string, unknown> = {}): Control => ({
      kind: 'radios',
      name,
      label,
      options: choices.map(choice => ({ hint: null, ...choice, checked: choice.value === one(values, name) })),
      error: error(name),
      ...more
    }),
    boxes: (name: string, label: string, choices: Choice[], more: Record<string, unknown> = {}): Control => ({
      kind: 'boxes',
      name,
      label,
      options: choices.map(choice => ({ hint: null, ...choice, checked: many(values, name).includes(choice.value) })),
      error: error(name),
      ...more
    }),
    box: (name: string, label: string, more: Record<string, unknown> = {}): Control => ({
      kind: 'box',
      name,
      label,
      checked: one(values, name) !== '',
      error: error(name),
      ...more
    })
  }
}

/** Small fields side by side under one legend. */
export const row = (label: string, controls: Control[], hint: string | null = null): Control => ({
  kind: 'row',
  label,
  controls,
  hint
})
export const group = (label: string, controls: Control[], hint: string | null = null): Control => ({
  kind: 'group',
  label,
  controls,
  hint
})
/** Folded unless somebody has to look inside. */
export function fold(label: string, controls: Control[], note = ''): Control {
  return { kind: 'fold', label, controls, note, open: named(controls).some(({ error }) => Boolean(error)) }
}

/** The linked beginning of a line in the summary of mistakes: the field's name. */
export const leadOf = (name: string) => (/[?!:.]$/.test(name) ? name : `${name}:`)

type Listed = { href: string; text: string; lead?: string }

/** The summary of mistakes in the form's order, each field's name first; one that stands under a legend is named with it. */
export function withNames(errors: Listed[], controls: Control[], under: readonly string[] = []): Listed[] {
  const names = namesIn(controls, under)
  const order = [...names.keys()]
  // What has no name of its own comes last.
  const place = ({ href }: Listed) => (names.has(href.slice(1)) ? order.indexOf(href.slice(1)) : order.length)
  return errors
    .toSorted((one, other) => place(one) - place(other))
    .map(error => {
      const name = names.get(error.href.slice(1))
      return name ? { ...error, lead: leadOf(name) } : error
    })
}

function namesIn(controls: Control[], under: readonly string[]): Map<string, string> {
  return new Map(
    controls.flatMap(({ kind, name, label, controls: inside = [] }) => {
      const own = label ? [...under, label] : [...under]
      const legend = kind === 'row' || kind === 'group' ? own : under
      return [...(name ? [[name, own.join(', ')] as const] : []), ...namesIn(inside, legend)]
    })
  )
}

/** All fields among controls, however deep. */
export function named(controls: Control[]): Control[] {
  return controls.flatMap(control => [...(control.name ? [control] : []), ...named(control.controls ?? [])])
}
