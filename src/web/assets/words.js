// Counts the words left while somebody writes. The server counts too, and what it says is what holds.
const samples = document.querySelector('#live-words')?.dataset
const language = document.documentElement.lang
const plural = new Intl.PluralRules(language)
const figures = new Intl.NumberFormat(language)
// One number for each plural form a language can have; the samples stand in this order.
const NUMBERS = [0, 1, 2, 3, 5, 20]

// A sign as people count it may be many code points.
const signs = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const countOf = (text, unit) =>
  unit === 'chars' ? [...signs.segment(text.trim())].length : text.split(/\s+/).filter(Boolean).length

function said(kind, count) {
  const sentences = samples[kind].split('|')
  const exact = NUMBERS.indexOf(count)
  const fitting = exact >= 0 ? exact : NUMBERS.findIndex(number => plural.select(number) === plural.select(count))
  const position = fitting < 0 ? NUMBERS.length - 1 : fitting
  return sentences[position].replace(String(NUMBERS[position]), figures.format(count))
}

function follow(area) {
  const { limit, unit } = area.dataset
  const words = document.getElementById(`${area.id}-left`)?.querySelector('b')
  if (!words) return
  area.addEventListener('input', () => {
    const left = Number(limit) - countOf(area.value, unit)
    words.textContent = said(`${unit}${left < 0 ? 'Over' : 'Left'}`, Math.abs(left))
  })
}

if (samples) for (const area of document.querySelectorAll('[data-limit]')) follow(area)
