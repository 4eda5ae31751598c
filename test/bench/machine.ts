import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { anInstallation, type Keep, postmasterOf, processCpu, running } from './installation.ts'
import { measured, say } from './load.ts'

/** The machine's own limits: a bare Fastify, one row read, four rows written on the same PostgreSQL. */
export async function limits(keep: Keep): Promise<void> {
  const folder = keep(await anInstallation('call-open'))
  const site = await running(folder)
  const bare = spawn(process.execPath, [new URL('limits.ts', import.meta.url).pathname, join(folder, 'run')], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [url] = (await once(createInterface({ input: bare.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  const postmaster = await postmasterOf(folder)
  const cpu = async () => (await processCpu(bare.pid ?? 0)) + (await processCpu(postmaster, true))
  try {
    for (const [figure, path] of Object.entries({
      'bare hello': '/hello',
      'one-row select': '/row',
      'four-row upsert': '/rows'
    })) {
      const { rps, p50, p99, cpuMs } = await measured({ url, cpu }, { path })
      say({ figure, limit: true, rps, p50, p99, cpuMs })
    }
  } finally {
    process.kill(bare.pid ?? 0)
    await site.stop()
  }
}
