import { addPerson, giveRole } from '../../accounts/commands.ts'
import { draftCall, listPeople } from '../../calls/commands.ts'
import type { CallTexts } from '../../calls/tables.ts'
import { makeProgramme, makeStage } from '../../programmes/commands.ts'
import { countries, jurorFiles, type Participant, participants, programme, textOf } from './data.ts'
import { by, type Stage } from './replay.ts'
import { awardsRules } from './rules.ts'

const CALL = 'awards-2026'
const ZONES: Record<string, string> = {}

/** The programme with its three organisers; the participants and jurors have accounts from the training. */
export async function found(stage: Stage): Promise<void> {
  const { db, cast, passwordHash } = stage
  const { id, name, organiser, timezone, currency, languages, stages } = programme()
  const { footnotes, countries: all } = countries()
  for (const { code, timezone } of all) ZONES[code] = timezone
  const person = (code: string, facts: Omit<Parameters<typeof addPerson>[1], 'confirmed' | 'passwordHash'>) =>
    addPerson(db, { ...facts, confirmed: true, passwordHash: passwordHash(code) }).then(id => cast.people.set(code, id))

  for (const member of organiser.team) {
    await person(member.id, {
      email: member.email,
      name: member.name,
      nameLatin: member.name_latin,
      language: member.languages[0] ?? 'en',
      zone: timezone,
      // Whoever founds an installation looks after its accounts too.
      administrator: member.id === 'ORG-1'
    })
  }
  for (const applicant of participants()) await person(applicant.id, participantFacts(applicant))
  for (const juror of jurorFiles().jurors) {
    const { email, name, name_latin, ui, country, city, affiliation } = juror
    await person(juror.id, {
      email,
      name,
      nameLatin: name_latin,
      language: ui,
      country,
      city,
      institution: affiliation,
      zone: ZONES[country] ?? timezone
    })
  }
  const first = by(stage, 'ORG-1')
  cast.programmeId = await makeProgramme(db, {
    slug: id,
    name,
    zone: timezone,
    currency,
    languages: languages.application,
    organiser: {
      name: organiser.name,
      city: organiser.city,
      country: organiser.country,
      email: organiser.email,
      dataProtection: organiser.data_protection_contact
    },
    countries: all.map(({ code, name, timezone, languages }) => ({
      code,
      name,
      zone: timezone,
      languages,
      ...(footnotes[code] ? { footnote: footnotes[code] } : {})
    })),
    by: first
  })
  for (const { id } of organiser.team) {
    await giveRole(db, {
      personId: by(stage, id),
      programmeId: cast.programmeId,
      role: 'organiser',
      confirmed: true,
      by: first
    })
  }
  const titled = { admission: stages[0].title, training: stages[1].title, awards: stages[2].title }
  const translated = { admission: 'Приемен конкурс', training: 'Онлайн обучение', awards: 'Награди за нови услуги' }
  for (const [position, [slug, kind]] of (
    [
      ['admission', 'admission'],
      ['training', 'training'],
      ['awards', 'award']
    ] as const
  ).entries()) {
    const stageId = await makeStage(db, {
      programmeId: cast.programmeId,
      slug,
      kind,
      title: { en: titled[slug], bg: translated[slug] },
      position: position + 1,
      by: first
    })
    cast.people.set(`stage:${slug}`, stageId)
  }
}

const participantFacts = ({
  email,
  name,
  name_latin,
  ui,
  country,
  city,
  city_latin,
  library,
  library_en
}: Participant) => ({
  email,
  name,
  nameLatin: name_latin,
  language: ui,
  country,
  city,
  cityLatin: city_latin,
  institution: library,
  institutionEn: library_en,
  zone: ZONES[country] ?? 'Europe/Athens'
})

export async function writeCall(stage: Stage): Promise<void> {
  const { db, cast } = stage
  const first = by(stage, 'ORG-1')
  cast.callId = await draftCall(db, {
    stageId: by(stage, 'stage:awards'),
    slug: CALL,
    texts: callTexts(),
    rules: awardsRules(),
    by: first
  })
  await listPeople(db, {
    callId: cast.callId,
    people: participants().map(({ email, name, name_latin, library, library_en, city, city_latin, country, ui }) => ({
      email,
      name,
      nameLatin: name_latin,
      institution: library,
      institutionEn: library_en,
      city,
      cityLatin: city_latin,
      country,
      language: ui
    })),
    by: first
  })
}

/** Title, the first paragraph's facts as lede, and the body, from the call's texts in each language they exist in. */
function callTexts(): CallTexts {
  const texts: CallTexts = { title: {}, lede: {}, body: {} }
  for (const language of ['en', 'bg', 'el', 'sq', 'ro', 'sr']) {
    const [heading = '', ...rest] = textOf(`calls/awards.${language}.md`).split('\n')
    const body = rest
      .join('\n')
      .replace(/^\*[^*]+\*$/m, '')
      .trim()
    texts.title[language] = heading.replace(/^#\s*/, '').trim()
    texts.body[language] = body
  }
  texts.lede = {
    en: 'Five initial grants of up to 4,000 euro each for a new service in a public library, open to the 35 participants of our online training.',
    bg: 'Пет начални гранта до 4000 евро за нова услуга в обществена библиотека, за 35-те участници в нашето онлайн обучение.'
  }
  return texts
}
