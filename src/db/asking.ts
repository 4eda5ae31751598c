import { AsyncLocalStorage } from 'node:async_hooks'
import type { Db, Tx } from './connect.ts'

/** What a request by program brings along to every transaction it leads to. */
export type Asking = {
  /** The token it came with: history names it beside the person. */
  token: string | null
  /** Runs first in the request's first transaction that holds: see `marking`. */
  mark: ((tx: Tx) => Promise<void>) | null
  marked?: boolean
}

export const asking = new AsyncLocalStorage<Asking>()

/**
 * The same database, whose transactions begin with what the request has to note. A note that stands in the transaction
 * that acts is there exactly if something was done, whatever breaks afterwards.
 */
export function marking(db: Db): Db {
  const transaction: Db['transaction'] = async (work, config) => {
    const request = asking.getStore()
    if (!request?.mark || request.marked) return db.transaction(work, config)
    request.marked = true
    return db
      .transaction(async tx => {
        await request.mark?.(tx)
        return work(tx)
      }, config)
      .catch(error => {
        request.marked = false
        throw error
      })
  }
  return new Proxy(db, {
    get(target, name) {
      if (name === 'transaction') return transaction
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}
