import type { Field } from '../../calls/form.ts'
import { dateTimeShort, leftWords } from '../../calls/pages.ts'
import { digestOf } from '../../calls/rules.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { clockTime, longDate } from '../../i18n/formats.ts'
import { inLanguage, languageTaken } from '../../i18n/languages.ts'
import type { PageOptions } from '../../web/context.ts'
import { dateTimeIn, zoneName } from '../../web/render.ts'
import type { Answers } from '../answers.ts'
import { budgetFigures } from '../budgeted/pages.ts'
import { countByField } from '../commands.ts'
import { exclusions, problemsIn, rowsOf, sectionStates } from '../completeness.ts'
import { isNotYet, problemList, sectionWord } from '../problems/pages.ts'
import type { Application } from '../queries.ts'
import { titleOf, writtenIn } from '../reading/pages.ts'
import { type Filling, fieldShown } from './fields/pages.ts'

export type EditorAsked = {
  /** "Check and submit" was pressed: everything that is missing is said at its field. */
  checking: boolean
  refused: Filling['refused']
  lines: Filling['lines']
}

/** The page on which a proposal is written: one form, a fold for each section, what is missing, and until when. */
export function editorPage(application: Application, lang: string, { checking, refused, lines }: EditorAsked) {
  const { call, proposal, files, standing, deadline } = application
  const { rules, now } = call
  const say = (key: string, facts = {}) => sentence(lang, `proposals.edit.${key}`, facts)
  const problems = problemsIn(rules.form, proposal.draft, countByField(files))
  const filling: Filling = {
    proposalId: proposal.id,
    rules,
    lang,
    answers: proposal.draft,
    files,
    problems: checking ? problems : problems.filter(problem => !isNotYet(problem) && problem.code !== 'excluded'),
    refused,
    lines
  }
  const states = sectionStates(rules.form, proposal.draft, countByField(files))
  const sections = rules.form.sections.map(({ id, title, help, fields }, place) => {
    const state = states[place] ?? { id, state: 'not_started' as const, problems: [] }
    return {
      id,
      title: inLanguage(title, lang),
      titleLang: languageTaken(title, lang),
      help: inLanguage(help, lang),
      helpLang: languageTaken(help, lang),
      open: state.state !== 'complete' || refused.some(({ field }) => fields.some(({ id }) => id === field)),
      standing: state.state,
      ...sectionWord(state, lang),
      fields: fields.map(field => fieldShown(field, filling))
    }
  })
  const done = states.filter(({ state }) => state === 'complete').length
  const title = titleOf(proposal.draft)
  return {
    id: proposal.id,
    call: call.slug,
    answers: proposal.draft,
    attached: files.map(({ id, field, name, mime, bytes, sha256, receivedAt }) => ({
      id,
      field,
      name,
      mime,
      bytes,
      sha256,
      receivedAt
    })),
    draftSavedAt: proposal.draftSavedAt,
    deadline,
    problems,
    title: title || say('untitled'),
    headingLang: title ? writtenIn(rules.form, proposal.draft) : '',
    smallLine: say(standing ? 'line_again' : 'line', {
      call: inLanguage(call.texts.title, lang),
      number: proposal.number ?? ''
    }),
    closes: say('closes', { at: dateTimeIn(lang, deadline, rules.zone), left: leftWords(lang, deadline, now) }),
    errors: checking ? problemList(problems, rules, lang) : [],
    errorsHeading: say('not_submitted', { count: problems.length }),
    excluded: excludedShown(application, lang),
    standing:
      standing && say('stands', { version: standing.position, at: dateTimeIn(lang, standing.submittedAt, rules.zone) }),
    progress: say('progress', { done, all: sections.length }),
    done,
    all: sections.length,
    sections,
    save: `/proposals/${proposal.id}/draft`,
    version: proposal.draftVersion,
    boxes: boxesOf(application),
    savedAt: savedWords(application, lang),
    missing: missingWords(problems.length, lang)
  }
}

/** The names of all boxes to tick on the page: one that is not ticked sends nothing. */
export const boxesOf = ({ call }: Pick<Application, 'call'>) =>
  call.rules.form.sections
    .flatMap(({ fields }) => fields)
    .filter(({ type }) => type === 'consent')
    .map(({ id }) => id)
    .join(' ')

