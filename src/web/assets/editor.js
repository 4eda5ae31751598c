// Saves a proposal while it is written, keeps its figures up to date, and sends files as soon as they are chosen.
// Without this script the same form works by its buttons.
const form = document.querySelector('form[data-edit]')
const words = document.querySelector('#editor-words').dataset
const saved = document.querySelector('[data-saved]')
const PAUSE = 1200
const RETRY = 10_000

let dirty = false
let timer
let saving = null
let stopped = false

const typed = () => {
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
  return fields
}

function later(pause = PAUSE) {
  clearTimeout(timer)
  if (!stopped) timer = setTimeout(save, pause)
}

async function save() {
  clearTimeout(timer)
  if (saving) return saving
  if (stopped) return
  dirty = false
  saved.textContent = words.saving
  saving = send().finally(() => {
    saving = null
    if (dirty && !stopped) later()
  })
  return saving
}

async function send() {
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: typed(),
      signal: AbortSignal.timeout(30_000)
    })
    const type = answer.headers.get('content-type') ?? ''
    if (!type.includes('json')) return trouble(answer.redirected ? words.out : words.offline)
    const said = await answer.json()
    if (answer.ok) return show(said)
    // Another tab has saved: the button now leads to the page with both texts.
    if (said.code === 'stale_draft') return stop(words.stale)
    if (answer.status === 409) return stop(said.detail || words.over)
    trouble(said.detail || words.offline)
  } catch {
    trouble(words.offline)
  }
}

function trouble(sentence) {
  dirty = true
  saved.textContent = sentence
  later(RETRY)
}

function stop(sentence) {
  stopped = true
  dirty = true
  saved.textContent = sentence
}

function show({ version, saved: when, missing, done, progress, sections, excluded, budgets }) {
  form.elements._version.value = version
  saved.textContent = when
  document.querySelector('[data-missing]').textContent = missing
  document.querySelector('[data-progress]').textContent = progress
  document.querySelector('.progress progress').value = done
  for (const { id, state, text } of sections) showState(id, state, text)
  showExcluded(excluded)
  for (const budget of budgets) showBudget(budget)
}

/** The drawing of a state is taken from wherever one stands on the page, or from the hidden samples. */
function showState(id, state, text) {
  for (const place of document.querySelectorAll(`[data-state="${id}"]`)) {
    const sample = document.querySelector('#state-words').content.querySelector(`.state.${state}`).cloneNode(true)
    sample.querySelector('span').textContent = text
    place.replaceChildren(sample)
  }
}

function showExcluded(fields) {
  const place = document.querySelector('#excluded')
  if (place.dataset.shown === fields.join(' ')) return
  place.dataset.shown = fields.join(' ')
  if (fields.length === 0) return place.replaceChildren()
  const notice = document.querySelector('#excluded-words').content.cloneNode(true)
  for (const field of fields) {
    const link = document.createElement('a')
    link.href = `#${field}`
    const legend = document.querySelector(`[data-field="${field}"] legend`)
    link.textContent = legend?.firstChild?.textContent.trim() ?? field
    link.lang = legend?.lang ?? ''
    const line = document.createElement('li')
    line.append(link)
    notice.querySelector('[data-because]').append(line)
  }
  place.replaceChildren(notice)
}

function showBudget({ id, lines, sums, rules }) {
  const table = document.querySelector(`[data-lines="${id}"]`)
  if (!table) return
  for (const [place, row] of [...table.tBodies[0].rows].entries()) {
    const [total, requested] = row.querySelectorAll('output')
    if (total) total.value = lines[place]?.total ?? ''
    if (requested) requested.value = lines[place]?.requested ?? ''
  }
  for (const sum of table.querySelectorAll('[data-sum]')) sum.value = sums[sum.dataset.sum]
  showRules(document.querySelector(`[data-rules="${id}"]`), rules)
}

function showRules(place, rules) {
  if (!place || place.dataset.shown === JSON.stringify(rules)) return
  place.dataset.shown = JSON.stringify(rules)
  const list = document.createElement('dl')
  list.className = 'facts budget-rules'
  for (const { text, holds, is } of rules) {
    const line = document.createElement('div')
    const name = document.createElement('dt')
    const word = document.querySelector('#state-words').content.querySelector(`.state.${holds ? 'done' : 'bad'}`)
    name.append(word.cloneNode(true))
    name.querySelector('.state > span').textContent = text
    const value = document.createElement('dd')
    value.className = 'number'
    value.textContent = is
    line.append(name, value)
    list.append(line)
  }
  place.replaceChildren(list)
}

/** One line more: the last one, emptied, under the next number. */
function addLine(field) {
  const rows = document.querySelector(`[data-lines="${field}"]`).tBodies[0].rows
  const last = rows[rows.length - 1]
  const place = rows.length
  const line = last.cloneNode(true)
  for (const control of line.querySelectorAll('[name]')) {
    const column = control.name.split('.').pop()
    control.name = `${field}.${place}.${column}`
    control.id = `${field}-${place}-${column}`
    control.value = ''
    control.classList.remove('mistaken-field')
    control.removeAttribute('aria-invalid')
    control.closest('td').querySelector('label').htmlFor = control.id
  }
  for (const shown of line.querySelectorAll('output')) shown.value = ''
  last.after(line)
  line.querySelector('textarea, input, select').focus()
}

