import t from 'tap'
import { opening } from './journey/opening.ts'
import { aRoad } from './journey/road.ts'
import { aBrowser, whyNoBrowser } from './support/browser.ts'
import { aSite } from './support/site.ts'

t.test(
  'from an empty site to five published winners',
  { skip: whyNoBrowser(), timeout: 460_000, bail: true },
  async t => {
    const road = aRoad(await aSite(t), await aBrowser(t))
    for (const part of [opening]) await part(t, road)

    await t.test('on no page was anything broken, and every page suits everybody', async t => {
      t.strictSame(
        [...road.visitors.values()].flatMap(({ troubles }) => troubles),
        []
      )
    })
  }
)