/** Says kindly and at once why somebody cannot apply, before they write for two evenings. */
function excludedShown({ call, proposal }: Application, lang: string) {
  const excluded = exclusions(call.rules.form, proposal.draft)
  if (excluded.length === 0) return null
  const fields = call.rules.form.sections.flatMap(({ fields }) => fields)
  return {
    because: excluded.map(id => {
      const label = fields.find(field => field.id === id)?.label
      return { href: `#${id}`, text: inLanguage(label, lang), textLang: languageTaken(label, lang) }
    })
  }
}

function savedWords({ call, proposal }: Application, lang: string): string {
  const { zone } = call.rules
  const today = longDate(lang, call.now, zone) === longDate(lang, proposal.draftSavedAt, zone)
  return sentence(lang, today ? 'proposals.edit.saved_today' : 'proposals.edit.saved', {
    time: clockTime(lang, proposal.draftSavedAt, zone),
    at: dateTimeShort(lang, proposal.draftSavedAt, zone),
    zone: zoneName(lang, zone)
  })
}

const missingWords = (count: number, lang: string) => sentence(lang, 'proposals.edit.to_do', { count })

/** What the page's script puts in place after a save of its own. */
export function savedAnswer(application: Application, lang: string) {
  const { call, proposal, files } = application
  const { form, currency } = call.rules
  const counts = countByField(files)
  const states = sectionStates(form, proposal.draft, counts)
  return {
    version: proposal.draftVersion,
    saved: savedWords(application, lang),
    missing: missingWords(problemsIn(form, proposal.draft, counts).length, lang),
    done: states.filter(({ state }) => state === 'complete').length,
    progress: sentence(lang, 'proposals.edit.progress', {
      done: states.filter(({ state }) => state === 'complete').length,
      all: states.length
    }),
    sections: states.map(state => ({ id: state.id, standing: state.state, ...sectionWord(state, lang) })),
    problems: problemsIn(form, proposal.draft, counts),
    excluded: exclusions(form, proposal.draft),
    budgets: form.sections
      .flatMap(({ fields }) => fields)
      .flatMap(field =>
        field.type === 'budget'
          ? [{ id: field.id, ...budgetFigures(field, rowsOf(proposal.draft[field.id]), currency, lang) }]
          : []
      )
  }
}

/** Both texts, where another tab or device has saved since this page was filled: nothing typed is lost. */
export function stalePage(application: Application, yours: Answers, lang: string) {
  const { call, proposal } = application
  const { rules } = call
  const theirs = proposal.draft
  const differing = rules.form.sections
    .flatMap(({ fields }) => fields)
    .filter(({ id }) => id in yours && digestOf(yours[id] ?? null) !== digestOf(theirs[id] ?? null))
  const filling = { proposalId: proposal.id, rules, lang, files: [], problems: [], refused: [], lines: {} }
  const base = { ...filling, answers: { ...theirs, ...yours } }
  return {
    title: sentence(lang, 'proposals.stale.title'),
    lede: sentence(lang, 'proposals.stale.lede', {
      time: clockTime(lang, proposal.draftSavedAt, rules.zone),
      zone: zoneName(lang, rules.zone)
    }),
    fields: differing.map(field => ({
      mine: fieldShown(field, base),
      kept: keptWords(field, theirs[field.id], lang),
      keptLang: writtenIn(rules.form, theirs)
    })),
    save: `/proposals/${proposal.id}/draft`,
    version: proposal.draftVersion,
    boxes: differing
      .filter(({ type }) => type === 'consent')
      .map(({ id }) => id)
      .join(' '),
    edit: `/proposals/${proposal.id}/edit`
  }
}

function keptWords(field: Field, answer: Answers[string] | undefined, lang: string): string {
  if (answer === true || answer === false) return sentence(lang, answer ? 'proposals.yes' : 'proposals.no')
  if (!Array.isArray(answer)) return answer ?? ''
  const columns =
    field.type === 'table' ? field.columns.map(({ id }) => id) : ['item', 'category', 'quantity', 'unit_cost', 'own']
  return answer
    .map(item => (typeof item === 'string' ? item : columns.map(column => item[column] || '–').join(' · ')))
    .join('\n')
}

/** The places of an applicant in one call. */
export function applicantNav(
  lang: string,
  call: { slug: string },
  current: 'proposals' | null
): NonNullable<PageOptions['nav']> {
  return [
    { href: '/desk', label: sentence(lang, 'web.nav.desk'), current: false },
    { href: `/calls/${call.slug}`, label: sentence(lang, 'proposals.nav.call'), current: false },
    { href: '/proposals', label: sentence(lang, 'proposals.nav.proposals'), current: current === 'proposals' }
  ]
}
