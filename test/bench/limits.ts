/*
 * What the machine could do at best: a bare Fastify that says hello, that reads one row, that writes four. Run as a process
 * of its own: `node limits.ts SOCKET-FOLDER`.
 */
import Fastify from 'fastify'
import { connectTo } from '../../src/db/connect.ts'
import { ownerRole } from '../../src/db/embedded.ts'

const sql = connectTo({ host: process.argv[2] ?? '', database: 'laurel', username: ownerRole }, { max: 8 })
await sql`create table if not exists bench_limits (id int primary key, units int not null)`
const app = Fastify()
app.get('/hello', async () => 'hello')
app.get('/row', async () => (await sql`select id from calls limit 1`)[0])
let round = 0
app.get('/rows', async () => {
  round += 4
  const rows = [0, 1, 2, 3].map(i => ({ id: (round + i) % 4096, units: round }))
  await sql`insert into bench_limits ${sql(rows)} on conflict (id) do update set units = excluded.units`
  return 'written'
})
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
