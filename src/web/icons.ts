/**
 * The drawings that stand beside a word, never without one. 24 units square, drawn with the text's own colour;
 * `dashed` is for what has not come yet, `solid` for what is filled.
 */
type Drawing = { lines?: string; dashed?: string; solid?: string }

const circle = 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z'
const octagon = 'M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z'
const exclamation = 'M12 7.5v5.5M12 16.3v.2'
const sheet = 'M14 3H6v18h12V7zM14 3v4h4'
const tray = 'M4 20h16'

const drawings = {
  // States: each has its own outline, so that colour is never alone.
  done: { lines: `${circle}M8 12.3l2.8 2.8L16.2 9.4` },
  warn: { lines: 'M12 3.5 22 20.5H2zM12 10v5M12 17.6v.2' },
  bad: { lines: octagon + exclamation },
  now: { lines: circle, solid: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z' },
  ahead: { dashed: circle },
  neutral: { lines: `${circle}M12 11v5.5M12 7.6v.2` },
  look: {
    lines: 'M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12z',
    solid: 'M12 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z'
  },
  // Things
  scales: {
    lines: 'M12 4v16M8 20h8M4 7.5l8-2 8 2M4 7.5 1.8 14a2.8 2.8 0 0 0 4.4 0zM20 7.5 17.8 14a2.8 2.8 0 0 0 4.4 0z'
  },
  clock: { lines: `${circle}M12 7v5.3l3.4 2` },
  calendar: { lines: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5V8M15.5 3.5V8' },
  globe: { lines: `${circle}M3 12h18M12 3c-5 5-5 13 0 18 5-5 5-13 0-18z` },
  menu: { lines: 'M4 7h16M4 12h16M4 17h16' },
  person: { lines: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6' },
  people: {
    lines:
      'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5c.5-3.3 3-5 6.5-5s6 1.7 6.5 5M15.5 5.2a3.5 3.5 0 0 1 0 6.6M18 15c2 .7 3.2 2.2 3.5 4.5'
  },
  mail: { lines: 'M3 5.5h18v13H3zM3 6.5l9 7 9-7' },
  lock: { lines: 'M5 11h14v9.5H5zM8 11V7.5a4 4 0 0 1 8 0V11' },
  key: { lines: 'M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.7 19.5 4M16.5 7l3 3' },
  file: { lines: sheet },
  text: { lines: `${sheet}M9 11.5h6M9 15.5h6` },
  pen: { lines: 'M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.8 6.7l3.5 3.5' },
  link: {
    lines: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.5 1.5M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.5'
  },
  flag: { lines: 'M5 21V4h13l-3 4.5 3 4.5H5' },
  // Doings
  download: { lines: `M12 4v11M7.5 10.8 12 15.3l4.5-4.5${tray}` },
  upload: { lines: `M12 15.5V4.5M7.5 9 12 4.5 16.5 9${tray}` },
  print: { lines: 'M7 8.5V3.5h10v5M7 16.5H4v-8h16v8h-3M7 13.5h10v7H7z' },
  search: { lines: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.3 15.3 20.5 20.5' },
  plus: { lines: 'M12 5v14M5 12h14' },
  minus: { lines: 'M5 12h14' },
  cross: { lines: 'M6 6l12 12M18 6 6 18' },
  check: { lines: 'M5 12.5l4.7 4.7L19 7.5' },
  again: { lines: 'M19.5 9A8 8 0 1 0 20 13.5M20 4v5h-5' },
  forward: { lines: 'M4 12h15.5M13.5 6l6 6-6 6' },
  back: { lines: 'M20 12H4.5M10.5 6l-6 6 6 6' },
  open: { lines: 'M9 5.5l6.5 6.5L9 18.5' },
  up: { lines: 'M12 20V4.5M6 10.5l6-6 6 6' },
  down: { lines: 'M12 4v15.5M6 13.5l6 6 6-6' }
} as const satisfies Record<string, Drawing>

export type IconName = keyof typeof drawings

export const ICONS = Object.keys(drawings) as IconName[]

/** Inline SVG without a name of its own: the word beside it is the name. An unknown drawing is a bug and throws. */
export function icon(name: string): string {
  if (!Object.hasOwn(drawings, name)) throw new Error(`No icon is called ${name}`)
  const { lines, dashed, solid }: Drawing = drawings[name as IconName]
  const paths = [
    lines && `<path d="${lines}"/>`,
    dashed && `<path stroke-dasharray="2.83 2.83" d="${dashed}"/>`,
    solid && `<path fill="currentColor" stroke="none" d="${solid}"/>`
  ]
  return `<svg class="icon icon-${name}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true" focusable="false">${paths.filter(Boolean).join('')}</svg>`
}
