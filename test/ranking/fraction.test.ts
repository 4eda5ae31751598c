import fc from 'fast-check'
import t from 'tap'
import {
  compare,
  decimal,
  exact,
  fraction,
  mean,
  roundHalfUp,
  sum,
  toFixed,
  toNumber
} from '../../src/ranking/fraction.ts'

t.test('ten thirds and twenty sixths are level', async t => {
  t.equal(compare(fraction(10, 3), fraction(20, 6)), 0)
  t.equal(compare(fraction(1, 3), exact(0.3333333333333333)), 1)
  t.equal(compare(sum([exact(0.1), exact(0.2)]), exact(0.3)), 0)
})

t.test('a numeral is read as it is written', async t => {
  t.strictSame(decimal('4.50'), { n: 450n, d: 100n })
  t.strictSame(decimal('-.5'), { n: -5n, d: 10n })
  t.strictSame(decimal(1e-7), { n: 1n, d: 10n ** 7n })
  t.strictSame(decimal(1e21), { n: 10n ** 21n, d: 1n })
  for (const no of ['', ' ', '.', '4,5', '1 000', '4.5.1', 'NaN', 'Infinity', '0x10', '١'])
    t.equal(decimal(no), null, no)
})

t.test('rounding goes half up, below zero too', async t => {
  t.equal(toFixed(exact(4.625), 2), '4.63')
  t.equal(toFixed(exact(59.875), 2), '59.88')
  t.equal(toFixed(exact(-0.125), 2), '-0.12')
  t.equal(toFixed(exact(-0.126), 2), '-0.13')
  t.equal(toFixed(fraction(-1, 1000), 2), '0.00')
  t.equal(toFixed(fraction(2, 3), 0), '1')
  t.equal(toFixed(fraction(1, 200), 2), '0.01')
  t.strictSame(roundHalfUp(exact(1.005), 2), { n: 101n, d: 100n }, 'which doubles would round down')
})

t.test('the mean of nothing is nothing', async t => {
  t.equal(mean([]), null)
  t.strictSame(mean([exact(1), exact(2)]), { n: 3n, d: 2n })
})

t.test('the nearest double is found, however long the fraction', async t => {
  const doubles = fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .filter(x => Math.abs(x) > 1e-15)
  fc.assert(
    fc.property(doubles, fc.bigInt({ min: 1n, max: 10n ** 40n }), (number, factor) => {
      const { n, d } = exact(number)
      return toNumber({ n: n * factor, d: d * factor }) === number
    })
  )
  t.equal(toNumber(fraction(1, 3)), 1 / 3)
})
