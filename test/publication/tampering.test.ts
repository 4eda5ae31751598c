import t from 'tap'
import { type Bundle, bundleDigest } from '../../src/publication/bundle.ts'
import { outcomeIn, rankedAnew } from '../../src/publication/revealing.ts'
import { type Given, verified } from '../../src/publication/verifying.ts'
import { inputHash, type RankInput } from '../../src/ranking/input.ts'
import { itsBundles, thePublishedExample } from './support.ts'
import { leavesOf, type Place, partOf, tamperedAt, written } from './tampering.ts'

type Caught = { place: Place; by: string; path: string }

t.test('whatever single value of a published bundle is changed, it is named', async t => {
  t.setTimeout(900_000)
  const { db } = await thePublishedExample(t)
  const { open, closed } = await itsBundles(db)
  const given: Required<Given> = { seal: open.seal, inputs: open.inputHash, head: open.historyHead }

  await t.test('the public bundle', async t => {
    t.equal(verified(open, given).answer, 'verified')
    const caught = walk(open, given)
    told(t, caught)
    t.strictSame(missed(caught), [])
    t.strictSame(
      only(caught, 'given history'),
      ['historyHead'],
      'the head is compared with the one on the results page'
    )
    t.strictSame(only(caught, 'digest'), ['call', 'software'], 'names, from which nothing follows')
  })

  await t.test('the auditor’s bundle', async t => {
    t.equal(verified(closed, given).answer, 'verified')
    const caught = walk(closed, given, someOfEachKind(leavesOf(closed)))
    told(t, caught)
    t.strictSame(missed(caught), [])
    t.strictSame(only(caught, 'digest'), [])
  })

  await t.test('who makes every hash in the bundle fit is found out by the values printed elsewhere', async t => {
    const better = structuredClone(open)
    const review = better.input.reviews.find(({ proposal }) => proposal === 'P20')
    if (review) review.scores.need = 5
    t.equal(verified(better).difference?.step, 'inputs')
    better.inputHash = inputHash(better.input as RankInput)
    better.digest = bundleDigest(better)
    t.equal(verified(better).difference?.step, 'totals')
    Object.assign(better, outcomeIn(rankedAnew(better.input as RankInput, better), better.draw))
    better.digest = bundleDigest(better)
    t.equal(verified(better).answer, 'consistent')
    t.match(verified(better, { inputs: open.inputHash }), {
      answer: 'differs',
      difference: { step: 'inputs', path: 'inputHash', against: 'given', found: open.inputHash }
    })
  })
})

/**
 * Each leaf is changed once. What only the bundle's own digest notices is changed again with a digest that fits, and then
 * compared with the values given.
 */
function walk(bundle: Bundle, given: Given, places = leavesOf(bundle)): Caught[] {
  return places.map((place): Caught => {
    const tampered = tamperedAt(bundle, place)
    const { difference } = verified(tampered)
    if (difference && (difference.step !== 'digest' || place[0] === 'digest'))
      return { place, by: difference.step, path: difference.path }
    const fitting = { ...tampered, digest: bundleDigest(tampered) }
    const compared = verified(fitting, given).difference
    if (compared) return { place, by: `given ${compared.step}`, path: compared.path }
    return { place, by: difference?.step ?? '', path: difference?.path ?? '' }
  })
}

const SOME = 20

/** The auditor's bundle has thousands of values of a few hundred kinds: of the many alike, some from its whole length. */
function someOfEachKind(places: readonly Place[]): Place[] {
  const kinds = Map.groupBy(places, place => place.map(part => (typeof part === 'number' ? '*' : part)).join('.'))
  return [...kinds.values()].flatMap(alike => alike.filter((_, at) => at % Math.ceil(alike.length / SOME) === 0))
}

const missed = (caught: readonly Caught[]) =>
  caught.filter(({ by, path }) => by === '' || path === '').map(({ place }) => written(place))

const only = (caught: readonly Caught[], step: string) =>
  caught.filter(({ by, place }) => by === step && place[0] !== 'digest').map(({ place }) => written(place))

/** How many leaves of each part were caught at which step. */
function told(t: { comment(text: string): void }, caught: readonly Caught[]): void {
  const counts = new Map<string, Map<string, number>>()
  for (const { place, by } of caught) {
    const steps = counts.get(partOf(place)) ?? new Map<string, number>()
    counts.set(partOf(place), steps.set(by, (steps.get(by) ?? 0) + 1))
  }
  for (const [part, steps] of counts) {
    const by = [...steps].map(([step, count]) => `${step} ${count}`).join(', ')
    t.comment(`${part.padEnd(20)} ${by}`)
  }
  t.comment(`${caught.length} values, ${missed(caught).length} unnoticed`)
}
