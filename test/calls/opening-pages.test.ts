import t from 'tap'
import { giveRole } from '../../src/accounts/commands.ts'
import { programmeAt } from '../../src/programmes/queries.ts'
import type { Agent } from '../support/site.ts'
import { aSite } from '../support/site.ts'

/** What a browser would send: every field of the page's form, with some of them changed. */
function filled(page: string, changes: Record<string, string | string[]>): Record<string, string | string[]> {
  const form = /<form class="fields"[\s\S]*?<\/form>/.exec(page)?.[0] ?? ''
  const values: Record<string, string | string[]> = {}
  const add = (name: string, value: string) => {
    const before = values[name]
    values[name] = before === undefined ? value : [before, value].flat()
  }
  const plain = (text: string) =>
    text
      .replace(/&#(x?[\da-fA-F]+);/g, (_, code: string) =>
        String.fromCodePoint(code.startsWith('x') ? Number.parseInt(code.slice(1), 16) : Number(code))
      )
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  for (const [input] of form.matchAll(/<input [^>]*>/g)) {
    const of = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1]
    const name = of('name')
    if (!name || name === '_csrf') continue
    if ((of('type') === 'checkbox' || of('type') === 'radio') && !/ checked/.test(input)) continue
    add(name, plain(of('value') ?? ''))
  }
  for (const [, name = '', text = ''] of form.matchAll(/<textarea [^>]*name="([^"]+)"[^>]*>\n?([\s\S]*?)<\/textarea>/g))
    add(name, plain(text))
  for (const [, name = '', options = ''] of form.matchAll(/<select [^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g))
    add(name, plain(/<option value="([^"]*)" selected/.exec(options)?.[1] ?? ''))
  return { ...values, ...changes }
}

async function change(agent: Agent, path: string, changes: Record<string, string | string[]>) {
  const page = await agent.get(path)
  return agent.post(path, filled(page.text, changes))
}

