import t from 'tap'
import { addPerson } from '../../src/accounts/commands.ts'
import { textOf } from '../../src/cli/example/data.ts'
import { type Cast, known } from '../../src/cli/example/replay.ts'
import type { Db } from '../../src/db/connect.ts'
import { rateLimits } from '../../src/db/tables.ts'
import { makeProgramme } from '../../src/programmes/commands.ts'
import { permissions } from '../../src/web/permissions.ts'
import { momentNamed, theExample } from '../support/example.ts'
import { type Agent, aSite, type Site } from '../support/site.ts'

const hostile: { file_names: string[]; texts: string[] } = JSON.parse(textOf('hostile-inputs.json'))

/** Who walks through the site at which moment, and where they begin. */
const WALKS: { moment: string; who: string; from: string[] }[] = [
  { moment: 'call-open', who: 'founder', from: ['/desk', '/organise/programmes/new', '/organise/programmes/other'] },
  {
    moment: 'call-open',
    who: 'AL-01',
    from: ['/desk', '/proposals', '/account', '/calls/awards-2026', '/sign-in', '/sign-up']
  },
  { moment: 'call-open', who: 'ORG-1', from: ['/desk', '/organise/awards-2026', '/organise/programmes/bli-2026'] },
  {
    moment: 'call-open',
    who: 'nobody',
    from: ['/sign-in', '/sign-in/code', '/sign-up', '/founding', '/invitations/nothing']
  },
  { moment: 'eligibility', who: 'ORG-2', from: ['/organise/awards-2026', '/organise/awards-2026/proposals'] },
  {
    moment: '2026-09-28T12:00:00+03:00',
    who: 'J02',
    from: ['/desk', '/jury/awards-2026/declarations', '/jury/awards-2026/profile']
  },
  { moment: 'judging', who: 'J02', from: ['/desk', '/jury/awards-2026', '/jury/awards-2026/profile'] },
  { moment: 'judging', who: 'ORG-2', from: ['/organise/awards-2026'] },
  { moment: 'panel', who: 'ORG-2', from: ['/organise/awards-2026', '/organise/awards-2026/ranking'] },
  { moment: 'announced', who: 'AL-01', from: ['/desk', '/proposals'] },
  { moment: 'announced', who: 'ORG-3', from: ['/organise/awards-2026', '/organise/awards-2026/publication', '/outbox'] }
]

const NOBODY = '00000000-0000-4000-8000-000000000000'
/** One page of a kind is enough: the thirty-fifth proposal's page has the form of the first. */
const ALIKE = 1
/** What would end the walk. */
const LEFT_ALONE = /^\/(sign-out|account\/sessions)/

const ACTING = Object.keys(permissions).filter(key => key.startsWith('POST ') && !LEFT_ALONE.test(key.slice(5)))

t.test('whatever is typed into whichever form, nobody sees a 5xx', async t => {
  t.setTimeout(900_000)
  const wrong: string[] = []
  const reached = new Set<string>()
  const knocked = new Set<string>()
  /** Whatever stood in an address or named a field: for routes whose own form nobody was shown. */
  const values = new Map([['*', 'laurel.css']])
  const names = new Set<string>()
  let asked = 0

  // What a walk types spoils the story, so each moment gets a site of its own.
  for (const moment of new Set(WALKS.map(({ moment }) => moment))) {
    const site = await aSite(t, { env: { DEMO: 'no' } })
    const example = theExample(site.db, site.store)
    await example.playTo(moment.includes('T') ? new Date(moment) : momentNamed(moment))
    if (moment === 'call-open') await aFounder(site, example.cast)
    for (const { who, from } of WALKS.filter(walk => walk.moment === moment)) {
      const agent = who === 'nobody' ? site.visitor() : await site.as(known(example.cast.people, who))
      await walk(site.db, agent, `${moment} ${who}`, from)
      await knock(site.db, agent, `${moment} ${who}`)
    }
  }
  t.ok(asked > 1000, `${asked} requests`)
  t.strictSame(wrong, [])
  t.strictSame(
    ACTING.filter(key => !knocked.has(key)),
    [],
    'every route that acts was asked'
  )

  async function aFounder(site: Site, cast: Cast): Promise<void> {
    const { db } = site
    const by = await addPerson(db, { email: 'founder@example.org', name: 'Fay', confirmed: true, administrator: true })
    cast.people.set('founder', by)
    await makeProgramme(db, {
      slug: 'other',
      name: { en: 'Another' },
      zone: 'UTC',
      currency: 'EUR',
      languages: ['en'],
      countries: [],
      by,
      organiser: { name: 'Another', city: 'Sofia', country: 'BG', email: 'other@example.org', dataProtection: '' }
    })
    const fay = await site.as(by)
    await fay.open('/organise/programmes/other')
    await fay.post('/organise/programmes/other/stages', { slug: 'first', kind: 'award', 'title.en': 'First' })
    const page = await fay.open('/organise/programmes/other/calls')
    const stage = /name="stage"[^>]*>\s*<option value="([^"]+)"|name="stage" value="([^"]+)"/.exec(page.text)
    const made = await fay.post('/organise/programmes/other/calls', {
      slug: 'second',
      stage: stage?.[1] ?? stage?.[2] ?? '',
      'title.en': 'A second call'
    })
    t.equal(made.status, 303, 'a call that is still being made')
  }

  async function walk(db: Db, agent: Agent, name: string, from: string[]): Promise<void> {
    const waiting = [...from]
    const seen = new Map<string, number>()
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const kind = kindOf(path)
      const times = seen.get(kind) ?? 0
      if (times >= ALIKE) continue
      seen.set(kind, times + 1)
      await db.delete(rateLimits)
      const page = await agent.get(path)
      note(name, 'GET', path, page.status)
      if (page.location) waiting.push(page.location)
      if (!page.headers.get('content-type')?.includes('text/html')) continue
      waiting.push(...linksIn(page.text))
      for (const form of formsIn(page.text, path)) {
        if (LEFT_ALONE.test(form.action)) continue
        const key = `form ${kindOf(form.action)} ${form.fields.map(({ name }) => name).join()}`
        const before = seen.get(key) ?? 0
        for (const { name } of form.fields) names.add(name)
        if (before > 0) continue
        seen.set(key, before + 1)
        waiting.push(form.action)
        for (const body of bodiesFor(form.fields)) await send(db, agent, name, form, body)
      }
    }
  }

  async function knock(db: Db, agent: Agent, name: string): Promise<void> {
    const fields = [...names].map(name => ({ name, value: '1', hidden: false }))
    for (const key of ACTING.filter(key => !reached.has(key))) {
      const action = key.slice(5).replace(/:(\w+)/g, (_, param) => values.get(param) ?? NOBODY)
      for (const body of bodiesFor(fields).slice(0, 5))
        await send(db, agent, name, { action, multipart: false, fields, files: [] }, body)
      await send(db, agent, name, { action, multipart: true, fields, files: ['file'] }, [])
    }
  }

  async function send(db: Db, agent: Agent, name: string, form: Form, body: [string, string][]): Promise<void> {
    await db.delete(rateLimits)
    const fields: Record<string, string[]> = Object.create(null)
    for (const [field, value] of body) fields[field] = [...(fields[field] ?? []), value]
    const file = { name: hostile.file_names[asked % hostile.file_names.length] ?? '', bytes: 'not what it says' }
    const answer = form.multipart
      ? await agent.upload(form.action, { [form.files[0] ?? 'file']: file }, fields)
      : await agent.post(form.action, fields)
    note(name, 'POST', form.action, answer.status, JSON.stringify(body).slice(0, 200))
  }

  function note(name: string, method: string, path: string, status: number, what = ''): void {
    asked += 1
    const pattern = patternOf(method, path)
    knocked.add(`${method} ${pattern}`)
    if (![404, 403].includes(status)) reached.add(`${method} ${pattern}`)
    const parts = (path.split('?')[0] ?? '').split('/')
    for (const [i, part] of pattern.split('/').entries())
      if (part.startsWith(':')) values.set(part.slice(1), parts[i] ?? '')
    if (status >= 500) wrong.push(`${name}: ${method} ${path} ${what}: ${status}`)
  }
})

