import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { addressIn, whyNotAddress } from '../../src/db/address.ts'
import { connectTo, pgOptions } from '../../src/db/connect.ts'
import { freshDatabase } from '../support/database.ts'

const guard = (query: string) => addressIn(`postgres://ada:p%40ss@db.example.org/laurel${query}`).ssl

t.test('an address is read once, for both drivers', async t => {
  t.strictSame(
    addressIn('postgres://ada:p%40ss@db.example.org:6000/the%20awards?options=-c%20jit%3Doff&channel_binding=require'),
    {
      ...{ host: 'db.example.org', port: 6000, database: 'the awards', username: 'ada', password: 'p@ss', ssl: false },
      options: '-c jit=off'
    }
  )
  t.match(addressIn('postgres://ada@[::1]/laurel'), { host: '::1', port: 5432 })
  t.match(addressIn('postgres://ada@localhost/laurel?host=/run/postgresql&sslmode=require'), {
    ...{ host: '/run/postgresql', ssl: false }
  })
  t.match(pgOptions('postgres://ada:p%40ss@db.example.org/laurel?sslmode=require'), {
    ...{ host: 'db.example.org', user: 'ada', password: 'p@ss', database: 'laurel', ssl: { rejectUnauthorized: false } }
  })
})

t.test('the way is guarded as far as the address asks', async t => {
  t.equal(guard(''), false)
  t.equal(guard('?sslmode=disable'), false)
  t.strictSame(guard('?sslmode=require'), { rejectUnauthorized: false })
  t.strictSame(guard('?sslmode=verify-full'), { host: 'db.example.org', rejectUnauthorized: true })
  const ca = join(t.testdir(), 'ca.pem')
  await writeFile(ca, 'a certificate')
  t.match(guard(`?sslmode=require&sslrootcert=${ca}`), { ca: 'a certificate', rejectUnauthorized: true })
  t.match(guard(`?sslmode=verify-full&sslrootcert=${ca}`), { ca: 'a certificate', host: 'db.example.org' })
  // These fall back to no encryption without a word, which nobody who writes them means.
  for (const mode of ['prefer', 'allow', 'maybe'])
    t.match(
      whyNotAddress(`postgres://ada@db/laurel?sslmode=${mode}`),
      `has sslmode=${mode}; it must be one of disable, require`
    )
  t.equal(whyNotAddress('postgres://ada@db/laurel?sslmode=verify-ca'), null)
})

t.test('where the tests’ own address asks for encryption, it is encrypted', async t => {
  const made = await freshDatabase(t)
  const wanted = typeof made.site === 'string' && addressIn(made.site).ssl !== false
  const sql = connectTo(made.site, { max: 1 })
  const [row] = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`
  await sql.end()
  t.equal(row?.ssl, wanted)
})
