import type { Counted, Pair } from './counted.ts'

/** Which proposals hang together through shared jurors, and the reviews without which they would not. */
export type ReviewGraph = { components: number; bridges: Pair[] }

/**
 * Parts of the graph of proposals and jurors whose edges are the counted reviews. A bridge is a review without which there
 * would be one part more; a juror's or a proposal's only review is none, since without it there is nothing left to link.
 */
export function reviewGraph({ reviews }: Pick<Counted, 'reviews'>): ReviewGraph {
  const { ends, ways } = numbered(reviews)
  const order = new Int32Array(ways.length).fill(-1)
  const lowest = new Int32Array(ways.length)
  const bridges = new Set<number>()
  let components = 0
  let visited = 0
  for (let start = 0; start < ways.length; start++) {
    if (order[start] !== -1) continue
    components++
    // Depth first with a stack of our own: a long chain of reviews must not exhaust the machine's.
    const stack = [{ node: start, by: -1, next: 0 }]
    order[start] = lowest[start] = visited++
    for (let step = stack.at(-1); step; step = stack.at(-1)) {
      const edge = ways[step.node]?.[step.next++]
      if (edge === undefined) {
        stack.pop()
        const before = stack.at(-1)
        if (!before) continue
        const low = lowest[step.node] ?? 0
        lowest[before.node] = Math.min(lowest[before.node] ?? 0, low)
        if (low > (order[before.node] ?? 0)) bridges.add(step.by)
        continue
      }
      if (edge === step.by) continue
      const to = otherEnd(ends[edge], step.node)
      if (order[to] === -1) {
        order[to] = lowest[to] = visited++
        stack.push({ node: to, by: edge, next: 0 })
      } else {
        lowest[step.node] = Math.min(lowest[step.node] ?? 0, order[to] ?? 0)
      }
    }
  }
  const linked = (node: number) => (ways[node]?.length ?? 0) > 1
  return {
    components,
    bridges: reviews
      .filter((_, edge) => bridges.has(edge) && (ends[edge] ?? []).every(linked))
      .map(({ proposal, juror }) => ({ proposal, juror }))
  }
}

/** Proposals and jurors as whole numbers: the two ends of each review, and the reviews at each end. */
function numbered(reviews: Counted['reviews']): { ends: [number, number][]; ways: number[][] } {
  const nodes = { proposal: new Map<string, number>(), juror: new Map<string, number>() }
  const ways: number[][] = []
  const node = (of: 'proposal' | 'juror', id: string) => {
    const known = nodes[of].get(id)
    if (known !== undefined) return known
    nodes[of].set(id, ways.length)
    return ways.push([]) - 1
  }
  const ends = reviews.map(({ proposal, juror }, edge): [number, number] => {
    const pair: [number, number] = [node('proposal', proposal), node('juror', juror)]
    for (const end of pair) ways[end]?.push(edge)
    return pair
  })
  return { ends, ways }
}

function otherEnd(pair: [number, number] | undefined, node: number): number {
  const [one, other] = pair ?? [node, node]
  return one === node ? other : one
}
