import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connect.ts'
import { decidingTime, realTime } from '../../db/time.ts'
import { remember } from '../../history/commands.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { isLanguage } from '../../i18n/languages.ts'
import { type Block, writeLetter } from '../../notifications/commands.ts'
import { Mistaken, Refused } from '../../refusal.ts'
import { addPerson, addressOf, hashPassword, isPassword, startSession } from '../commands.ts'
import { whyNotPassword } from '../passwords.ts'
import { isCommonPassword, personWith, tokenHash } from '../queries.ts'
import { codes, people } from '../tables.ts'

export const CODE_MINUTES = 15
export const TRIES = 5
const FOUNDING_HOURS = 24

type Code = typeof codes.$inferSelect
/** How a session begins: on a shared computer it ends soon. `address` is the visitor's. */
export type Entering = { shared: boolean; address: string }
export type Entered = { token: string; personId: string; language: string }

/** Sends a code to sign in with. To an address without an account goes a letter that says so: the page looks the same. */
export async function askToSignIn(
  db: Db,
  secret: string,
  { email, language }: { email: string; language: string }
): Promise<string> {
  return db.transaction(async tx => {
    const person = await personWith(tx, addressOf(email))
    return person
      ? sendCode(tx, secret, { email, purpose: 'sign_in', language: spoken(person.language, language) }, 'code')
      : sendCode(tx, secret, { email, purpose: 'sign_in', language }, 'no_account')
  })
}

/** Sends a code that confirms the address. Where there is an account already, the code signs in to that and nothing else. */
export async function askToSignUp(
  db: Db,
  secret: string,
  { email, name, password, language }: { email: string; name: string; password: string; language: string }
): Promise<string> {
  if (password) await mustBeGood(password, [name, email])
  const passwordHash = password ? await hashPassword(password) : null
  return db.transaction(async tx => {
    const person = await personWith(tx, addressOf(email))
    return person
      ? sendCode(tx, secret, { email, purpose: 'sign_in', language: spoken(person.language, language) }, 'known')
      : sendCode(tx, secret, { email, purpose: 'sign_up', name, language, passwordHash }, 'confirm')
  })
}

/** Sends another code for what was asked before; the earlier one ends. */
export async function askAgain(db: Db, secret: string, { codeId }: { codeId: string }): Promise<string> {
  const [code] = await db.select().from(codes).where(eq(codes.id, codeId))
  if (!code) throw new Refused({ code: 'code_gone' })
  const now = await realTime(db)
  await db
    .update(codes)
    .set({ endsAt: now })
    .where(and(eq(codes.id, codeId), gt(codes.endsAt, now)))
  if (code.purpose !== 'sign_up') return askToSignIn(db, secret, code)
  return db.transaction(async tx => {
    const { email, name, language, passwordHash } = code
    return sendCode(tx, secret, { email, purpose: 'sign_up', name, language, passwordHash }, 'confirm')
  })
}

type Asked = Pick<Code, 'email' | 'purpose' | 'language'> & Partial<Pick<Code, 'name' | 'passwordHash'>>
type LetterKind = 'code' | 'no_account' | 'known' | 'confirm'

/** A letter with a code in it; or, where there is nothing to sign in to, without one, and the stored code is nobody's. */
async function sendCode(tx: Tx, secret: string, asked: Asked, kind: LetterKind): Promise<string> {
  const now = await realTime(tx)
  const code = String(randomInt(100_000_000)).padStart(8, '0')
  const codeHash = kind === 'no_account' ? randomBytes(32).toString('hex') : 'set below'
  const endsAt = new Date(now.getTime() + CODE_MINUTES * 60_000)
  const [row] = await tx
    .insert(codes)
    .values({ ...asked, email: addressOf(asked.email), codeHash, madeAt: now, endsAt })
    .returning({ id: codes.id })
  if (!row) throw new Error('a code was not stored')
  // Hashed together with its own id: the same digits are another hash in every row.
  if (kind !== 'no_account')
    await tx
      .update(codes)
      .set({ codeHash: keyed(secret, row.id, code) })
      .where(eq(codes.id, row.id))
  await writeLetter(tx, {
    event: `code:${row.id}`,
    kind: 'code',
    email: addressOf(asked.email),
    language: asked.language,
    subject: sentence(asked.language, `accounts.letter.${kind}.subject`),
    blocks: blocksOf(asked.language, kind, code),
    because: sentence(asked.language, 'accounts.letter.because'),
    release: true
  })
  return row.id
}

