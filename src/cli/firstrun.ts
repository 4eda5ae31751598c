import { eq, inArray, sql } from 'drizzle-orm'
import { foundingToken, isFounded } from '../accounts/entry/commands.ts'
import { DEMONSTRATION, offersDemonstration } from '../accounts/entry/entering.ts'
import { people } from '../accounts/tables.ts'
import { installation } from '../db/tables.ts'
import { programmes } from '../programmes/tables.ts'
import type { Settings } from '../settings.ts'
import { emptied } from './emptied.ts'
import type { House } from './house.ts'

/** What is printed once the site listens, when its address is known. */
export type Told = (settings: Settings) => string[]

/**
 * Makes an empty installation ready: with the example where it may be shown, else with the one-time link for whoever
 * founds it. On every later start it only says how to come in.
 */
export async function firstRun(
  house: House,
  { empty, say }: { empty: boolean; say: (line: string) => void }
): Promise<Told> {
  const { db } = house.database
  let [row] = await db.select().from(installation)
  if (hasBegun(row) && !row?.exampleLoadedAt) {
    say('The example was not loaded to its end last time. It is loaded anew.')
    await emptied(house)
    ;[row] = await db.select().from(installation)
  }
  if (row?.exampleLoadedAt) return welcome(await accountsOf(house, []))
  if ((await isFounded(db)) || (await isInUse(house))) return welcome([])
  if (empty || !house.settings.demo) return founding(await foundingToken(db))

  say('Loading the example programme. This happens once.')
  await db.update(installation).set({ settings: sql`${installation.settings} || '{"exampleBegun": true}'` })
  const { loadExample } = await import('./seed.ts')
  const { passwords } = await loadExample(house, { at: 'announced', onProgress: progress(say) })
  await db
    .update(installation)
    .set({ exampleLoadedAt: sql`coalesce(${installation.exampleLoadedAt}, clock_timestamp())` })
  return welcome(await accountsOf(house, passwords))
}

const hasBegun = (row: { settings: unknown } | undefined) =>
  (row?.settings as { exampleBegun?: boolean } | undefined)?.exampleBegun === true

async function isInUse({ database }: House): Promise<boolean> {
  const [programme] = await database.db.select({ id: programmes.id }).from(programmes).limit(1)
  return programme !== undefined
}

/** Says every tenth part. */
function progress(say: (line: string) => void): (done: number, of: number) => void {
  let said = 0
  return (done, of) => {
    const tenths = Math.floor((done / of) * 10)
    if (tenths <= said) return
    said = tenths
    say(`  ${tenths * 10} of 100`)
  }
}

/** Asked by whoever sits at this machine, without a proxy between. */
const HERE = { host: 'localhost', headers: {} }

type Account = { email: string; name: string; is: string; password: string | null }
export type Password = { email: string; password: string }

async function accountsOf({ database, settings }: House, passwords: readonly Password[]): Promise<Account[]> {
  if (!offersDemonstration(settings, HERE) && passwords.length === 0) return []
  const emails = DEMONSTRATION.map(({ email }) => email)
  const found = await database.db
    .select({ email: people.email, name: people.name, nameLatin: people.nameLatin })
    .from(people)
    .where(emails.length > 0 ? inArray(people.email, emails) : eq(people.email, ''))
  return DEMONSTRATION.flatMap(({ email, is }) => {
    const person = found.find(each => each.email === email)
    if (!person) return []
    const password = passwords.find(each => each.email === email)?.password ?? null
    return [{ email, name: person.nameLatin || person.name, is, password }]
  })
}

const welcome =
  (accounts: Account[]): Told =>
  settings => [
    '',
    `Laurel is ready: ${settings.baseUrl}`,
    ...(accounts.length > 0 ? ['', ...entrances(accounts, settings)] : []),
    ...cautions(settings),
    '',
    'Ctrl-C stops it.',
    ''
  ]

function entrances(accounts: Account[], settings: Settings): string[] {
  const width = Math.max(...accounts.map(({ is }) => is.length))
  const names = Math.max(...accounts.map(({ name }) => name.length))
  const oneClick = offersDemonstration(settings, HERE)
  const lines = accounts.map(
    ({ is, name, email, password }) =>
      `  ${is.padEnd(width)}  ${name.padEnd(names)}  ${email}${password && !oneClick ? `  password: ${password}` : ''}`
  )
  return oneClick
    ? [
        `Sign in with one click, without a password, at ${settings.baseUrl}/sign-in as:`,
        ...lines,
        ...(settings.smtpUrl ? [] : [`Letters and codes stay at ${settings.baseUrl}/outbox`])
      ]
    : [`Sign in at ${settings.baseUrl}/sign-in (these passwords are shown only this once):`, ...lines]
}

const founding =
  (token: string | null): Told =>
  settings => [
    '',
    `Laurel is ready and empty: ${settings.baseUrl}`,
    '',
    ...(token
      ? [
          'Whoever opens this address first becomes its organiser. It works once, and not after the next start:',
          `  ${settings.baseUrl}/founding?token=${token}`
        ]
      : []),
    ...cautions(settings),
    '',
    'Ctrl-C stops it.',
    ''
  ]

function cautions({ hostCookies, baseUrl, loopback, smtpUrl }: Settings): string[] {
  return [
    ...(hostCookies
      ? []
      : [
          '',
          `Caution: ${baseUrl} is not encrypted. Passwords and sessions can be read on the way. Set BASE_URL to an https address.`
        ]),
    ...(loopback || smtpUrl
      ? []
      : ['', `No SMTP_URL is set: letters stay at ${baseUrl}/outbox, which only the administrator sees.`])
  ]
}
