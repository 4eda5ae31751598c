/*
 * `npm run bench`: an installation of its own on a free port, one line of JSON for each figure, the machine's limits among
 * them. CPU is of server and database together, per request. What needs a name: `npm run bench -- pages saving`.
 */
import { cpus } from 'node:os'
import { files } from './files.ts'
import { removed } from './installation.ts'
import { say } from './load.ts'
import { limits } from './machine.ts'
import { pages } from './pages.ts'
import { programs } from './programs.ts'
import { reviewing } from './reviewing.ts'
import { starts } from './starts.ts'

const PARTS = { limits, starts, pages, reviewing, files, programs }

const asked = process.argv.slice(2)
const strange = asked.find(name => !(name in PARTS))
if (strange) {
  process.stderr.write(`There is no part "${strange}". Parts: ${Object.keys(PARTS).join(', ')}\n`)
  process.exit(2)
}

say({ figure: 'machine', cores: cpus().length, model: cpus()[0]?.model ?? '', node: process.version })
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const folders: string[] = []
  process.stderr.write(`${name} …\n`)
  try {
    await part(folder => {
      folders.push(folder)
      return folder
    })
  } finally {
    for (const folder of folders) await removed(folder)
  }
}
