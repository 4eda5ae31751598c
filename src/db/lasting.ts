import type { Sql } from 'postgres'

/** Milliseconds. Above the server's own limits: they speak first, and these only where no answer can come any more. */
export const patience = { query: 25_000, transaction: 120_000, leaving: 5_000 } as const

/**
 * A client that outlives its connections. In postgres 3.4.9 a connection that drops in the wrong moment is never of use again:
 * a cancelled write stays marked as planned, so whatever is sent later, its greeting included, is never sent, and the query behind
 * it is never answered. (Measured: after 15 s of dropped connections 30 of 32 writers hung.) Therefore at the first connection
 * that closes, all of them are replaced: new work goes to a fresh client, and what is under way in the old one may finish, or
 * is answered with CONNECTION_DESTROYED after `patience.leaving`.
 */
export function lastingClient(open: (onclose: () => void) => Sql): { sql: Sql; timed: Sql; close(): Promise<void> } {
  let closing = false
  let current = fresh()
  const leaving = new Map<Sql, NodeJS.Timeout>()

  function fresh(): Sql {
    const made: Sql = open(() => replace(made))
    return made
  }

  function replace(old: Sql): void {
    if (closing || old !== current) return
    current = fresh()
    const end = setTimeout(() => {
      leaving.delete(old)
      old.end({ timeout: 0 }).catch(() => {})
    }, patience.leaving)
    leaving.set(old, end.unref())
  }

  /** Settles as `work` does; when it does not in time, its client is replaced, which also answers it. */
  function inTime<T extends PromiseLike<unknown>>(work: T, client: Sql, milliseconds: number): T {
    const timer = setTimeout(() => replace(client), milliseconds).unref()
    const done = () => clearTimeout(timer)
    work.then(done, done)
    return work
  }

  const timed = {
    // `then` sets a query going only in the next turn, so that a `.values()` after it still counts.
    unsafe: (...args: Parameters<Sql['unsafe']>) => inTime(current.unsafe(...args), current, patience.query),
    begin: (...args: [never, never]) => inTime(current.begin(...args), current, patience.transaction)
  }

  return {
    sql: forwarding(() => current),
    timed: forwarding(() => current, timed),
    async close() {
      closing = true
      const all = [current, ...leaving.keys()]
      for (const end of leaving.values()) clearTimeout(end)
      await Promise.all(all.map((client, index) => client.end({ timeout: index === 0 ? patience.leaving / 1000 : 0 })))
    }
  }
}

/** Looks like a client and passes everything on to the one that is in use now, except what `own` does itself. */
function forwarding(now: () => Sql, own: Record<string, unknown> = {}): Sql {
  return new Proxy((() => {}) as unknown as Sql, {
    apply: (_target, _self, args) => Reflect.apply(now() as unknown as (...all: unknown[]) => unknown, undefined, args),
    get: (_target, name) =>
      typeof name === 'string' && Object.hasOwn(own, name) ? own[name] : Reflect.get(now(), name)
  })
}