t.test('Olu makes a programme and a call, Omar reads what will be sealed, and it opens', async t => {
  const site = await aSite(t)
  const olu = await site.person('Olu', { administrator: true })
  const omar = await site.person('Omar')
  const organiser = await site.as(olu)

  const made = await change(organiser, '/organise/programmes/new', {})
  t.equal(made.status, 404, 'the page posts to another address than its own')
  const page = await organiser.get('/organise/programmes/new')
  t.equal(page.status, 200)
  const bad = await organiser.post('/organise/programmes', filled(page.text, { slug: 'Not a slug' }))
  t.equal(bad.status, 422)
  t.match(bad.text, /<a href="#slug">[^<]+:<\/a> Use small Latin letters/, 'the summary names the field')
  const created = await organiser.post(
    '/organise/programmes',
    filled(page.text, {
      'name.en': 'Library Innovators',
      organiser: 'Open Shelf',
      city: 'Sofia',
      country: 'BG',
      slug: 'innovators',
      countries: 'BG Europe/Sofia\nGR Europe/Athens\nRS Europe/Belgrade'
    })
  )
  t.equal(created.location, '/organise/programmes/innovators?done=programme_made')
  t.equal((await organiser.open(created.location)).status, 200)

  const stage = await organiser.post('/organise/programmes/innovators/stages', {
    'title.en': 'Awards',
    kind: 'award',
    slug: 'awards'
  })
  t.equal(stage.status, 303)
  const newCall = await organiser.get('/organise/programmes/innovators/calls')
  const draft = await organiser.post(
    '/organise/programmes/innovators/calls',
    filled(newCall.text, { 'title.en': 'New services', slug: 'services' })
  )
  t.equal(draft.location, '/organise/services/edit/texts?done=call_drafted')

  t.test('a draft is not public', async t => {
    for (const path of ['/calls/services', '/calls/services/rules', '/calls/services/rules.json'])
      t.equal((await site.visitor().get(path)).status, 404, path)
    t.match((await organiser.get('/organise/services/preview')).text, 'This is a preview')
  })

  t.test('every page of the editor saves what it shows, unchanged', async t => {
    const before = await organiser.get('/organise/services/form.json')
    for (const section of [
      'texts',
      'dates',
      'applicants',
      'rubric',
      'rubric/need',
      'jury',
      'awards',
      'publication',
      'form/fields/title',
      'form/sections/proposal'
    ]) {
      const path = `/organise/services/edit/${section}`
      const shown = await organiser.get(path)
      t.equal(shown.status, 200, path)
      const saved = await organiser.post(path, filled(shown.text, {}))
      t.equal(saved.location, `${path}?done=saved`, path)
      const again = await organiser.get(path)
      const plain = (fields: Record<string, unknown>) => ({ ...fields, version: null })
      t.strictSame(plain(filled(again.text, {})), plain(filled(shown.text, {})), path)
    }
    t.equal((await organiser.get('/organise/services/form.json')).text, before.text)
  })

  t.test('the checklist says in words what is missing', async t => {
    const check = await organiser.get('/organise/services/check')
    t.equal(check.status, 200)
    t.match(check.text, 'things stand in the way')
    t.match(check.text, 'The call has no text')
    t.match(check.text, 'no second person')
    const refused = await organiser.post('/organise/services/opening')
    t.equal(refused.status, 409)
    t.match(refused.text, 'cannot open yet')
  })

  t.test('a form of another kind than the page’s is turned away, and changes nothing', async t => {
    const path = '/organise/services/edit/texts'
    const before = filled((await organiser.get(path)).text, {})
    const file = { name: 'texts.txt', bytes: 'Another title', type: 'text/plain' }
    for (const field of ['title.en', 'file']) {
      const sent = await organiser.upload(path, { [field]: file }, { ...before, 'title.en': 'Another title' })
      t.ok(sent.status >= 400 && sent.status < 500, `${field}: ${sent.status}`)
    }
    t.strictSame(filled((await organiser.get(path)).text, {}), before)
  })

  t.test('weights that do not make a hundred are told, not refused', async t => {
    await change(organiser, '/organise/services/edit/rubric', { 'weight.need': '45' })
    t.match((await organiser.get('/organise/services/check')).text, 'add up to 105')
    await change(organiser, '/organise/services/edit/rubric', { 'weight.need': '40' })
  })

  t.test('an hour that does not exist is sent back with its sentence', async t => {
    const skipped = await change(organiser, '/organise/services/edit/dates', {
      'deadline.day': '2027-03-28',
      'deadline.time': '03:30'
    })
    t.equal(skipped.status, 422)
    t.match(skipped.text, 'this hour does not exist')
    t.match(skipped.text, /<a href="#deadline\.\w+">Deadline, Day:<\/a>/, 'with the row it stands in')
    t.match(skipped.text, 'value="2027-03-28"')
  })

  t.test('two tabs: the later one sees both texts and overwrites nothing', async t => {
    const tab = await organiser.get('/organise/services/edit/texts')
    await change(organiser, '/organise/services/edit/texts', { 'lede.en': 'The first tab' })
    const stale = await organiser.post(
      '/organise/services/edit/texts',
      filled(tab.text, { 'lede.en': 'The second tab' })
    )
    t.equal(stale.status, 409)
    t.match(stale.text, 'The first tab')
    t.match(stale.text, 'The second tab')
    t.match((await organiser.get('/organise/services/edit/texts')).text, 'The first tab')
  })

  t.test('people who may apply come from a table, all or nothing', async t => {
    const people = (text: string) =>
      organiser.upload('/organise/services/people', { people: { name: 'people.csv', bytes: text, type: 'text/csv' } })
    const wrong = await people('email,name\nada@example.org,Ada\nnot-an-address,Bob\nada@example.org,Ada again\n')
    t.equal(wrong.status, 422)
    t.match(wrong.text, 'Line 3')
    t.match(wrong.text, 'Line 4')
    t.match((await organiser.get('/organise/services/edit/applicants')).text, 'Nobody is listed')
    const right = await people('\ufeffname;email;country\nAda;ada@example.org;bg\nБоби;bob@example.org;RS\n')
    t.equal(right.location, '/organise/services/edit/applicants?done=listed')
    t.match((await organiser.get('/organise/services/edit/applicants')).text, '2 people are listed')
    t.equal((await people('')).status, 422)
    t.equal((await people('\u0000\u0001')).status, 422)
  })

  t.test('fields are added, moved and removed by plain buttons', async t => {
    const version = async () =>
      /name="version" value="(\d+)"/.exec((await organiser.get('/organise/services/edit/form')).text)?.[1] ?? ''
    const press = async (act: string, more = {}) =>
      organiser.post('/organise/services/edit/form', { version: await version(), act, ...more })
    const added = await press('add_field:proposal', { 'type.proposal': 'budget' })
    t.equal(added.location, '/organise/services/edit/form/fields/field_1?done=saved')
    const budget = await change(organiser, '/organise/services/edit/form/fields/field_1', {
      id: 'budget',
      'label.en': 'Budget',
      categories: 'equipment = Equipment\nmaterials',
      'rule.largest_request': '4000',
      'rule.own_share': '10',
      'rule.category': 'equipment',
      'rule.category_share': '50'
    })
    t.equal(budget.location, '/organise/services/edit/form/fields/budget?done=saved')
    t.equal((await press('up:field:budget')).status, 303)
    const form = JSON.parse((await organiser.get('/organise/services/form.json')).text)
    t.strictSame(
      form.sections[0].fields.map(({ id }: { id: string }) => id),
      ['title', 'budget', 'summary']
    )
    t.strictSame(form.sections[0].fields[1].rules, [
      { id: 'largest_request', kind: 'largest_request', amount: 4000 },
      { id: 'own_share', kind: 'own_share', percent: 10 },
      { id: 'category_share', kind: 'category_share', category: 'equipment', percent: 50 }
    ])
    t.equal((await press('add_section')).status, 303)
    t.equal((await press('remove:section:section_1')).status, 303)
    const imported = await organiser.post('/organise/services/edit/form/import', {
      version: await version(),
      json: JSON.stringify(form)
    })
    t.equal(imported.status, 303)
    const broken = await organiser.post('/organise/services/edit/form/import', {
      version: await version(),
      json: '{"sections": ['
    })
    t.equal(broken.status, 422)
    t.match(broken.text, 'not a form as it was exported')
  })

  t.test('mended, it is asked for by one and confirmed by another', async t => {
    await change(organiser, '/organise/services/edit/texts', {
      'body.en': '## What\n\nSomething <b>new</b>.\n\n| a | b |\n|---|--:|\n| 1 | 2 |'
    })
    const now = Date.now()
    const day = (days: number) => new Date(now + days * 86_400_000).toISOString().slice(0, 10)
    await change(organiser, '/organise/services/edit/dates', { 'opensAt.day': day(-1) })
    for (const criterion of ['need', 'idea', 'plan']) {
      const path = `/organise/services/edit/rubric/${criterion}`
      const levels = Object.fromEntries([0, 1, 2, 3, 4, 5].map(point => [`level.${point}.en`, `Sentence for ${point}`]))
      t.equal((await change(organiser, path, { 'question.en': 'Why?', ...levels })).status, 303)
    }
    const programme = await programmeAt(site.db, 'innovators')
    await site.db.transaction(tx =>
      giveRole(tx, {
        personId: omar.id,
        programmeId: programme?.id ?? '',
        role: 'organiser',
        confirmed: true,
        by: olu.id
      })
    )
    const check = await organiser.get('/organise/services/check')
    t.match(check.text, 'makes sense and can open')
    const seal = /Seal of the rules[\s\S]*?<code>([\s\S]*?)<\/code>/.exec(check.text)?.[1]?.replace(/<[^>]+>/g, '')
    const asked = await organiser.post('/organise/services/opening')
    t.equal(asked.status, 303)
    const twice = await organiser.post('/organise/services/opening')
    t.equal(twice.location, asked.location, 'a second click asks for the same')
    const path = asked.location.split('?')[0] ?? ''
    t.match((await organiser.get(path)).text, 'another person of the team must confirm')
    t.equal((await organiser.post(path)).status, 409, 'not by the one who asked')

    const second = await site.as(omar)
    const shown = await second.get(path)
    t.match(shown.text, 'Sentence for 4')
    t.match((await second.get('/organise/services')).text, 'asks a second person to confirm')
    t.equal((await second.post(path)).status, 303)
    t.equal((await second.post(path)).status, 303, 'a second click changes nothing')

    const visitor = site.visitor()
    const call = await visitor.get('/calls/services')
    t.equal(call.status, 200)
    t.match(call.text, '<h2>What</h2>')
    t.match(call.text, '&lt;b&gt;new&lt;/b&gt;')
    t.notMatch(call.text, 'style=')
    t.match(call.text, 'Belgrade')
    const rules = await visitor.get('/calls/services/rules')
    t.match(rules.text.replace(/<\/span><wbr><span>|<\/?span>|<wbr>/g, ''), seal ?? 'no seal')
    const file = await visitor.get('/calls/services/rules.json')
    const { createHash } = await import('node:crypto')
    t.equal(createHash('sha256').update(file.text).digest('hex'), seal, 'the file is what was sealed')
    t.match((await visitor.get('/')).text, 'New services')
    t.equal((await organiser.get('/organise/services/edit/dates')).status, 409)
    t.equal((await organiser.get('/organise/services')).status, 200)
  })

  t.test('a later deadline is told to all', async t => {
    const page = await organiser.get('/organise/services/extensions')
    t.equal(page.status, 200)
    const deadline = /deadline|Now: ([^<]+)</.exec(page.text)
    t.ok(deadline)
    const early = await change(organiser, '/organise/services/extensions', {
      'until.day': '2020-01-01',
      'until.time': '10:00',
      reason: 'No'
    })
    t.equal(early.status, 409)
    const later = new Date(Date.now() + 62 * 86_400_000).toISOString().slice(0, 10)
    const given = await change(organiser, '/organise/services/extensions', {
      'until.day': later,
      'until.time': '17:00',
      reason: 'The power was out'
    })
    t.equal(given.status, 303)
    t.match((await site.visitor().get('/calls/services')).text, 'The power was out')
    t.match((await site.visitor().get('/calls/services/rules')).text, 'The power was out')
  })

  t.test('other dates change with a reason and a second person, and get a new seal', async t => {
    const later = new Date(Date.now() + 130 * 86_400_000).toISOString().slice(0, 10)
    const none = await change(organiser, '/organise/services/changes', { reason: '', 'publicationAt.day': later })
    t.equal(none.status, 422)
    const asked = await change(organiser, '/organise/services/changes', {
      reason: 'The hall was taken',
      'publicationAt.day': later
    })
    t.equal(asked.status, 303)
    const path = asked.location.split('?')[0] ?? ''
    const second = await site.as(omar)
    t.match((await second.get(path)).text, 'The hall was taken')
    t.equal((await second.post(path)).status, 303)
    const rules = await site.visitor().get('/calls/services/rules')
    t.match(rules.text, 'The hall was taken')
    t.match(rules.text, 'Seal at opening')
  })
})
