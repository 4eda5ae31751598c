import t from 'tap'
import { examined } from '../../src/cli/doctor.ts'
import { freshDatabase } from '../support/database.ts'
import { aStore, momentNamed, theExample } from '../support/example.ts'

t.test('what was signed and published is what the scores give, and the doctor names what somebody changed', async t => {
  const made = await freshDatabase(t)
  const store = await aStore(t)
  const { playTo, cast } = theExample(made.db, store)
  await playTo(momentNamed('announced'))
  const { callId } = cast
  const findings = () => examined({ db: made.db, owner: made.owner, site: made.site, store })
  const wrong = async () => (await findings()).filter(({ is }) => is === 'wrong').map(({ says }) => says)

  const sound = (await findings()).map(({ is, says }) => `${is} ${says}`).join('\n')
  t.notMatch(sound, /^wrong/m)
  for (const sentence of [
    'well 1 ranking gives the same result when computed again.',
    'well Every proposal got what two people signed, and the reviews still say so.',
    'well Every results page shows what was signed.'
  ])
    t.match(sound, sentence)

  /** Somebody with the owner's password changes something; the doctor looks; then it is as it was. */
  const tampered = async (change: string, back: string): Promise<string[]> => {
    await made.asOwner(owner => owner.unsafe(change, [callId]))
    const said = await wrong()
    await made.asOwner(owner => owner.unsafe(back, [callId]))
    return said
  }
  const swap = (table: string, column: string, from: string, to: string) => {
    const set = (one: string, other: string) =>
      `update ${table} set ${column} = replace(replace(replace(${column}::text, '${one}', '¤'), '${other}', '${one}'), '¤', '${other}')::jsonb where call_id = $1`
    return [set(from, to), set(from, to)] as const
  }

  await t.test('a ranking whose places were exchanged', async t => {
    t.same(await tampered(...swap('rankings', 'result', '"P30"', '"P32"')), [
      'Ranking 1 of the call awards-2026 is not what its own scores give when they are computed again.'
    ])
  })

  await t.test('scores kept with it that are others', async t => {
    const said = await tampered(...swap('rankings', 'input', '"P30"', '"P32"'))
    t.match(said, [
      'Ranking 1 of the call awards-2026 was not made from the scores that are kept with it: their hash is another.',
      'Ranking 1 of the call awards-2026 is not what its own scores give when they are computed again.'
    ])
  })

  await t.test('a review that says something else than when it was ranked', async t => {
    const [one] = await made.asOwner(
      owner => owner`select s.review_id, s.criterion from scores s join reviews r on r.id = s.review_id
        where r.call_id = ${callId} and s.units between 2 and 8 limit 1`
    )
    const change = (by: string) =>
      `update scores set units = units ${by} where $1::text is not null and review_id = '${one?.review_id}' and criterion = '${one?.criterion}'`
    t.same(await tampered(change('- 1'), change('+ 1')), [
      'The reviews of the call awards-2026 no longer say what its signed ranking was made from.'
    ])
  })

  await t.test('an award that nobody signed', async t => {
    const outcome = (outcome: string) =>
      `update awards set outcome = '${outcome}' where call_id = $1 and proposal_id = (select id from proposals where call_id = $1 and number = 'P16')`
    t.match(await tampered(outcome('awarded'), outcome('below_threshold')), [
      'Proposal P16 in awards-2026 has another outcome than two people signed.',
      'The results page of the call awards-2026 and what was signed differ in P16.',
      /has 6 awards and may give 5/
    ])
  })

  await t.test('another name on the results page', async t => {
    t.same(await tampered(...swap('publications', 'content', '"P30"', '"P16"')), [
      'The results page of the call awards-2026 is not what two people agreed to publish.',
      'The results page of the call awards-2026 and what was signed differ in P16.',
      'The results page of the call awards-2026 and what was signed differ in P30.'
    ])
  })

  await t.test('a decision that was exchanged after it was signed', async t => {
    const said = await tampered(
      `update confirmations set payload = jsonb_set(payload, '{inputHash}', '"sha256:0"') where call_id = $1 and action = 'sign_off'`,
      `update confirmations set payload = jsonb_set(payload, '{inputHash}', (select to_jsonb(input_hash) from rankings where call_id = $1)) where call_id = $1 and action = 'sign_off'`
    )
    t.same(said, ['The decision of the call awards-2026 is not the one that two people signed.'])
  })

  t.same(await wrong(), [], 'all is as it was')
})
