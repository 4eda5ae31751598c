import type { Counted, Pair } from './counted.ts'

/** Which proposals hang together through shared jurors, and the reviews without which they would not. */
export type ReviewGraph = { components: number; bridges: Pair[] }

/**
 * Parts of the graph of proposals and jurors whose edges are the counted reviews. A bridge is a review without which there
 * would be one part more; a juror's or a proposal's only review is none, since without it there is nothing left to link.
 */
export function reviewGraph({ reviews }: Pick<Counted, 'reviews'>): ReviewGraph {
  const edges = new Map<string, { to: string; edge: number }[]>()
  const wayFrom = (node: string) => {
    const ways = edges.get(node) ?? []
    if (ways.length === 0) edges.set(node, ways)
    return ways
  }
  for (const [edge, { proposal, juror }] of reviews.entries()) {
    const [one, other] = [`p${proposal}`, `j${juror}`]
    wayFrom(one).push({ to: other, edge })
    wayFrom(other).push({ to: one, edge })
  }
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const bridges = new Set<number>()
  let components = 0
  for (const start of edges.keys()) {
    if (order.has(start)) continue
    components++
    // Depth first with a stack of our own: a long chain of reviews must not exhaust the machine's.
    const stack = [{ node: start, by: -1, next: 0 }]
    while (stack.length > 0) {
      const step = stack[stack.length - 1] as { node: string; by: number; next: number }
      if (!order.has(step.node)) {
        order.set(step.node, order.size)
        lowest.set(step.node, order.size - 1)
      }
      const way = edges.get(step.node)?.[step.next++]
      if (way === undefined) {
        stack.pop()
        const before = stack[stack.length - 1]
        if (!before) continue
        const low = Math.min(lowest.get(before.node) ?? 0, lowest.get(step.node) ?? 0)
        lowest.set(before.node, low)
        if ((lowest.get(step.node) ?? 0) > (order.get(before.node) ?? 0)) bridges.add(step.by)
      } else if (way.edge !== step.by) {
        if (order.has(way.to)) lowest.set(step.node, Math.min(lowest.get(step.node) ?? 0, order.get(way.to) ?? 0))
        else stack.push({ node: way.to, by: way.edge, next: 0 })
      }
    }
  }
  const degree = (node: string) => edges.get(node)?.length ?? 0
  return {
    components,
    bridges: reviews
      .filter(
        (review, edge) => bridges.has(edge) && degree(`p${review.proposal}`) > 1 && degree(`j${review.juror}`) > 1
      )
      .map(({ proposal, juror }) => ({ proposal, juror }))
  }
}