function blocksOf(language: string, kind: LetterKind, code: string): Block[] {
  const say = (key: string) => sentence(language, `accounts.letter.${kind}.${key}`, { minutes: CODE_MINUTES })
  const ifNot: Block = { kind: 'paragraph', text: sentence(language, 'accounts.letter.if_not_you'), small: true }
  if (kind === 'no_account')
    return [
      { kind: 'paragraph', text: say('text') },
      { kind: 'button', href: '/sign-up', label: sentence(language, 'accounts.sign_up.button') },
      ifNot
    ]
  return [
    { kind: 'paragraph', text: say('text') },
    { kind: 'code', text: `${code.slice(0, 4)} ${code.slice(4)}` },
    { kind: 'paragraph', text: sentence(language, 'accounts.letter.once', { minutes: CODE_MINUTES }) },
    ifNot
  ]
}

const spoken = (theirs: string, pages: string) => (isLanguage(theirs) ? theirs : pages)

const keyed = (secret: string, id: string, code: string) =>
  createHmac('sha256', secret).update(`code:${id}:${code}`).digest('hex')

/** What a code page shows: whom the code went to, while it lives. */
export async function codeAsked(db: Db, codeId: string): Promise<{ email: string; purpose: Code['purpose'] } | null> {
  const [code] = await db.select().from(codes).where(eq(codes.id, codeId))
  return code && !code.usedAt ? { email: code.email, purpose: code.purpose } : null
}

/**
 * Signs in with a code, and makes the account where it confirms a new address. Each try is counted and committed before it
 * is answered, so that many at once are still five.
 */
export async function enterByCode(
  db: Db,
  secret: string,
  { codeId, typed, ...entering }: { codeId: string; typed: string } & Entering
): Promise<Entered> {
  const digits = typed.replace(/\D/g, '')
  if (digits.length !== 8) throw new Mistaken([{ field: 'code', code: 'code_digits' }])
  const now = await realTime(db)
  const [code] = await db
    .update(codes)
    .set({ tries: sql`${codes.tries} + 1` })
    .where(and(eq(codes.id, codeId), isNull(codes.usedAt), gt(codes.endsAt, now), lt(codes.tries, TRIES)))
    .returning()
  if (!code) throw new Mistaken([{ field: 'code', code: 'code_over' }])
  const right = timingSafeEqual(Buffer.from(keyed(secret, code.id, digits)), Buffer.from(code.codeHash))
  if (!right) {
    const left = TRIES - code.tries
    throw new Mistaken([{ field: 'code', code: left > 0 ? 'code_wrong' : 'code_over', left }])
  }
  return db.transaction(async tx => {
    const used = await tx
      .update(codes)
      .set({ usedAt: now, name: '', passwordHash: null })
      .where(and(eq(codes.id, code.id), isNull(codes.usedAt)))
      .returning({ id: codes.id })
    if (used.length === 0) throw new Mistaken([{ field: 'code', code: 'code_over' }])
    const person = (await confirmedPerson(tx, code.email)) ?? (await newPerson(tx, code))
    const token = await startSession(tx, { personId: person.id, factors: ['code'], ...entering })
    return { token, personId: person.id, language: person.language }
  })
}

/** The person with this address, which the code has just shown to be theirs. */
async function confirmedPerson(tx: Tx, email: string): Promise<{ id: string; language: string } | null> {
  const person = await personWith(tx, email)
  if (person && !person.confirmedAt)
    await tx
      .update(people)
      .set({ confirmedAt: await decidingTime(tx) })
      .where(eq(people.id, person.id))
  return person
}

