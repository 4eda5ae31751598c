import { foundingToken } from '../../src/accounts/entry/commands.ts'
import type { Visitor } from '../support/browser.ts'
import { CALL, organiseAt, type Road } from './road.ts'
import type { Test } from './telling.ts'

/** From an empty site to a call that two people have opened. */
export async function opening(t: Test, road: Road): Promise<void> {
  const olu = await road.visitor('Olu')
  await road.clock('2027-02-20T09:00:00Z')

  await t.test('Olu makes the first account with the link from the console', async t => {
    await olu.open('/')
    t.match(await olu.text(), 'There is no call here yet')
    await olu.open(`/founding?token=${await foundingToken(road.site.db)}`)
    await olu.fill({ name: 'Olu Adeyemi', email: 'olu@example.org', password: 'heron over quiet water' })
    await olu.press('Make the account')
    t.match(await olu.text(), 'Make a programme')
  })

  await t.test('she makes a programme with a stage, and invites Omar to organise it with her', async t => {
    await olu.open('/organise/programmes/new')
    await olu.fill({
      'name.en': 'Library Lights',
      organiser: 'Reading Rooms Foundation',
      city: 'Sofia',
      country: 'BG',
      email: 'hello@example.org',
      dataProtection: 'data@example.org',
      zone: 'Europe/Sofia',
      currency: 'EUR',
      languages: ['en', 'bg'],
      countries: 'BG Europe/Sofia\nRS Europe/Belgrade\nRO Europe/Bucharest\nSI Europe/Ljubljana',
      slug: 'library-lights'
    })
    await olu.press('Save')
    t.match(await olu.text(), 'The programme is made')
    await olu.fill({ 'title.en': 'Initial grants', 'title.bg': 'Начални грантове', kind: 'award', slug: 'grants' })
    await olu.press('Add a stage')
    t.match(await olu.text(), 'The stage is added')
    await olu.follow('Invite somebody to the team')
    await olu.fill({ name: 'Omar Haddad', email: 'omar@example.org', role: 'organiser', language: 'en' })
    await olu.press('Send the invitation')
    t.match(await olu.text(), 'Waiting for an answer')
  })

  await t.test('Omar accepts by the link in his letter', async t => {
    const omar = await road.visitor('Omar')
    await omar.open(await road.linkFor('omar@example.org', '/invitations/'))
    t.match(await omar.heading, 'Help to organise Library Lights')
    await omar.fill({ name: 'Omar Haddad' })
    await omar.press('Accept')
    t.match(await omar.text(), 'You have accepted. Welcome.')
  })

  await t.test('Olu drafts a call, with its text in English and Bulgarian and its dates', async t => {
    await olu.open('/organise/programmes/library-lights')
    await olu.follow('Make a call')
    await olu.fill({ 'title.en': 'Grants for reading rooms', slug: CALL })
    await olu.press('Save')
    await olu.fill({
      'title.en': 'Grants for reading rooms',
      'title.bg': 'Грантове за читални',
      'lede.en': 'Five grants for ideas that bring people into the library.',
      'lede.bg': 'Пет гранта за идеи, които водят хората в библиотеката.',
      'body.en': '## What we look for\n\nAn idea that a small library can carry out within a year.',
      'body.bg': '## Какво търсим\n\nИдея, която малка библиотека може да осъществи за година.'
    })
    await olu.press('Save')
    t.match(await olu.text(), 'Saved.')
    await olu.follow('Dates')
    await olu.fill(datesOf(DATES))
    await olu.press('Save')
    t.match(await olu.text(), 'Saved.')
  })

  await t.test('only listed people may apply: she uploads their names as CSV', async t => {
    await olu.follow('Who may apply')
    await olu.fill({ who: 'listed' })
    await olu.press('Save')
    await olu.page.getByLabel('List of people (CSV)').setInputFiles(csv('people.csv', 'name;email\nAda;ada@example'))
    await olu.meets(422, () => olu.press('Replace the list'))
    t.match(await olu.text(), 'Line 2: “ada@example” is no e-mail address.')
    await olu.page.getByLabel('List of people (CSV)').setInputFiles(csv('people.csv', PEOPLE))
    await olu.press('Replace the list')
    t.match(await olu.text(), '8 people are listed')
  })

  await t.test('the form asks for a title, a summary, a theme, a budget and a file', async t => {
    await olu.follow('Application form')
    await addField(olu, 'choice', {
      id: 'theme',
      required: true,
      'label.en': 'Theme',
      'label.bg': 'Тема',
      options: 'reading = Reading aloud\nmaking = Making things\nmemory = Local memory'
    })
    await addField(olu, 'budget', {
      id: 'budget',
      required: true,
      'label.en': 'Budget',
      'label.bg': 'Бюджет',
      least: '1',
      most: '10',
      categories: 'people = People\nthings = Things',
      'rule.largest_request': '5000'
    })
    await addField(olu, 'file', {
      id: 'letter',
      required: true,
      'label.en': 'Letter of your director',
      'label.bg': 'Писмо от директора',
      maxFiles: '2',
      maxMb: '1',
      accept: ['pdf', 'png']
    })
    await olu.follow('Summary')
    await olu.fill({ 'limit.max': '40', 'limit.unit': 'words', publicIfAwarded: true })
    await olu.press('Save')
    await olu.follow('Application form')
    for (const label of ['Title', 'Summary', 'Theme', 'Budget', 'Letter of your director'])
      t.ok(await olu.page.getByRole('link', { name: label, exact: true }).isVisible(), label)
  })

  await t.test('three criteria have weights, a question and a sentence for every level', async t => {
    await olu.follow('Criteria and scale')
    await olu.fill({ min: '0', max: '4', step: '0.5', 'weight.need': '40', 'weight.idea': '35', 'weight.plan': '30' })
    await olu.press('Save')
    t.match(await olu.text(), 'The weights add up to 105 of 100')
    for (const [criterion, question] of Object.entries(QUESTIONS)) {
      await olu.follow(new RegExp(`^${criterion}$`))
      await olu.fill({ 'question.en': question, 'question.bg': 'Колко добре?', ...sentences() })
      await olu.press('Save')
      await olu.follow('Criteria and scale')
    }
  })

  await t.test('two reviews each, five awards with at most two per country, and a ladder for ties', async t => {
    await olu.follow('The jury’s work')
    await olu.fill({ reviewsPerProposal: '2', minReviews: '2', minReaders: '0', toApplicant: 'required' })
    await olu.press('Save')
    t.match(await olu.text(), 'Saved.')
    await olu.follow('Awards and ties')
    await olu.fill({
      count: '5',
      reserve: '1',
      currency: 'EUR',
      'amount.min': '500',
      'amount.max': '5000',
      'limit.country.max': '2',
      'rung.0': 'criterion:need',
      'rung.1': 'lower:requested',
      'rung.2': 'share'
    })
    await olu.press('Save')
    t.match(await olu.text(), 'Saved.')
    await olu.follow('What is published')
    await olu.fill({
      provisional: 'letters',
      winners: ['title', 'summary', 'institution', 'city', 'country', 'amount', 'reason'],
      reserve: ['title', 'institution', 'city', 'country'],
      counts: ['country']
    })
    await olu.press('Save')
    t.match(await olu.text(), 'Saved.')
  })

  await t.test('the check says what is wrong and leads to the place; mended, the call is ready', async t => {
    await olu.follow(/stands in the way|things? stand/)
    t.match(await olu.text(), 'The weights add up to 105, not to 100.')
    t.equal(await olu.page.getByRole('button', { name: /Ask/ }).count(), 0)
    await olu.follow(/The weights add up/)
    await olu.fill({ 'weight.plan': '25' })
    await olu.press('Save')
    await olu.follow('Ready: check and open')
  })

  await t.test('Olu asks for the opening, and cannot confirm it herself', async t => {
    const seal = await olu.page.locator('.seal code').first().innerText()
    await olu.press(/^Ask/)
    t.match(await olu.text(), 'another person of the team must confirm')
    t.equal(await olu.page.locator('.seal code').first().innerText(), seal)
  })

  await t.test('Omar confirms; the seal stands on the public pages', async t => {
    const omar = await road.visitor('Omar')
    await omar.open('/desk')
    await omar.follow('Look and confirm')
    const seal = await omar.page.locator('.seal code').first().innerText()
    await road.clock('2027-02-28T09:00:00Z')
    await omar.press('Confirm: seal and open')
    t.match(await omar.text(), 'The rules are sealed')
    await road.clock('2027-03-01T09:00:00Z')

    const reader = await road.visitor('a reader', { phone: true })
    await reader.open(`/calls/${CALL}`)
    t.match(await reader.heading, 'Grants for reading rooms')
    t.match(await reader.text(), 'at most two per country'.replace('two', '2'))
    await reader.follow('See the seal and the rules')
    t.equal(await reader.page.locator('.seal code').first().innerText(), seal)
    await reader.open(`/calls/${CALL}?lang=bg`)
    t.match(await reader.heading, 'Грантове за читални')
    await olu.open(organiseAt())
  })
}

