import type { FastifyRequest } from 'fastify'
import { inLanguage } from '../../../i18n/languages.ts'
import { Refused } from '../../../refusal.ts'
import { fieldsOf } from '../../form.ts'
import { rungWords } from '../../pages.ts'
import type { StandingCall } from '../../queries.ts'
import type { Criterion } from '../../rules.ts'
import { fold, group, row } from '../controls.ts'
import { flatOfCriterion, flatOfRubric, levelKeys, levelName } from '../judging.ts'
import { type EditorPage, inEveryLanguage, withSuffix } from '../pages.ts'
import { one } from '../pieces.ts'
import { flatOfAwards, GROUPS, METHODS, RUNGS, rungsFor, SEAT_ROWS } from '../prizes.ts'

export const rubricEditor: EditorPage = {
  section: 'rubric',
  path: () => 'rubric',
  template: 'calls/rubric',
  saved: ({ rules }) => flatOfRubric(rules),
  controls: ({ t, lang, fields, rules }) => {
    const small = { short: true, inputmode: 'decimal' }
    return [
      row(
        t('rubric.scale'),
        [
          fields.line('min', t('rubric.min'), small),
          fields.line('max', t('rubric.max'), small),
          fields.line('step', t('rubric.step'), small)
        ],
        t('rubric.scale_hint')
      ),
      fields.radios('direction', t('rubric.direction'), [
        { value: 'higher', text: t('rubric.higher') },
        { value: 'lower', text: t('rubric.lower') }
      ]),
      ...rules.rubric.criteria.map(({ id, name }) =>
        row(inLanguage(name, lang) || id, [
          fields.line(`weight.${id}`, t('rubric.weight'), { short: true, inputmode: 'numeric' }),
          fields.line(`threshold.${id}`, t('rubric.threshold'), { ...small, optional: true })
        ])
      ),
      fields.line('totalThreshold', t('rubric.total_threshold'), {
        ...small,
        optional: true,
        hint: t('rubric.total_threshold_hint')
      })
    ]
  },
  more: ({ t, lang, rules, call, values }) => {
    const weights = rules.rubric.criteria.map(({ id }) => Number(one(values, `weight.${id}`)) || 0)
    const sum = weights.reduce((a, b) => a + b, 0)
    return {
      sumWords: t('rubric.sum', { sum }),
      sumState: sum === 100 ? 'done' : 'warn',
      criteria: rules.rubric.criteria.map(({ id, name, levels }, index) => ({
        id,
        name: inLanguage(name, lang) || id,
        href: `/organise/${call.slug}/edit/rubric/${id}`,
        note: t('rubric.sentences', { count: Object.keys(levels).length }),
        first: index === 0,
        last: index === rules.rubric.criteria.length - 1,
        only: rules.rubric.criteria.length === 1
      }))
    }
  }
}

export function criterionIn(call: StandingCall, request: FastifyRequest): Criterion {
  const { criterion } = request.params as { criterion: string }
  const found = call.rules.rubric.criteria.find(({ id }) => id === criterion)
  if (!found) throw new Refused({ code: 'not_found' })
  return found
}

export const criterionEditor: EditorPage = {
  section: 'rubric',
  path: request => `rubric/${(request.params as { criterion: string }).criterion}`,
  heading: ({ call, request, lang, t }) => {
    const { name, id } = criterionIn(call, request)
    return t('rubric.criterion_heading', { name: inLanguage(name, lang) || id })
  },
  lede: ({ t }) => t('rubric.criterion_lede'),
  saved: (call, request) => flatOfCriterion(criterionIn(call, request)),
  controls: context => {
    const { t, fields, rules, call, request, lang } = context
    const criterion = criterionIn(call, request)
    const levels = levelKeys(criterion, rules)
    const answers = fieldsOf(rules.form).map(({ id, label }) => ({ value: id, text: inLanguage(label, lang) || id }))
    return [
      ...inEveryLanguage(context, (code, suffix) => [
        fields.line(`name.${code}`, withSuffix(t('rubric.name'), suffix), { textLang: code }),
        fields.area(`question.${code}`, withSuffix(t('rubric.question'), suffix), { textLang: code, rows: 2 }),
        ...levels.map(key =>
          fields.area(`${levelName(key)}.${code}`, t('rubric.level', { points: key.replace('-', '–') }), {
            textLang: code,
            rows: 2
          })
        )
      ]),
      fold(t('rubric.look_in'), [fields.boxes('lookIn', t('rubric.look_in_label'), answers)])
    ]
  }
}

