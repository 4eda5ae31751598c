import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { whyNotAddress } from './db/address.ts'

export type Settings = {
  /** Absent: the embedded database under `dataDir`. */
  databaseUrl?: string
  /** Who owns the tables; the same as `databaseUrl` where only one role is given. */
  databaseOwnerUrl?: string
  port: number
  host: string
  /** Where people find the site: scheme, name and port, with no slash at the end. */
  baseUrl: string
  dataDir: string
  /** Absent: letters are kept and shown at /outbox. */
  smtpUrl?: string
  mailFrom: string
  /** Absent: made at the first start and kept in `dataDir`; see `secretOf`. */
  secret?: string
  logLevel: (typeof logLevels)[number]
  /** Whether the example, its accounts and the outbox may be shown: by itself only where nobody else can reach the site. */
  demo: boolean
  /** How many proxies stand in front, each of which adds the visitor's address. */
  trustedProxies: number
  loopback: boolean
  /** Whether browsers keep a `__Host-` cookie here: they want https, or localhost. */
  hostCookies: boolean
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Everything that is wrong with the settings, a sentence each, so that one start is enough to learn all of it. */
export class SettingsMistakes extends Error {
  readonly mistakes: string[]

  constructor(mistakes: string[]) {
    super(mistakes.join('\n'))
    this.name = 'SettingsMistakes'
    this.mistakes = mistakes
  }
}

const postgresUrl = (name: string) =>
  z
    .string()
    .refine(
      text => isUrl(text, ['postgres:', 'postgresql:']) && new URL(text).pathname.length > 1,
      `${name} must be an address such as postgres://laurel:password@localhost:5432/laurel, with the name of the database at its end.`
    )
    .superRefine((text, check) => {
      const whyNot = URL.canParse(text) && whyNotAddress(text)
      if (whyNot) check.addIssue({ code: 'custom', message: `${name} ${whyNot}.` })
    })

const whole = (text: string, most: number) => /^\d{1,5}$/.test(text) && Number(text) <= most

const variables = z.object({
  DATABASE_URL: postgresUrl('DATABASE_URL').optional(),
  DATABASE_OWNER_URL: postgresUrl('DATABASE_OWNER_URL').optional(),
  PORT: z
    .string()
    .refine(text => whole(text, 65_535), 'PORT must be a whole number from 0 to 65535, such as 3000.')
    .default('3000'),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'HOST must be an address to listen on, such as 127.0.0.1 or 0.0.0.0, without a port.')
    .default('127.0.0.1'),
  BASE_URL: z
    .string()
    .refine(
      text => isUrl(text, ['http:', 'https:']) && new URL(text).pathname === '/' && !/[?#@]/.test(text),
      'BASE_URL must be the address people type, such as https://awards.example.org, with nothing after the name and port.'
    )
    .optional(),
  DATA_DIR: z.string().default('./data'),
  SMTP_URL: z
    .string()
    .refine(
      text => isUrl(text, ['smtp:', 'smtps:']) && new URL(text).hostname !== '',
      'SMTP_URL must be an address such as smtps://name:password@mail.example.org:465, beginning with smtp:// or smtps://.'
    )
    .optional(),
  MAIL_FROM: z
    .string()
    .refine(
      text => /^(?:[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(text),
      'MAIL_FROM must be an e-mail address, such as awards@example.org or Library Awards <awards@example.org>.'
    )
    .optional(),
  SECRET: z
    .string()
    .min(32, 'SECRET must have at least 32 characters. Leave it out, and one is made and kept.')
    .optional(),
  LOG_LEVEL: z.enum(logLevels, `LOG_LEVEL must be one of ${logLevels.join(', ')}.`).default('info'),
  DEMO: z
    .enum(['yes', 'no'], 'DEMO must be yes or no: whether the example, its accounts and the outbox may be shown.')
    .optional(),
  TRUSTED_PROXIES: z
    .string()
    .refine(
      text => whole(text, 10),
      'TRUSTED_PROXIES must be the number of proxies in front of the site, from 0 to 10.'
    )
    .default('0')
})

/** The settings, or `SettingsMistakes` with a sentence for each variable that makes no sense. An empty variable counts as absent. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()))
  const parsed = variables.safeParse(given)
  const mistakes = parsed.success ? mistakesBetween(parsed.data) : parsed.error.issues.map(({ message }) => message)
  if (!parsed.success || mistakes.length > 0) throw new SettingsMistakes(mistakes)
  const read = parsed.data

  const baseUrl = new URL(read.BASE_URL ?? `http://localhost:${read.PORT}`).origin
  // Behind a proxy the site itself listens on loopback, and still the whole world reaches it.
  const own = isLoopback(new URL(baseUrl).hostname.replace(/^\[|\]$/g, '')) && Number(read.TRUSTED_PROXIES) === 0
  const loopback = isLoopback(read.HOST) && own
  return {
    ...(read.DATABASE_URL && {
      databaseUrl: read.DATABASE_URL,
      databaseOwnerUrl: read.DATABASE_OWNER_URL ?? read.DATABASE_URL
    }),
    port: Number(read.PORT),
    host: read.HOST,
    baseUrl,
    dataDir: read.DATA_DIR,
    ...(read.SMTP_URL && { smtpUrl: read.SMTP_URL }),
    mailFrom: read.MAIL_FROM ?? 'Laurel <laurel@localhost>',
    ...(read.SECRET && { secret: read.SECRET }),
    logLevel: read.LOG_LEVEL,
    demo: read.DEMO ? read.DEMO === 'yes' : loopback,
    trustedProxies: Number(read.TRUSTED_PROXIES),
    loopback,
    hostCookies: baseUrl.startsWith('https:') || new URL(baseUrl).hostname === 'localhost'
  }
}

function mistakesBetween(read: z.infer<typeof variables>): string[] {
  const mistakes: string[] = []
  if (read.DATABASE_OWNER_URL && !read.DATABASE_URL) {
    mistakes.push(
      'DATABASE_OWNER_URL is set without DATABASE_URL. Set DATABASE_URL too: it is the address for the site itself.'
    )
  }
  if (read.SMTP_URL && !read.MAIL_FROM) {
    mistakes.push('SMTP_URL is set without MAIL_FROM. Set MAIL_FROM to the address that letters come from.')
  }
  return mistakes
}

function isUrl(text: string, protocols: string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** The key behind cookies and codes: the one that is set, or the one in `dataDir`/secret, made at the first start. */
export async function secretOf(settings: Pick<Settings, 'secret' | 'dataDir'>): Promise<string> {
  if (settings.secret) return settings.secret
  const file = join(settings.dataDir, 'secret')
  const kept = (await readSecret(file)) ?? (await makeSecret(settings.dataDir, file))
  if (kept.length < 32) {
    throw new Error(
      `${file} is damaged: it must hold at least 32 characters. Remove it, and a new one is made; everybody then signs in again.`
    )
  }
  return kept
}

const readSecret = (file: string) =>
  readFile(file, 'utf8').then(
    text => text.trim(),
    error => {
      if (error.code === 'ENOENT') return null
      throw error
    }
  )

/** Written aside and linked: of two processes that start together one wins, and neither reads half a secret. */
async function makeSecret(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  const aside = `${file}.${randomUUID()}`
  await writeFile(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  await link(aside, file)
    .catch(error => {
      if (error.code !== 'EEXIST') throw error
    })
    .finally(() => unlink(aside))
  return (await readSecret(file)) ?? ''
}
