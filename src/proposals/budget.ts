import type { BudgetRule, FieldOf } from '../calls/form.ts'
import type { Row } from './answers.ts'
import { centsOf, decimalOf, productInCents } from './numbers.ts'

/** A line in hundredths of the currency; `null` where what was typed is no number yet. */
export type BudgetLine = { total: bigint | null; own: bigint | null; requested: bigint | null; category: string }
export type BudgetSums = { total: bigint; own: bigint; requested: bigint; byCategory: Record<string, bigint> }

/** A line nobody has begun. */
export const isEmptyRow = (row: Row) =>
  Object.entries(row).every(([column, text]) => column === 'category' || text.trim() === '')

/** Quantity × price = total; total − own share = asked for. A share left empty is zero: nobody typed a claim. */
export function budgetLine(row: Row): BudgetLine {
  const quantity = decimalOf(row.quantity ?? '')
  const price = centsOf(row.unit_cost ?? '')
  const own = (row.own ?? '').trim() === '' ? 0n : centsOf(row.own ?? '')
  const total = quantity && price !== null ? productInCents(quantity, price) : null
  return { total, own, requested: total !== null && own !== null ? total - own : null, category: row.category ?? '' }
}

/** The sums of all lines that can be computed. `byCategory` sums what is asked for. */
export function budgetSums(rows: readonly Row[]): BudgetSums {
  const sums: BudgetSums = { total: 0n, own: 0n, requested: 0n, byCategory: {} }
  for (const { total, own, requested, category } of rows.filter(row => !isEmptyRow(row)).map(budgetLine)) {
    sums.total += total ?? 0n
    sums.own += own ?? 0n
    sums.requested += requested ?? 0n
    sums.byCategory[category] = (sums.byCategory[category] ?? 0n) + (requested ?? 0n)
  }
  return sums
}

/** How one rule stands: what is, and what it must be at most or at least (hundredths; a share compares exactly). */
export type RuleCheck = {
  id: string
  kind: string
  category?: string
  percent?: number
  holds: boolean
  is: bigint
  bound: bigint
}

/**
 * The four named kinds, compared by cross-multiplied whole numbers. `bound` of a share is rounded so that it is
 * enough: up for a least share, down for a largest one.
 */
export function checkRules(field: FieldOf<'budget'>, sums: BudgetSums): RuleCheck[] {
  return field.rules.map(rule => checkRule(rule, sums))
}

function checkRule(rule: BudgetRule, sums: BudgetSums): RuleCheck {
  switch (rule.kind) {
    case 'largest_request': {
      const bound = hundredths(rule.amount)
      return { id: rule.id, kind: rule.kind, holds: sums.requested <= bound, is: sums.requested, bound }
    }
    case 'smallest_request': {
      const bound = hundredths(rule.amount)
      return { id: rule.id, kind: rule.kind, holds: sums.requested >= bound, is: sums.requested, bound }
    }
    case 'own_share': {
      const share = shareOf(rule.percent)
      const bound = (sums.total * share.part + share.of - 1n) / share.of
      return {
        id: rule.id,
        kind: rule.kind,
        percent: rule.percent,
        holds: sums.own * share.of >= sums.total * share.part,
        is: sums.own,
        bound
      }
    }
    case 'category_share': {
      const share = shareOf(rule.percent)
      const is = sums.byCategory[rule.category] ?? 0n
      const bound = (sums.requested * share.part) / share.of
      return {
        id: rule.id,
        kind: rule.kind,
        category: rule.category,
        percent: rule.percent,
        holds: is * share.of <= sums.requested * share.part,
        is,
        bound
      }
    }
  }
}

const hundredths = (amount: number) => BigInt(Math.round(amount * 100))

/** A percentage as an exact fraction, to a hundredth of a percent. */
const shareOf = (percent: number) => ({ part: BigInt(Math.round(percent * 100)), of: 10_000n })

/** Hundredths as a plain number for formatting: amounts here stay far below 2^53. */
export const inCurrency = (cents: bigint) => Number(cents) / 100
