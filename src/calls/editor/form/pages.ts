import type { FastifyRequest } from 'fastify'
import { inLanguage } from '../../../i18n/languages.ts'
import { Refused } from '../../../refusal.ts'
import { personOf } from '../../../web/context.ts'
import { type Field, type Form, fieldsOf } from '../../form.ts'
import { callsOrganisedBy, type StandingCall } from '../../queries.ts'
import { type Control, fold, group, row } from '../controls.ts'
import { ACCEPT, flatOfField, flatOfSection, TYPES } from '../formparts.ts'
import { type Context, type EditorPage, inEveryLanguage, withSuffix } from '../pages.ts'

/** The form at a glance: sections and fields, each to be opened, moved or removed. */
export const formEditor: EditorPage = {
  section: 'form',
  path: () => 'form',
  template: 'calls/form',
  saved: () => ({}),
  controls: () => [],
  more: async ({ t, lang, rules, call, request }) => ({
    parts: rules.form.sections.map((section, at) => ({
      id: section.id,
      title: inLanguage(section.title, lang) || section.id,
      href: `/organise/${call.slug}/edit/form/sections/${section.id}`,
      first: at === 0,
      last: at === rules.form.sections.length - 1,
      only: rules.form.sections.length === 1,
      fields: section.fields.map((field, index) => ({
        id: field.id,
        label: inLanguage(field.label, lang) || field.id,
        href: `/organise/${call.slug}/edit/form/fields/${field.id}`,
        note: noteOf(field, t),
        first: at === 0 && index === 0,
        last: at === rules.form.sections.length - 1 && index === section.fields.length - 1
      })),
      addLabel: t('form.add_to', { section: inLanguage(section.title, lang) || section.id })
    })),
    types: TYPES.map(type => ({ value: type, text: t(`type.${type}`), selected: type === 'longtext' })),
    exportHref: `/organise/${call.slug}/form.json`,
    importPath: `/organise/${call.slug}/edit/form/import`,
    others: (await callsOrganisedBy(request.server.db, personOf(request).id))
      .filter(({ id }) => id !== call.id)
      .map(({ slug, texts }) => ({ value: slug, text: inLanguage(texts.title, lang) || slug, selected: false }))
  })
}

/** What kind of field it is, and what it asks for, in one line. */
export function noteOf(field: Field, t: Context['t']): string {
  const parts = [t(`type.${field.type}`)]
  if ('limit' in field && field.limit) parts.push(t(`form.limit_${field.limit.unit}`, { count: field.limit.max }))
  if (field.type === 'file') parts.push(t('form.limit_files', { count: field.maxFiles, size: field.maxMb }))
  if (field.type === 'choice') parts.push(t('form.options', { count: field.options.length }))
  parts.push(field.required ? t('form.required') : t('form.optional'))
  return parts.join(', ')
}

export function sectionIn(call: StandingCall, request: FastifyRequest): Form['sections'][number] {
  const { section } = request.params as { section: string }
  const found = call.rules.form.sections.find(({ id }) => id === section)
  if (!found) throw new Refused({ code: 'not_found' })
  return found
}

export function fieldInCall(call: StandingCall, request: FastifyRequest): Field {
  const { field } = request.params as { field: string }
  const found = fieldsOf(call.rules.form).find(({ id }) => id === field)
  if (!found) throw new Refused({ code: 'not_found' })
  return found
}

export const sectionEditor: EditorPage = {
  section: 'form',
  path: request => `form/sections/${(request.params as { section: string }).section}`,
  heading: ({ call, request, lang, t }) => {
    const { title, id } = sectionIn(call, request)
    return t('form.section_heading', { title: inLanguage(title, lang) || id })
  },
  lede: ({ t }) => t('form.section_lede'),
  saved: (call, request) => flatOfSection(sectionIn(call, request)),
  controls: context => {
    const { t, fields } = context
    return inEveryLanguage(context, (code, suffix) => [
      fields.line(`title.${code}`, withSuffix(t('form.title'), suffix), { textLang: code }),
      fields.area(`help.${code}`, withSuffix(t('form.help'), suffix), { textLang: code, rows: 2, optional: true })
    ])
  }
}

