import type { ExtractTablesWithRelations } from 'drizzle-orm'
import type { PgTransaction } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import type { PoolConfig } from 'pg'
import postgres, { type Options, type Sql } from 'postgres'
import { addressIn } from './address.ts'
import { lastingClient } from './lasting.ts'

export { isConnectionTrouble, isWaitTrouble } from './trouble.ts'

/** Where a database is and as whom to come: a URL, or the socket folder of the embedded one. */
export type Target = string | { host: string; database: string; username: string }

type Schema = Record<string, never>
type Transaction = PgTransaction<PostgresJsQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>

export type Db = PostgresJsDatabase<Schema>
/** What a query takes first: the database, or the transaction that a command has open. */
export type Tx = Db | Transaction

export type Database = { db: Db; sql: Sql; close(): Promise<void> }

/** Milliseconds. A statement, a wait for a lock and an idle transaction end by themselves: nothing waits for ever. */
export const limits = {
  statement: 20_000,
  lock: 8_000,
  idleInTransaction: 20_000,
  connect: 10_000
} as const

export const applicationName = 'laurel'

/** `max: 1` where session state matters, such as an advisory lock; `patient` where work may rightly take long. */
export type Manner = { max?: number; patient?: boolean }

/** The database as a process keeps it for its whole life; it outlasts dropped connections and a restart of the server. */
export function openDb(target: Target, manner: Manner = {}): Database {
  const { sql, timed, close } = lastingClient(onclose => {
    const client = connectTo(target, { ...manner, onclose })
    // For what it does to the client: drizzle parses dates itself, in every client that comes after the first one too.
    drizzle(client)
    return client
  })
  return { db: drizzle(timed, { casing: 'snake_case' }), sql, close }
}

/** A bare client for a short errand. Unlike those of `openDb`, its dates come back as Date. */
export function connectTo(target: Target, manner: Manner & { onclose?: () => void } = {}): Sql {
  const settings: Options<Record<string, never>> = {
    max: manner.max ?? 10,
    connect_timeout: limits.connect / 1000,
    // A connection closes only when something is wrong (see `lastingClient`), so none is closed for its age.
    idle_timeout: 0,
    max_lifetime: null,
    ...(manner.onclose && { onclose: manner.onclose }),
    // The driver's own back-off grows to 20 s: after a restart of the database the site would stay away too long.
    backoff: retries => Math.min(0.05 * 2 ** Math.min(retries, 6), 1),
    onnotice: () => {},
    connection: {
      application_name: applicationName,
      statement_timeout: manner.patient ? 0 : limits.statement,
      lock_timeout: manner.patient ? 0 : limits.lock,
      idle_in_transaction_session_timeout: limits.idleInTransaction
    }
  }
  if (typeof target !== 'string') return postgres({ ...target, ...settings })
  const { options, ...address } = addressIn(target)
  const connection = { ...settings.connection, ...(options && { options }) }
  return postgres({ ...address, ...settings, connection })
}

/** The same place for the `pg` driver, which the job runner brings. */
export function pgOptions(target: Target): PoolConfig {
  if (typeof target !== 'string')
    return { host: target.host, database: target.database, user: target.username, application_name: applicationName }
  const { username, options, ...address } = addressIn(target)
  return { ...address, user: username, ...(options && { options }), application_name: applicationName }
}
