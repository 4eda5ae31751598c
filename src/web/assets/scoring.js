// The sheet of a review: saves while somebody works, and takes scores from the keyboard. Without it the same form is
// saved by its buttons. All sentences come from the page or from the server's answer.
const form = document.querySelector('form#sheet')
const saved = document.getElementById('saved-at')
const submitted = form.dataset.submitted === 'yes'
const PAUSE = 1200
let dirty = false
let waiting
let sending = false
let leaving = false

// A submitted review counts: half a sentence must not. There each change is saved by its button.
form.addEventListener('input', event => {
  if (event.target.id === 'use-keys') return
  dirty = true
  if (event.target.type === 'radio') event.target.closest('fieldset').querySelector('.said')?.remove()
  if (submitted) tell(form.dataset.unsaved, false)
  else later(event.target.type === 'radio' ? 150 : PAUSE)
})
form.addEventListener('submit', () => {
  leaving = true
  clearTimeout(waiting)
})
addEventListener('beforeunload', event => {
  if (dirty && !leaving) event.preventDefault()
})

function later(pause) {
  clearTimeout(waiting)
  waiting = setTimeout(save, pause)
}

async function save() {
  if (sending || leaving) return later(PAUSE)
  sending = true
  dirty = false
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form)),
      headers: { accept: 'application/json' }
    })
    const told = await answer.json()
    if (answer.ok) return show(told)
    dirty = true
    const stale = told.errors?.some(({ code }) => code === 'stale_review')
    tell(stale ? form.dataset.stale : (told.errors?.[0]?.detail ?? told.detail), false)
    if (answer.status >= 500) later(10_000)
  } catch {
    dirty = true
    tell(form.dataset.unreachable, false)
    later(10_000)
  } finally {
    sending = false
  }
}

function show({ version, saved: sentence, scored, lacking, criteria }) {
  form.elements.version.value = version
  tell(sentence, true)
  document.getElementById('scored').textContent = scored
  for (const [id, { word }] of Object.entries(criteria)) {
    const fold = form.querySelector(`[data-criterion="${id}"]`)
    if (!fold) continue
    const [done, ahead] = fold.querySelectorAll('summary > .state')
    fold.querySelector('[data-word]').textContent = word
    done.hidden = word === ''
    ahead.hidden = word !== ''
  }
  const lacks = document.getElementById('lacks')
  lacks.replaceChildren(...lacking.map(linked))
  document.getElementById('lacking').hidden = lacking.length === 0
}

function linked({ href, text }) {
  const link = Object.assign(document.createElement('a'), { href, textContent: text })
  const item = document.createElement('li')
  item.append(link)
  return item
}

function tell(sentence, good) {
  saved.textContent = sentence
  const state = saved.closest('.state')
  state.classList.toggle('done', good)
  state.classList.toggle('warn', !good)
}

// Keys. Single letters may get in the way of other tools, so they can be switched off.
const keys = document.getElementById('keys')
const use = document.getElementById('use-keys')
if (keys && use) {
  keys.hidden = false
  use.checked = localStorage.getItem('score-keys') !== 'off'
  use.addEventListener('change', () => localStorage.setItem('score-keys', use.checked ? 'on' : 'off'))
  document.addEventListener('keydown', press)
}

function press(event) {
  if (!use.checked || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest('textarea, select, input:not([type="radio"], [type="checkbox"]), [contenteditable]')) return
  const key = event.key.toLowerCase()
  // The key beside M and the one on a number pad; the letter N also where the keyboard writes Cyrillic.
  if (key === 'n' || event.code === 'KeyN') next()
  else if (key === '.' || key === ',' || event.code === 'Period') half()
  else if (/^[0-9]$/.test(key)) choose(Number(key))
  else return
  event.preventDefault()
}

const folds = [...form.querySelectorAll('details[data-criterion]')]
const openFold = () => folds.find(({ open }) => open)
const pointsOf = fold => [...fold.querySelectorAll('input[type="radio"]')]
const chosenIn = fold => pointsOf(fold).find(({ checked }) => checked)

function choose(value) {
  const fold = openFold()
  if (!fold) return
  const points = pointsOf(fold)
  pick(
    points.find(point => Number(point.value) === value) ?? (value === 0 && points.find(point => point.value === '10'))
  )
}

/** Half a point more, or the same key again: back to the whole one. */
function half() {
  const fold = openFold()
  const chosen = fold && chosenIn(fold)
  if (!chosen) return
  const value = Number(chosen.value)
  const wanted = Number.isInteger(value) ? value + 0.5 : value - 0.5
  pick(pointsOf(fold).find(point => Number(point.value) === wanted))
}

function pick(point) {
  if (!point) return
  point.checked = true
  point.focus()
  point.dispatchEvent(new Event('input', { bubbles: true }))
}

/** The next criterion without a score, after the open one and round again; where all have one, the next. */
function next() {
  const from = folds.indexOf(openFold())
  const around = [...folds.slice(from + 1), ...folds.slice(0, Math.max(from, 0))]
  const fold = around.find(one => !chosenIn(one)) ?? around[0]
  if (!fold) return
  for (const other of folds) other.open = other === fold
  const summary = fold.querySelector('summary')
  summary.focus()
  summary.scrollIntoView({ block: 'nearest' })
}

// A link to a score opens the fold that it is in.
document.addEventListener('click', event => {
  const href = event.target.closest('a')?.getAttribute('href') ?? ''
  const target = href.startsWith('#score_') ? document.getElementById(href.slice(1)) : null
  const fold = target?.closest('details')
  if (fold) fold.open = true
})
