import { cookieOf, grow, signedIn } from './growing.ts'
import { anInstallation, type Keep, running } from './installation.ts'
import { exponent, measured, rounded, say } from './load.ts'

const SIZES = [35, 350, 2000]
const organiser = 'plamen.kostov@learning-centres.example.org'

/** What the public sees, and the organiser's ranked list and its export as they grow. */
export async function pages(keep: Keep): Promise<void> {
  const published = await running(keep(await anInstallation('announced')))
  for (const [figure, path] of Object.entries({
    'public page': '/calls/awards-2026/results',
    'call page': '/calls/awards-2026',
    'front page': '/'
  }))
    say({ figure, target: '3 × bare hello', ...(await measured(published, { path })) })
  await published.stop()

  const folder = keep(await anInstallation('panel'))
  const site = await running(folder)
  const growth: Record<string, { size: number; value: number }[]> = { 'ranked list': [], 'ranking export': [] }
  for (const size of SIZES) {
    await grow(folder, size)
    const agent = await signedIn(site, organiser)
    await agent.open('/organise/awards-2026/ranking')
    const began = performance.now()
    const frozen = await agent.post('/organise/awards-2026/ranking', { reason: 'A bench' })
    if (frozen.status !== 303) throw new Error(`freezing a ranking of ${size}: ${frozen.status}`)
    say({ figure: 'freezing a ranking', size, ms: rounded(performance.now() - began) })
    const cookie = cookieOf(agent)
    for (const [figure, path] of Object.entries({
      'ranked list': '/organise/awards-2026/ranking',
      'ranking export': '/organise/awards-2026/ranking.csv'
    })) {
      const result = await measured(site, { path, cookie, connections: size > 1000 ? 2 : 8 })
      growth[figure]?.push({ size, value: result.cpuMs })
      const target = { 35: '2 ms', 350: null, 2000: '30 ms' }[size] ?? null
      say({ figure, size, ...(figure === 'ranked list' ? { target } : {}), ...result })
    }
  }
  for (const [figure, points] of Object.entries(growth))
    say({ figure: `growth: ${figure}`, exponent: exponent(points) })
  say({ figure: 'memory after the lists', memoryMb: rounded(await site.memory(), 0) })
  await site.stop()
}
