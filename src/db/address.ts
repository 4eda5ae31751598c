import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

/** Where a database is, as whom to come, and how the way there is guarded: the same for both drivers. */
export type Address = {
  host: string
  port: number
  database: string
  username: string
  password: string
  ssl: false | ConnectionOptions
  /** Settings of the session, as libpq's `options`. */
  options: string | undefined
}

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const

/** What an address leaves open or gets wrong, as the end of a sentence; null where nothing is. */
export function whyNotAddress(url: string): string | null {
  const { searchParams } = new URL(url)
  const mode = searchParams.get('sslmode')
  if (mode !== null && !MODES.some(known => known === mode))
    return `has sslmode=${mode}; it must be one of ${MODES.join(', ')}`
  return null
}

/**
 * Reads an address as PostgreSQL's own programs do: `sslmode` and `sslrootcert`, and `host` for the folder of a socket
 * (`postgres://laurel@localhost/laurel?host=/run/postgresql`). The drivers differ in all three. Other parameters are theirs.
 */
export function addressIn(url: string): Address {
  const { hostname, port, pathname, username, password, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (decodeURIComponent(hostname).replace(/^\[|\]$/g, '') || 'localhost')
  return {
    host,
    port: Number(searchParams.get('port') ?? port) || 5432,
    database: decodeURIComponent(pathname.slice(1)),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ssl: host.startsWith('/') ? false : guardOf(host, searchParams),
    options: searchParams.get('options') ?? undefined
  }
}

/** `require` asks for no more than encryption, unless an authority is named that must have signed. */
function guardOf(host: string, parameters: URLSearchParams): Address['ssl'] {
  const mode = parameters.get('sslmode') ?? 'disable'
  if (mode === 'disable') return false
  const file = parameters.get('sslrootcert')
  const ca = file && file !== 'system' ? { ca: readFileSync(file, 'utf8') } : {}
  // Named here, or an address in figures would be compared with a certificate for localhost.
  if (mode === 'verify-full') return { ...ca, host, rejectUnauthorized: true }
  if (mode === 'verify-ca' || file) return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }
  return { rejectUnauthorized: false }
}