form.addEventListener('input', event => {
  if (event.target.type === 'file') return
  dirty = true
  later()
})
form.addEventListener('click', event => {
  const button = event.target.closest('button')
  if (button?.name === '_more') {
    event.preventDefault()
    addLine(button.value)
  } else if (button?.name === '_again') {
    event.preventDefault()
    void save()
  }
})
// A save of our own that is on its way would make the page's own save look stale: it goes first.
form.addEventListener('submit', event => {
  clearTimeout(timer)
  if (!saving) {
    stopped = true
    dirty = false
    return
  }
  event.preventDefault()
  const { submitter } = event
  void saving.finally(() => setTimeout(() => form.requestSubmit(submitter)))
})
// Somebody who comes back by the browser's own button may go on writing.
addEventListener('pageshow', event => {
  if (event.persisted) location.reload()
})
addEventListener('beforeunload', event => {
  if (dirty) event.preventDefault()
})
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden' && dirty && !stopped) void save()
})
addEventListener('online', () => dirty && later(0))

// A link to a field opens the section it is in.
function openAround(id) {
  const target = id ? document.getElementById(id) : null
  target?.closest('details')?.setAttribute('open', '')
  target?.scrollIntoView()
}
addEventListener('hashchange', () => openAround(location.hash.slice(1)))
openAround(location.hash.slice(1))

const size = bytes =>
  new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes / 2 ** 20)

function listIn(box) {
  let list = box.querySelector('.files')
  if (!list) {
    list = document.createElement('ul')
    list.className = 'files'
    box.prepend(list)
  }
  return list
}

function rowFrom(template, name, note) {
  const row = document.querySelector(template).content.firstElementChild.cloneNode(true)
  row.querySelector('.name').textContent = name
  row.querySelector('small').textContent = note
  return row
}

async function upload(input) {
  const box = input.closest('[data-upload]')
  const field = box.dataset.upload
  const refused = []
  for (const file of input.files) {
    const sentence = bytes => words.sending.replace('%1', size(bytes)).replace('%2', size(file.size))
    const row = rowFrom('#sending-row', file.name, sentence(0))
    const bar = row.querySelector('progress')
    bar.max = file.size || 1
    bar.setAttribute('aria-label', file.name)
    const halt = document.createElement('button')
    halt.type = 'button'
    halt.className = 'link'
    halt.textContent = words.stop
    const side = document.createElement('div')
    side.className = 'side'
    side.append(halt)
    row.insertBefore(side, bar)
    listIn(box).append(row)
    const why = await sendFile(input.dataset.to, field, file, halt, bytes => {
      bar.value = bytes
      row.querySelector('small').textContent = sentence(bytes)
    })
    row.remove()
    if (why) refused.push(rowFrom('#refused-row', file.name, why))
  }
  await refresh(box, field)
  const fresh = document.querySelector(`[data-upload="${field}"]`)
  if (refused.length > 0) listIn(fresh).append(...refused)
  fresh.querySelector('input, button')?.focus()
}

/** Answers why the file was not taken; '' when it was, or when she stopped it herself. */
function sendFile(to, field, file, halt, progress) {
  return new Promise(resolve => {
    const body = new FormData()
    body.append(field, file)
    const request = new XMLHttpRequest()
    request.open('POST', to)
    request.setRequestHeader('accept', 'application/json')
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded }) => progress(Math.min(loaded, file.size)))
    request.addEventListener('load', () => {
      const said = request.response
      if (request.status === 200 && said) resolve('')
      else resolve(said?.errors?.[0]?.detail || said?.detail || words.failed)
    })
    request.addEventListener('error', () => resolve(words.failed))
    request.addEventListener('abort', () => resolve(''))
    halt.addEventListener('click', () => request.abort())
    request.send(body)
  })
}

/** The server shows what it has; the page takes this one part of it. */
async function refresh(box, field) {
  try {
    const page = await (await fetch(form.action.replace(/\/draft$/, '/edit'))).text()
    const fresh = new DOMParser().parseFromString(page, 'text/html')
    const part = fresh.querySelector(`[data-upload="${field}"]`)
    if (part) {
      for (const button of part.querySelectorAll('.sending button')) button.hidden = true
      box.replaceWith(part)
    }
    for (const place of fresh.querySelectorAll('.section-list [data-state]')) {
      const word = place.querySelector('.state')
      showState(place.dataset.state, word.classList[1], word.textContent.trim())
    }
    const missing = fresh.querySelector('[data-missing]')
    if (missing) document.querySelector('[data-missing]').textContent = missing.textContent
  } catch {
    box.querySelector('input').value = ''
  }
}

document.addEventListener('change', event => {
  if (event.target.matches('[data-upload] input[type=file]') && event.target.files.length > 0) void upload(event.target)
})
for (const button of document.querySelectorAll('[data-upload] .sending button')) button.hidden = true
