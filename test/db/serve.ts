// Run by embedded.test.ts as a process of its own: starts the database, says where it is, and stays until it is ended.
import { startEmbedded } from '../../src/db/embedded.ts'

const embedded = await startEmbedded(process.argv[2] ?? '', sentence => process.stderr.write(`${sentence}\n`))
process.stdout.write(`${JSON.stringify({ site: embedded.site, adopted: embedded.adopted })}\n`)
process.once('SIGTERM', () => void embedded.stop().then(() => process.exit(0)))
setInterval(() => {}, 60_000)
