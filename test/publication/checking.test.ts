import { and, eq, isNull } from 'drizzle-orm'
import t from 'tap'
import { addPerson, giveRole } from '../../src/accounts/commands.ts'
import { roles } from '../../src/accounts/tables.ts'
import { releaseClock } from '../../src/db/time.ts'
import { proposals } from '../../src/proposals/tables.ts'
import { bundleJsonSchema } from '../../src/publication/schema.ts'
import { publications } from '../../src/publication/tables.ts'
import { verified } from '../../src/publication/verifying.ts'
import { aSite } from '../support/site.ts'
import { itsBundles, theCall, thePublishedExample } from './support.ts'

const RESULTS = '/calls/awards-2026/results'
const AUDITORS = '/organise/awards-2026/publication/bundle.json'

t.test('the files that a result is checked with', async t => {
  const database = await thePublishedExample(t)
  const site = await aSite(t, { database })
  const { db } = site
  const { open, closed } = await itsBundles(db)
  const call = await theCall(db)
  const [organiser] = await db
    .select()
    .from(roles)
    .where(and(eq(roles.programmeId, call.programmeId), eq(roles.role, 'organiser'), isNull(roles.endedAt)))
  const organisers = await site.as(organiser?.personId ?? '')

  await t.test('everybody downloads the bundle that two people published, from the results page', async t => {
    const page = await site.visitor().open(RESULTS)
    t.match(page.text, `href="${RESULTS}/bundle.json"`)
    t.match(page.text, `href="${RESULTS}/verification"`)
    const answer = await site.visitor().get(`${RESULTS}/bundle.json`)
    t.match(answer.headers.get('content-disposition'), 'attachment; filename="awards-2026-bundle.json"')
    t.strictSame(JSON.parse(answer.text), open)
    t.notMatch(answer.text, /"J\d\d"/, 'no pseudonym')
    const json = JSON.parse((await site.visitor().get(`${RESULTS}.json`)).text)
    const printed = { seal: json.seal, inputs: json.inputHash, head: json.historyHead }
    t.equal(verified(JSON.parse(answer.text), printed).answer, 'verified', 'with the values of the page')
  })

  await t.test('its digest stands in the history of the publication', async t => {
    const [entry] = await database.asOwner(
      sql => sql<{ facts: { bundle: string; inputHash: string } }[]>`
        select facts from history_entries where what = 'results.published'`
    )
    t.strictSame([entry?.facts.bundle, entry?.facts.inputHash], [open.digest, open.inputHash])
  })

  await t.test('its schema has an address', async t => {
    const answer = await site.visitor().get('/schemas/laurel-bundle-1.json')
    t.match(answer.headers.get('content-type'), 'application/schema+json')
    t.strictSame(JSON.parse(answer.text), JSON.parse(JSON.stringify(bundleJsonSchema())))
  })

  await t.test('the auditor’s bundle is for organisers and auditors who have no part in the call', async t => {
    t.match((await organisers.open('/organise/awards-2026/publication')).text, `href="${AUDITORS}"`)
    const answer = await organisers.get(AUDITORS)
    t.equal(answer.status, 200)
    t.strictSame(JSON.parse(answer.text), closed)
    const role = async (personId: string, kind: 'auditor' | 'organiser') =>
      giveRole(db, {
        personId,
        programmeId: call.programmeId,
        role: kind,
        confirmed: true,
        by: organiser?.personId ?? ''
      })
    const auditor = await addPerson(db, { email: 'auditor@example.org', name: 'Auditor', confirmed: true })
    await role(auditor, 'auditor')
    t.equal((await (await site.as(auditor)).get(AUDITORS)).status, 200)
    t.equal((await site.visitor().get(AUDITORS)).status, 303, 'a visitor is asked to sign in')
    const [applied] = await db.select().from(proposals).where(eq(proposals.callId, call.id)).limit(1)
    await role(applied?.applicantId ?? '', 'organiser')
    const interested = await site.as(applied?.applicantId ?? '')
    t.equal((await interested.get(AUDITORS)).status, 404, 'an organiser who applied never reads it')
    const page = await interested.open('/organise/awards-2026/publication')
    t.notMatch(page.text, AUDITORS)
  })

  await t.test('the sources that the page runs are served without types, and nothing else is', async t => {
    const page = await site.visitor().open(`${RESULTS}/verification`)
    t.equal(page.text.match(/<script type="importmap" nonce=/g)?.length, 1)
    const map = JSON.parse(/<script type="importmap"[^>]*>(.*?)<\/script>/s.exec(page.text)?.[1] ?? '{}')
    const own = map.imports['laurel/']
    const module = await site.visitor().get(`${own}publication/verifying.ts`)
    t.match(module.headers.get('content-type'), 'text/javascript')
    t.match(module.headers.get('cache-control'), 'immutable')
    t.notMatch(module.text, /^import type|: Bundle\b/m)
    for (const name of ['publication/commands.ts', 'settings.ts', '../package.json', 'publication/../settings.ts'])
      t.equal((await site.visitor().get(`${own}${name}`)).status, 404, name)
  })

  await t.test('before its minute nothing of it is there', async t => {
    await db.update(publications).set({ visibleAt: new Date('2031-01-01T00:00:00Z') })
    await releaseClock(db, new Date('2026-11-28T10:00:00+02:00'))
    for (const path of [`${RESULTS}/bundle.json`, `${RESULTS}/verification`])
      t.equal((await site.visitor().get(path)).status, 404, path)
    t.equal((await organisers.get(AUDITORS)).status, 200, 'organisers have it when it is set')
  })
})