export const fieldEditor: EditorPage = {
  section: 'form',
  path: request => `form/fields/${(request.params as { field: string }).field}`,
  heading: ({ call, request, lang, t }) => {
    const { label, id } = fieldInCall(call, request)
    return t('form.field_heading', { label: inLanguage(label, lang) || id })
  },
  lede: ({ t, call, request }) => t(`type_lede.${fieldInCall(call, request).type}`),
  saved: (call, request) => flatOfField(fieldInCall(call, request)),
  controls: context => {
    const { t, lang, fields, rules, call, request } = context
    const field = fieldInCall(call, request)
    const criteria = rules.rubric.criteria.map(({ id, name }) => ({ value: id, text: inLanguage(name, lang) || id }))
    const others = fieldsOf(rules.form)
      .filter(({ id, type }) => id !== field.id && (type === 'choice' || type === 'language'))
      .map(({ id, label }) => ({ value: id, text: inLanguage(label, lang) || id }))
    return [
      ...inEveryLanguage(context, (code, suffix) => [
        fields.line(`label.${code}`, withSuffix(t('form.label'), suffix), { textLang: code }),
        fields.area(`help.${code}`, withSuffix(t('form.help'), suffix), { textLang: code, rows: 2, optional: true })
      ]),
      fields.box('required', t('form.required_box')),
      ...ofType(context, field),
      fields.select('criterion', t('form.criterion'), criteria, {
        choose: t('form.no_criterion'),
        hint: t('form.criterion_hint')
      }),
      fold(t('form.more'), [
        fields.line('id', t('form.id'), { hint: t('form.id_hint'), short: true }),
        fields.select('requiredIf.field', t('form.required_if'), others, { choose: t('form.never') }),
        fields.line('requiredIf.not', t('form.required_if_not'), { optional: true, short: true }),
        fields.box('publicIfAwarded', t('form.public_if_awarded'))
      ])
    ]
  }
}

function ofType({ t, lang, fields }: Context, field: Field): Control[] {
  const whole = { short: true, inputmode: 'numeric' }
  const figure = { short: true, inputmode: 'decimal', optional: true }
  switch (field.type) {
    case 'text':
    case 'longtext':
      return [
        row(t('form.limit'), [
          fields.line('limit.max', t('form.at_most'), { ...whole, optional: true }),
          fields.select('limit.unit', t('form.counted_in'), [
            { value: 'words', text: t('form.words') },
            { value: 'chars', text: t('form.chars') }
          ])
        ])
      ]
    case 'number':
    case 'money':
      return [
        row(t('form.range'), [
          fields.line('min', t('form.at_least'), figure),
          fields.line('max', t('form.at_most'), figure)
        ])
      ]
    case 'yesno':
      return [
        fields.radios('mustBe', t('form.must_be'), [
          { value: '', text: t('form.either') },
          { value: 'yes', text: t('form.must_be_yes') },
          { value: 'no', text: t('form.must_be_no') }
        ])
      ]
    case 'tags':
      return [
        row(t('form.how_many'), [
          fields.line('least', t('form.at_least'), whole),
          fields.line('most', t('form.at_most'), whole)
        ])
      ]
    case 'choice':
      return [fields.area('options', t('form.options_label'), { rows: 8, hint: t('form.options_hint') })]
    case 'table':
      return [
        row(t('form.rows'), [
          fields.line('least', t('form.at_least'), whole),
          fields.line('most', t('form.at_most'), whole)
        ]),
        fields.area('columns', t('form.columns'), { rows: 5, hint: t('form.columns_hint') })
      ]
    case 'budget':
      return [
        row(t('form.rows'), [
          fields.line('least', t('form.at_least'), whole),
          fields.line('most', t('form.at_most'), whole)
        ]),
        fields.area('categories', t('form.categories'), { rows: 7, hint: t('form.options_hint') }),
        group(
          t('form.budget_rules'),
          [
            fields.line('rule.largest_request', t('form.largest_request'), figure),
            fields.line('rule.smallest_request', t('form.smallest_request'), figure),
            fields.line('rule.own_share', t('form.own_share'), figure),
            row(t('form.category_share'), [
              fields.line('rule.category', t('form.category'), { short: true, optional: true }),
              fields.line('rule.category_share', t('form.percent'), figure)
            ])
          ],
          t('form.budget_rules_hint')
        ),
        fields.area('notAllowed', t('form.not_allowed'), { rows: 4, optional: true, hint: t('form.one_a_line') })
      ]
    case 'file':
      return [
        fields.line('maxFiles', t('form.max_files'), whole),
        fields.line('maxMb', t('form.max_mb'), { short: true, inputmode: 'decimal' }),
        fields.boxes(
          'accept',
          t('form.accept'),
          [...new Set([...ACCEPT, ...field.accept])].map(value => ({ value, text: value.toLocaleUpperCase(lang) }))
        )
      ]
    default:
      return []
  }
}