type Field = { name: string; value: string; hidden: boolean }
type Form = { action: string; multipart: boolean; fields: Field[]; files: string[] }

const linksIn = (html: string): string[] =>
  [...html.matchAll(/<a [^>]*href="([^"]+)"/g)]
    .map(([, href]) => plain(href ?? ''))
    .filter(href => href.startsWith('/') && !href.startsWith('//'))
    .map(href => href.split('#')[0] ?? '')

function formsIn(html: string, path: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)]
    .filter(([, head = '']) => /method="post"/.test(head))
    .map(([, head = '', inside = '']) => {
      const fields: Field[] = []
      const files: string[] = []
      for (const [tag] of inside.matchAll(/<(input|textarea|select|button)\b[^>]*>/g)) {
        const name = attribute(tag, 'name')
        if (!name || name === '_csrf') continue
        const type = attribute(tag, 'type')
        if (type === 'file') files.push(name)
        else
          fields.push({ name, value: attribute(tag, 'value'), hidden: type === 'hidden' || tag.startsWith('<button') })
      }
      return {
        action: plain(attribute(`<form${head}>`, 'action')) || path,
        multipart: head.includes('multipart/form-data'),
        fields,
        files
      }
    })
}

const attribute = (tag: string, name: string) => plain(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

/** Nothing at all, everything twice, and each of the hostile texts in every box; and a few that know the machinery. */
function bodiesFor(fields: Field[]): [string, string][][] {
  const filled = (value: string, also = false) =>
    fields.map(field => [field.name, field.hidden && !also ? field.value : value] as [string, string])
  return [
    [],
    [...filled('1'), ...filled('2')],
    ...[hostile.texts[0] ?? '', '\0\ud800', '-1', '1e999', '2026-13-45', 'я'.repeat(5000)].map(text => filled(text)),
    filled('%00', true),
    filled(NOBODY, true),
    [['__proto__', '1'], ['constructor', '1'], ['toString', '1'], ...filled('1')]
  ]
}

const kindOf = (path: string) =>
  (path.split('?')[0] ?? '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id') + (path.includes('?') ? '?' : '')

function patternOf(method: string, path: string): string {
  const parts = (path.split('?')[0] ?? '').split('/')
  const found = Object.keys(permissions)
    .filter(key => key.startsWith(`${method} `))
    .map(key => key.slice(method.length + 1))
    .filter(pattern => {
      const of = pattern.split('/')
      return of.length === parts.length && of.every((part, i) => part.startsWith(':') || part === parts[i])
    })
  return found.sort((a, b) => (a.match(/:/g)?.length ?? 0) - (b.match(/:/g)?.length ?? 0))[0] ?? path
}

const plain = (text: string) =>
  text.replaceAll('&#x3D;', '=').replaceAll('&#x27;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&')
