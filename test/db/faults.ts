// Run by dropped.test.ts as a process of its own, since what the driver throws into the process would end a test:
// many writers, while every connection is cut again and again. Prints what they saw.
import { sql } from 'drizzle-orm'
import { connectTo, isConnectionTrouble, openDb, type Target } from '../../src/db/connect.ts'
import { surviveDriverSlips } from '../../src/db/trouble.ts'

const target: Target = JSON.parse(process.argv[2] ?? '')
const knives = 60
let slips = 0
surviveDriverSlips(
  {
    warn: () => {
      slips++
    }
  },
  error => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  }
)

const { db, sql: plain, close } = openDb(target, { max: 8 })
const knife = connectTo(target, { max: 1 })
await knife`create table marks (mark int primary key)`

const acknowledged: number[] = []
const strange: string[] = []
let told = 0
let next = 0
let working = true

const writers = Array.from({ length: 32 }, async () => {
  while (working) {
    const mark = next++
    try {
      if (mark % 2) await db.execute(sql`insert into marks values (${mark})`)
      else {
        await db.transaction(async tx => {
          await tx.execute(sql`select 1`)
          await tx.execute(sql`insert into marks values (${mark})`)
        })
      }
      acknowledged.push(mark)
    } catch (error) {
      if (isConnectionTrouble(error)) told++
      else strange.push(String(error))
    }
  }
})

for (let cut = 0; cut < knives; cut++) {
  await knife`select pg_sleep(0.05 + random() * 0.05)`
  await knife`select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and datname = current_database() and backend_type = 'client backend'`
}
working = false
await Promise.all(writers)

const afterwards = await Promise.all(Array.from({ length: 16 }, () => plain`select 1 as one`.then(([row]) => row?.one)))
const found = new Set((await knife<{ mark: number }[]>`select mark from marks`).map(({ mark }) => mark))
const lost = acknowledged.filter(mark => !found.has(mark))
process.stdout.write(JSON.stringify({ acknowledged: acknowledged.length, told, slips, lost, strange, afterwards }))
await close()
await knife.end()
process.exit(0)
