import { emptyFolder, type Keep, running } from './installation.ts'
import { rounded, say } from './load.ts'

/** The first start makes the database and loads the example; the second finds both. */
export async function starts(keep: Keep): Promise<void> {
  const folder = keep(await emptyFolder())
  for (const figure of ['cold start', 'warm start']) {
    const site = await running(folder)
    say({ figure, seconds: rounded(site.startedIn / 1000), memoryMb: rounded(await site.memory(), 0) })
    await site.stop()
  }
}
