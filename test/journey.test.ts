import t from 'tap'
import { applying } from './journey/applying.ts'
import { deciding } from './journey/deciding.ts'
import { judging } from './journey/judging.ts'
import { opening } from './journey/opening.ts'
import { aRoad } from './journey/road.ts'
import { aBrowser, whyNoBrowser } from './support/browser.ts'
import { aSite } from './support/site.ts'

// Each step begins where the one before it ended, so the first that fails ends the journey.
t.test('from an empty site to five published winners', { skip: whyNoBrowser(), bail: true }, async t => {
  const road = aRoad(await aSite(t), await aBrowser(t))
  for (const part of [opening, applying, judging, deciding]) await part(t, road)

  await t.test('on the whole road nothing was broken, and every page suits everybody', async t => {
    const troubles = [...road.visitors.values()].flatMap(visitor => visitor.troubles)
    t.strictSame(troubles, [])
  })
})
