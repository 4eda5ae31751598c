import autocannon from 'autocannon'
import type { Installation } from './installation.ts'

export type Figure = Record<string, string | number | boolean | null>

/** One line of JSON. */
export function say(figure: Figure): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`)
}

export const rounded = (value: number, places = 2) => Math.round(value * 10 ** places) / 10 ** places

export type Load = {
  path: string
  cookie?: string
  connections?: number
  seconds?: number
}

export type Measured = { rps: number; p50: number; p99: number; cpuMs: number; requests: number; bytes: number }

/** Asks as quickly as answers come. Anything but the expected status is a fault of the bench or of the site. */
export async function measured(
  site: Pick<Installation, 'url' | 'cpu'>,
  { path, cookie, connections = 8, seconds = 5 }: Load
): Promise<Measured> {
  const run = async (duration: number) => {
    const failed: number[] = []
    const instance = autocannon({
      url: site.url,
      connections,
      duration,
      requests: [
        {
          method: 'GET',
          path,
          headers: { accept: 'text/html', ...(cookie ? { cookie } : {}) },
          onResponse: status => {
            if (status >= 400) failed.push(status)
          }
        }
      ]
    })
    const result = await instance
    if (result.errors > 0 || failed.length > 0)
      throw new Error(`${path}: ${result.errors} errors, ${failed.length} refused (${failed[0]})`)
    return result
  }
  // The first second warms caches and the compiler.
  await run(1)
  const before = await site.cpu()
  const result = await run(seconds)
  const used = (await site.cpu()) - before
  const requests = result.requests.total
  return {
    rps: rounded(result.requests.average, 1),
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpuMs: rounded(used / requests, 3),
    requests,
    bytes: Math.round(result.throughput.total / requests)
  }
}

/**
 * Does one thing after another in each of several lines, for so many seconds; `turn` answers for its line and throws when
 * something goes wrong. For what an ordinary load cannot do: each save must name the version before it.
 */
export async function inLines(
  site: Pick<Installation, 'cpu'>,
  lines: ((turn: number) => Promise<void>)[],
  seconds = 5
): Promise<Measured> {
  const run = async (until: number, times: number[]) => {
    await Promise.all(
      lines.map(async line => {
        for (let turn = 0; performance.now() < until; turn++) {
          const began = performance.now()
          await line(turn)
          times.push(performance.now() - began)
        }
      })
    )
  }
  await run(performance.now() + 1000, [])
  const before = await site.cpu()
  const began = performance.now()
  const times: number[] = []
  await run(began + seconds * 1000, times)
  const took = (performance.now() - began) / 1000
  const used = (await site.cpu()) - before
  times.sort((a, b) => a - b)
  const at = (share: number) => rounded(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  return {
    rps: rounded(times.length / took, 1),
    p50: at(0.5),
    p99: at(0.99),
    cpuMs: rounded(used / times.length, 3),
    requests: times.length,
    bytes: 0
  }
}

/** The power of size by which a figure grows, from the first to the last: 1 is in proportion, 0 not at all. */
export function exponent(points: { size: number; value: number }[]): number {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return Number.NaN
  return rounded(Math.log(last.value / first.value) / Math.log(last.size / first.size))
}
