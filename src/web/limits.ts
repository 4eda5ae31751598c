import { sql } from 'drizzle-orm'
import type { Db } from '../db/connect.ts'

type Options = { timeWindow?: number | string; max?: unknown }
type Counted = (error: Error | null, result?: { current: number; ttl: number }) => void

/** Counts requests in PostgreSQL, so that limits hold over any number of processes: one upsert each. */
export class PostgresLimits {
  readonly #db: Db
  readonly #window: number
  readonly #prefix: string

  static over(db: Db): new (options: Options) => PostgresLimits {
    return class extends PostgresLimits {
      constructor(options: Options) {
        super(db, options)
      }
    } as unknown as new (
      options: Options
    ) => PostgresLimits
  }

  constructor(db: Db, { timeWindow }: Options, prefix = '') {
    this.#db = db
    this.#window = typeof timeWindow === 'number' ? timeWindow : 60_000
    this.#prefix = prefix
  }

  incr(key: string, counted: Counted, timeWindow = this.#window): void {
    this.#count(`${this.#prefix}${key}`, timeWindow).then(
      result => counted(null, result),
      error => counted(error)
    )
  }

  child({ routeInfo, ...options }: Options & { routeInfo: { method: string; url: string } }): PostgresLimits {
    return new PostgresLimits(this.#db, options, `${routeInfo.method} ${routeInfo.url} `)
  }

  async #count(key: string, window: number): Promise<{ current: number; ttl: number }> {
    const [row] = await this.#db.execute<{ hits: number; ttl: string }>(sql`
      insert into rate_limits (key, hits, ends_at) values (${key}, 1, clock_timestamp() + ${window} * interval '1 millisecond')
      on conflict (key) do update set
        hits = case when rate_limits.ends_at <= clock_timestamp() then 1 else rate_limits.hits + 1 end,
        ends_at = case when rate_limits.ends_at <= clock_timestamp() then excluded.ends_at else rate_limits.ends_at end
      returning hits, extract(epoch from ends_at - clock_timestamp()) * 1000 as ttl`)
    return { current: Number(row?.hits ?? 1), ttl: Math.max(0, Math.ceil(Number(row?.ttl ?? window))) }
  }
}
