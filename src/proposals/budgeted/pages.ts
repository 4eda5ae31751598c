import type { FieldOf } from '../../calls/form.ts'
import { hasSentence, sentence } from '../../i18n/catalogue.ts'
import { money, percent, plainNumber } from '../../i18n/formats.ts'
import { inLanguage } from '../../i18n/languages.ts'
import type { Row } from '../answers.ts'
import {
  type BudgetSums,
  budgetLine,
  budgetSums,
  checkRules,
  inCurrency,
  isEmptyRow,
  type RuleCheck
} from '../budget.ts'

type Budget = FieldOf<'budget'>

/** An amount of a budget table: always two decimals, so that the points stand under each other. */
export const amount = (lang: string, cents: bigint | null) =>
  cents === null ? '' : plainNumber(lang, inCurrency(cents), 2)

export const categoryName = (field: Budget, category: string, lang: string) =>
  inLanguage(field.categoryLabels?.[category], lang) || category

/** What the computed cells, the sums and the rules of a budget say. */
export function budgetFigures(field: Budget, rows: readonly Row[], currency: string, lang: string) {
  const sums = budgetSums(rows)
  return {
    lines: rows.map(row => {
      const { total, requested } = isEmptyRow(row) ? { total: null, requested: null } : budgetLine(row)
      return { total: amount(lang, total), requested: amount(lang, requested) }
    }),
    sums: {
      total: amount(lang, sums.total),
      own: amount(lang, sums.own),
      requested: amount(lang, sums.requested)
    },
    rules: rows.every(isEmptyRow)
      ? []
      : checkRules(field, sums).map(check => ({ ...ruleWords(field, check, sums, currency, lang), id: check.id }))
  }
}

/** A rule and how it stands: "Asked for: at most €4,000", "3,690.00". */
function ruleWords(field: Budget, check: RuleCheck, sums: BudgetSums, currency: string, lang: string) {
  const facts = {
    amount: money(lang, inCurrency(check.bound), currency),
    share: percent(lang, (check.percent ?? 0) / 100, 2),
    category: check.category ? categoryName(field, check.category, lang) : ''
  }
  const whole = check.kind === 'own_share' ? sums.total : sums.requested
  const share = whole === 0n ? 0 : Number((check.is * 10_000n) / whole) / 10_000
  return {
    text: sentence(lang, `proposals.rule.${check.kind}`, facts),
    holds: check.holds,
    is: check.percent === undefined ? amount(lang, check.is) : percent(lang, share, 1)
  }
}

/** How the columns of a table are called: by the form, else by what every budget calls them. */
export function columnName(label: Record<string, string> | undefined, id: string, lang: string): string {
  const key = `proposals.column.${id}`
  return inLanguage(label, lang) || (hasSentence(lang, key) ? sentence(lang, key) : id)
}
