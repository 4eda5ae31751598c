import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { addPerson } from '../../src/accounts/commands.ts'
import { attachments } from '../../src/attachments/tables.ts'
import { examined } from '../../src/cli/doctor.ts'
import { remember } from '../../src/history/commands.ts'
import { diskStore } from '../../src/storage/store.ts'
import { freshDatabase } from '../support/database.ts'

const at = new Date('2026-01-01T00:00:00Z')

async function aHouse(t: Parameters<typeof freshDatabase>[0]) {
  const made = await freshDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'laurel-doctor-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const house = { db: made.db, owner: made.owner, site: made.site, store: await diskStore(folder) }
  const wrong = async () => (await examined(house)).filter(({ is }) => is === 'wrong').map(({ says }) => says)
  return { ...house, made, folder, wrong }
}

t.test('in a sound house all is well', async t => {
  const { db, wrong, made, ...house } = await aHouse(t)
  await db.transaction(tx => remember(tx, { what: 'programme.made', byPerson: null, at, values: { name: 'Ада' } }))
  const findings = await examined({ db, ...house })
  t.strictSame(
    findings.filter(({ is }) => is === 'wrong'),
    []
  )
  t.match(findings.map(({ says }) => says).join('\n'), 'History holds in 1 chain, from the first entry to the last.')
  t.match(await wrong(), [])
  t.ok(made.name)
})

t.test('history that was changed, shortened or given other words is noticed', async t => {
  const { db, made, wrong } = await aHouse(t)
  for (const name of ['Ада', 'Боб', 'Юно'])
    await db.transaction(tx => remember(tx, { what: 'person.added', byPerson: null, at, values: { name } }))

  await made.asOwner(owner => owner`update history_values set value = '"Zed"' where value = '"Боб"'`)
  t.strictSame(await wrong(), [
    'History of installation: the text "name" beside entry 2 is not the one that was remembered.'
  ])
  await made.asOwner(owner => owner`delete from history_values where value = '"Zed"'`)
  t.strictSame(await wrong(), [], 'what erasure took away is no fault')

  await made.asOwner(owner =>
    owner.begin(async tx => {
      await tx`alter table history_entries disable trigger user`
      await tx`update history_entries set what = 'person.removed' where position = 2`
    })
  )
  t.strictSame(await wrong(), ['History of installation: entry 2 was changed.'])
  await made.asOwner(owner => owner`delete from history_entries where position = 2`)
  t.strictSame(await wrong(), ['History of installation: entry 3 is missing, or stands twice.'])
})

t.test('a missing and a spoilt file are named', async t => {
  const { db, store, folder, made, wrong } = await aHouse(t)
  const bytes = async function* () {
    yield Buffer.from('hello')
  }
  const [spoilt, lost] = [await store.put(bytes()), await store.put(bytes())]
  const personId = await db.transaction(tx => addPerson(tx, { name: 'Ada', email: 'ada@example.org', confirmed: true }))
  await made.asOwner(async owner => {
    await owner`alter table attachments drop constraint attachments_proposal_id_proposals_id_fk`
  })
  for (const [position, { key, ...kept }] of [spoilt, lost].entries())
    await db.insert(attachments).values({
      ...{ id: `00000000-0000-4000-8000-00000000000${position}`, proposalId: personId, field: 'letter', name: 'a.pdf' },
      ...{
        mime: 'application/pdf',
        storageKey: key,
        byPerson: personId,
        receivedAt: new Date(at.getTime() + position)
      },
      ...kept
    })
  t.strictSame(await wrong(), [])

  await writeFile(join(folder, spoilt.key.slice(0, 2), spoilt.key), 'HELLO')
  await store.remove(lost.key)
  t.strictSame(await wrong(), [
    `The bytes of attachment 00000000-0000-4000-8000-000000000000 are not those that were received (file ${spoilt.key}).`,
    `The bytes of attachment 00000000-0000-4000-8000-000000000001 are missing (file ${lost.key}).`
  ])
})

t.test('a right too many is noticed', async t => {
  const { db, made, wrong } = await aHouse(t)
  const [row] = await db.execute<{ role: string }>(sql`select current_user as role`)
  const role = row?.role ?? ''
  const same = await made.asOwner(owner => owner`select current_user = ${role} as same`)
  if (same[0]?.same) return t.pass('there is only one role here, which the doctor notes by itself')
  await made.asOwner(owner => owner`grant update on history_entries to ${owner(role)}`)
  t.match(await wrong(), [/^The site's role may change history_entries\./])
})

t.test('a store that cannot be written is said', async t => {
  const { folder, wrong, db } = await aHouse(t)
  await rm(join(folder, 'incoming'), { recursive: true })
  t.match(await wrong(), [/^Files cannot be written or read: ENOENT/])
  t.ok(await db.execute(sql`select 1`))
})
