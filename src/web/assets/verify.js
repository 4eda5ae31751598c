// Works a published result out again in the reader's own browser, with the sources that the site itself uses. Once this
// has loaded it needs no network: a file that is chosen is read here and goes nowhere.
import './plainzod.js'
import { givenFrom, VALUES } from 'laurel/publication/given.ts'
import { isBundle, verified } from 'laurel/publication/verifying.ts'

const form = document.querySelector('[data-verify]')
const said = document.querySelector('[data-said]')
const steps = document.querySelector('[data-steps]')
const file = document.querySelector('#file')
const list = steps.querySelector('ol')

const words = (kind, key) => document.querySelector(`#words [data-${kind}="${key}"]`)?.textContent ?? key
const copyOf = id => document.querySelector(`#${id}`).content.cloneNode(true)
const filled = (text, facts) => text.replaceAll(/\{(\w+)\}/g, (all, name) => facts[name] ?? all)

class Mistake extends Error {}

form.hidden = false
document.querySelector('[data-without-script]').hidden = true

form.addEventListener('submit', event => {
  event.preventDefault()
  void check()
})

// A file may be dropped anywhere on the page.
addEventListener('dragover', event => event.preventDefault())
addEventListener('drop', event => {
  event.preventDefault()
  if (!event.dataTransfer?.files.length) return
  file.files = event.dataTransfer.files
  void check()
})

async function check() {
  said.replaceChildren()
  steps.hidden = true
  const given = valuesGiven()
  if (!given) return
  try {
    show(verified(await theBundle(), given))
  } catch (problem) {
    if (!(problem instanceof Mistake)) throw problem
    const notice = copyOf('mistaken')
    notice.querySelector('p').textContent = problem.message
    said.append(notice)
  }
}

/** The values as typed, or null where one of them is no digest: then it says so beside it. */
function valuesGiven() {
  for (const name of VALUES) mend(form.elements[name])
  const { given, wrong } = givenFrom(Object.fromEntries(VALUES.map(name => [name, form.elements[name].value])))
  for (const name of wrong) markWrong(form.elements[name])
  if (wrong.length === 0) return given
  form.elements[wrong[0]].focus()
  return null
}

function mend(input) {
  document.querySelector(`#${input.id}-mistake`)?.remove()
  input.removeAttribute('aria-invalid')
  input.removeAttribute('aria-describedby')
  input.parentElement.classList.remove('has-mistake')
}

function markWrong(input) {
  const sentence = copyOf('not-a-digest')
  sentence.querySelector('p').id = `${input.id}-mistake`
  input.before(sentence)
  input.setAttribute('aria-invalid', 'true')
  input.setAttribute('aria-describedby', `${input.id}-mistake`)
  input.parentElement.classList.add('has-mistake')
}

async function theBundle() {
  const text = await textChosen()
  let bundle
  try {
    bundle = JSON.parse(text)
  } catch {
    throw new Mistake(words('mistake', 'no_json'))
  }
  if (!isBundle(bundle)) throw new Mistake(words('mistake', 'no_bundle'))
  return bundle
}

async function textChosen() {
  const [chosen] = file.files
  if (chosen) return chosen.text()
  if (!form.dataset.bundle) {
    file.focus()
    throw new Mistake(words('mistake', 'no_file'))
  }
  try {
    const answer = await fetch(form.dataset.bundle)
    if (answer.ok) return await answer.text()
  } catch {
    // No network: the file can be chosen instead.
  }
  throw new Mistake(words('mistake', 'cannot_fetch'))
}

function show({ answer, steps: taken, difference }) {
  const notice = copyOf(answer)
  if (difference) {
    const path = difference.path || '.'
    const line = document.createElement('p')
    line.textContent = filled(words('difference', difference.against), { ...difference, path })
    notice.querySelector('p').after(line)
  }
  said.append(notice)
  said.scrollIntoView({ block: 'nearest' })
  list.replaceChildren(...taken.map(rowOf))
  steps.hidden = false
}

function rowOf({ step, answer, count, value }) {
  const look = answer === 'differs' ? 'differs' : answer === 'absent' || answer === 'open' ? 'open' : 'done'
  const row = copyOf(`step-${look}`)
  const [when, what] = row.querySelectorAll('span')
  when.textContent =
    answer === 'absent' ? words('absent', step) : words('answer', answer) + (count ? ` (${count})` : '')
  what.textContent = words('step', step)
  if (value) {
    const code = document.createElement('code')
    code.textContent = value
    what.append(' ', code)
  }
  return row
}