const DATES = {
  opensAt: '2027-03-01 09:00',
  questionsUntil: '2027-03-20 17:00',
  deadline: '2027-03-31 17:00',
  screeningUntil: '2027-04-07 17:00',
  declarationsUntil: '2027-04-14 17:00',
  reviewingOpensAt: '2027-04-15 09:00',
  reviewingUntil: '2027-05-15 23:59',
  panelAt: '2027-05-18 10:00',
  lettersAt: '2027-05-25 12:00',
  redressUntil: '2027-06-05 23:59',
  publicationAt: '2027-06-10 12:00'
}

const datesOf = (dates: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(dates).flatMap(([key, moment]) => {
      const [day = '', time = ''] = moment.split(' ')
      return [
        [`${key}.day`, day],
        [`${key}.time`, time]
      ]
    })
  )

const QUESTIONS = {
  Need: 'How much is it needed?',
  Idea: 'How good is the idea?',
  Plan: 'How sound is the plan?'
}

const sentences = () =>
  Object.fromEntries(
    ['Not at all', 'A little', 'Fairly', 'Well', 'Excellently'].flatMap((text, points) => [
      [`level.${points}.en`, `${text}.`],
      [`level.${points}.bg`, `Степен ${points}.`]
    ])
  )

async function addField(olu: Visitor, type: string, words: Parameters<Visitor['fill']>[0]): Promise<void> {
  await olu.page.getByLabel('New field in “Your proposal”').selectOption(type)
  await olu.press('Add field')
  await olu.fill(words)
  await olu.press('Save')
  await olu.follow('Application form')
}

const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

const PEOPLE = `email;name;institution;city;country;language
ada@example.org;Ada Petrova;Library of Gabrovo;Gabrovo;BG;en
bob@example.org;Bob Ilić;Library of Niš;Niš;RS;en
cleo@example.org;Cleo Popa;Library of Cluj;Cluj;RO;en
dana@example.org;Dana Novak;Library of Ptuj;Ptuj;SI;en
emil@example.org;Emil Kolev;Library of Ruse;Ruse;BG;en
fani@example.org;Fani Hristova;Library of Varna;Varna;BG;en
gora@example.org;Gora Marić;Library of Subotica;Subotica;RS;en
hana@example.org;Hana Kovač;Library of Koper;Koper;SI;en
`