async function newPerson(tx: Tx, code: Code): Promise<{ id: string; language: string }> {
  const [disabled] = await tx.select({ id: people.id }).from(people).where(eq(people.email, code.email))
  if (disabled || code.purpose !== 'sign_up') throw new Mistaken([{ field: 'code', code: 'code_over' }])
  const { email, name, language, passwordHash } = code
  return { id: await addPerson(tx, { email, name, language, passwordHash, confirmed: true }), language }
}

/** Signs in with a password. Nobody there, no password, another password: the same answer after the same time. */
export async function enterByPassword(
  db: Db,
  { email, password, ...entering }: { email: string; password: string } & Entering
): Promise<Entered> {
  const person = await personWith(db, addressOf(email))
  if (!(await isPassword(person?.passwordHash ?? null, password)) || !person)
    throw new Mistaken([{ field: 'password', code: 'sign_in_wrong' }])
  const token = await startSession(db, { personId: person.id, factors: ['password'], ...entering })
  return { token, personId: person.id, language: person.language }
}

/** Enters as an account of the demonstration. Where that may be offered, the route decides. */
export async function enterDemonstration(
  db: Db,
  { email, ...entering }: { email: string } & Entering
): Promise<Entered> {
  const person = await personWith(db, email)
  if (!person) throw new Refused({ code: 'not_found' })
  const token = await startSession(db, { personId: person.id, factors: ['demonstration'], ...entering })
  return { token, personId: person.id, language: person.language }
}

/**
 * The one-time token with which the first person of an empty site makes their account: told on the console, stored as a
 * hash. `null` once there is an administrator. A later one takes the place of those before.
 */
export async function foundingToken(db: Db): Promise<string | null> {
  return db.transaction(async tx => {
    if (await isFounded(tx)) return null
    const now = await realTime(tx)
    await tx.delete(codes).where(eq(codes.purpose, 'founding'))
    const token = randomBytes(32).toString('base64url')
    const endsAt = new Date(now.getTime() + FOUNDING_HOURS * 3_600_000)
    await tx.insert(codes).values({ email: '', purpose: 'founding', codeHash: tokenHash(token), madeAt: now, endsAt })
    return token
  })
}

export async function isFounded(db: Db | Tx): Promise<boolean> {
  const [administrator] = await db.select({ id: people.id }).from(people).where(eq(people.administrator, true)).limit(1)
  return administrator !== undefined
}

/** Whether a founding token still opens the page. */
export async function mayFound(db: Db | Tx, token: string): Promise<boolean> {
  const [code] = await db
    .select({ id: codes.id })
    .from(codes)
    .where(
      and(
        eq(codes.purpose, 'founding'),
        eq(codes.codeHash, tokenHash(token)),
        isNull(codes.usedAt),
        gt(codes.endsAt, await realTime(db))
      )
    )
  return code !== undefined && !(await isFounded(db))
}

/** Makes the first account, the administrator's, for whoever holds the token from the console. */
export async function foundSite(
  db: Db,
  {
    token,
    name,
    email,
    password,
    language,
    ...entering
  }: { token: string; name: string; email: string; password: string; language: string } & Entering
): Promise<Entered> {
  await mustBeGood(password, [name, email])
  const passwordHash = await hashPassword(password)
  return db.transaction(async tx => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('founding', 0))`)
    if (!(await mayFound(tx, token))) throw new Refused({ code: 'founding_over' })
    await tx
      .update(codes)
      .set({ usedAt: await realTime(tx) })
      .where(eq(codes.codeHash, tokenHash(token)))
    const personId = await addPerson(tx, { email, name, language, passwordHash, confirmed: true, administrator: true })
    const session = await startSession(tx, { personId, factors: ['founding'], ...entering })
    await remember(tx, { what: 'site.founded', about: personId, byPerson: personId, at: await decidingTime(tx) })
    return { token: session, personId, language }
  })
}

async function mustBeGood(password: string, about: string[]): Promise<void> {
  const weak = whyNotPassword(password, { isCommon: await isCommonPassword(), about })
  if (weak) throw new Mistaken([{ field: 'password', code: weak }])
}