export const awardsEditor: EditorPage = {
  section: 'awards',
  path: () => 'awards',
  saved: ({ rules }) => flatOfAwards(rules),
  controls: context => {
    const { t, lang, fields, rules, values, programme } = context
    const whole = { short: true, inputmode: 'numeric' }
    const money = { short: true, inputmode: 'decimal', optional: true }
    const groups = GROUPS.map(field => ({ value: field, text: t(`group.${field}`) }))
    const filled = Array.from({ length: SEAT_ROWS }, (_, index) => index).filter(
      index => one(values, `seat.${index}.value`) !== ''
    ).length
    const rows = Math.min(SEAT_ROWS, Math.max(filled + 2, programme.countries.length))
    const rungs = rungsFor(rules)
    const typed = Array.from({ length: RUNGS }, (_, index) => one(values, `rung.${index}`)).filter(Boolean)
    const choices = [...new Set([...rungs, ...typed])].map(step => ({
      value: step,
      text: rungWords(lang, step, rules)
    }))
    return [
      fields.line('count', t('awards.count'), whole),
      fields.line('reserve', t('awards.reserve'), { ...whole, hint: t('awards.reserve_hint') }),
      group(t('awards.money'), [
        fields.line('currency', t('awards.currency'), { short: true, hint: t('awards.currency_hint'), maxlength: 3 }),
        fields.line('amount.min', t('awards.amount_min'), money),
        fields.line('amount.max', t('awards.amount_max'), { ...money, hint: t('awards.amount_hint') }),
        fields.line('fund', t('awards.fund'), { ...money, hint: t('awards.fund_hint') })
      ]),
      group(
        t('awards.limits'),
        GROUPS.map(field =>
          row(t(`group.${field}`), [
            fields.line(`limit.${field}.min`, t('awards.at_least'), { ...whole, optional: true }),
            fields.line(`limit.${field}.max`, t('awards.at_most'), { ...whole, optional: true })
          ])
        ),
        t('awards.limits_hint')
      ),
      fold(
        t('awards.seats'),
        [
          fields.select('seats.field', t('awards.seats_field'), groups, {
            choose: t('awards.no_seats'),
            hint: t('awards.seats_hint')
          }),
          ...Array.from({ length: rows }, (_, index) =>
            row(t('awards.seat', { number: index + 1 }), [
              fields.line(`seat.${index}.value`, t('awards.seat_value'), { short: true }),
              fields.line(`seat.${index}.places`, t('awards.seat_places'), whole)
            ])
          ),
          fields.line('seats.reserve', t('awards.seats_reserve'), { ...whole, optional: true })
        ],
        rules.awards.seats ? t('awards.seats_used') : ''
      ),
      group(t('awards.method'), [
        fields.radios(
          'method',
          t('awards.method_label'),
          METHODS.map(method => ({ value: method, text: t(`method.${method}`) }))
        ),
        fields.line('rounding', t('awards.rounding'), { ...whole, optional: true, hint: t('awards.rounding_hint') })
      ]),
      group(
        t('awards.ladder'),
        Array.from({ length: RUNGS }, (_, index) =>
          fields.select(`rung.${index}`, t('awards.rung', { number: index + 1 }), choices, {
            choose: t('awards.no_rung')
          })
        ),
        t('awards.ladder_hint')
      ),
      group(
        t('awards.draw'),
        [
          fields.line('draw.on', t('awards.draw_on'), { type: 'date', short: true, optional: true }),
          ...inEveryLanguage(context, (code, suffix) => [
            fields.line(`draw.source.${code}`, withSuffix(t('awards.draw_source'), suffix), {
              textLang: code,
              optional: true
            })
          ])
        ],
        t('awards.draw_hint')
      )
    ]
  }
}
