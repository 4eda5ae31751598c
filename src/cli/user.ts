import { parseArgs } from 'node:util'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { addPerson, addressOf, giveRole } from '../accounts/commands.ts'
import {
  disablePerson,
  enablePerson,
  endRole,
  endSessions,
  LINK_HOURS,
  makeLink,
  setAdministrator
} from '../accounts/keeping/commands.ts'
import type { Person } from '../accounts/queries.ts'
import { people, roles } from '../accounts/tables.ts'
import { callNamed } from '../calls/queries.ts'
import { calls } from '../calls/tables.ts'
import type { Db } from '../db/connect.ts'
import { OWN_NAMES } from '../i18n/languages.ts'
import { allProgrammes, programmeAt } from '../programmes/queries.ts'
import { programmes } from '../programmes/tables.ts'
import { Refused } from '../refusal.ts'
import type { Settings } from '../settings.ts'
import type { Io, Run } from './help.ts'
import { openHouse, settingsOr } from './house.ts'
import { counted } from './progress.ts'
import { answered } from './trouble.ts'

/** A mistake in the call: one line, exit code 2. */
class BadCall extends Error {}
/** The answer is no: one line, exit code 1. */
class No extends Error {}

const ROLES = ['organiser', 'auditor', 'chair', 'ambassador'] as const
type Role = (typeof ROLES)[number]

type Given = { email: string; role: string | undefined; values: Values }
type Values = {
  name?: string | undefined
  language?: string | undefined
  programme?: string | undefined
  call?: string | undefined
  role?: string | undefined
  'forget-password'?: boolean | undefined
}
type Act = {
  words: 0 | 1 | 2
  options: readonly (keyof Values)[]
  act(db: Db, given: Given, io: Io, settings: Settings): Promise<void>
}

const ACTS: Record<string, Act> = {
  list: { words: 0, options: ['programme'], act: list },
  add: { words: 1, options: ['name', 'language', 'role', 'programme', 'call'], act: add },
  link: { words: 1, options: ['forget-password'], act: link },
  'sign-out': { words: 1, options: [], act: signOut },
  deactivate: { words: 1, options: [], act: deactivate },
  activate: { words: 1, options: [], act: activate },
  give: { words: 2, options: ['programme', 'call'], act: give },
  end: { words: 2, options: ['programme', 'call'], act: end }
}

/** `laurel user ACT …`: accounts, from the console of the machine. Exit code 0 done, 1 the answer is no, 2 a mistake in the call. */
export const user: Run = async (argv, io) => {
  try {
    const { act, given } = readArguments(argv)
    const settings = settingsOr(io.stderr)
    if (!settings) return 2
    return await answered(io, settings, async () => {
      const house = await openHouse(settings)
      try {
        await act(house.database.db, given, io, settings)
        return 0
      } catch (error) {
        return exitCode(error, given, io)
      } finally {
        await house.close()
      }
    })
  } catch (error) {
    return exitCode(error, { email: '' }, io)
  }
}

function exitCode(error: unknown, { email }: Pick<Given, 'email'>, { stderr }: Io): number {
  const code = error instanceof Refused ? error.refusal.code : ''
  const refused: Record<string, string> = {
    address_taken: `${email} has an account already. Try: laurel user give, or laurel user link`,
    last_administrator: `${email} is the last administrator. Make another one first: laurel user give EMAIL administrator`,
    disabled: `the account of ${email} is closed. Open it first: laurel user activate ${email}`
  }
  const said = refused[code]
  if (!(error instanceof BadCall || error instanceof No) && said === undefined) throw error
  stderr.write(`laurel: ${said ?? (error as Error).message}\n`)
  return error instanceof BadCall ? 2 : 1
}

const SEE = 'Try: laurel user --help'

function readArguments(argv: string[]): { act: Act['act']; given: Given } {
  const [name = '', ...rest] = argv
  const found = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined
  if (!found) throw new BadCall(`user wants one of ${Object.keys(ACTS).join(', ')}. ${SEE}`)
  const { words, options, act } = found
  const { values, positionals } = parsed(rest)
  const strange = (Object.keys(values) as (keyof Values)[]).find(option => !options.includes(option))
  if (strange) throw new BadCall(`user ${name} does not know --${strange}. ${SEE}`)
  if (positionals.length !== words) throw new BadCall(`user ${name} wants ${WANTED[words]}. ${SEE}`)
  const [email = '', role] = positionals
  if (words > 0 && !/^[^\s@]+@[^\s@]+$/.test(email)) throw new BadCall(`"${email}" is no e-mail address.`)
  return { act, given: { email: addressOf(email), role, values } }
}

const WANTED = ['nothing but options', 'one e-mail address', 'an e-mail address and a role'] as const

function parsed(args: string[]): { values: Values; positionals: string[] } {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        name: text,
        language: text,
        programme: text,
        call: text,
        role: text,
        'forget-password': { type: 'boolean' }
      }
    })
  } catch (error) {
    throw new BadCall(`${(error as Error).message.split('\n')[0]} ${SEE}`)
  }
}

async function personAt(db: Db, email: string): Promise<Person> {
  const [person] = await db.select().from(people).where(eq(people.email, email))
  if (!person) throw new No(`nobody has the address ${email}. See: laurel user list`)
  return person
}

/** The programme that is named, or the only one. */
async function placeOf(db: Db, { programme, call }: Values): Promise<{ programmeId: string; callId: string | null }> {
  const all = programme === undefined ? await allProgrammes(db) : []
  const found = programme === undefined ? all[0] : await programmeAt(db, programme)
  if (!found)
    throw new No(programme === undefined ? 'there is no programme yet.' : `there is no programme "${programme}".`)
  if (all.length > 1)
    throw new BadCall(
      `there are several programmes: add --programme and one of ${all.map(({ slug }) => slug).join(', ')}`
    )
  if (call === undefined) return { programmeId: found.id, callId: null }
  const within = await callNamed(db, call)
  if (within?.programmeId !== found.id) throw new No(`the programme ${found.slug} has no call "${call}".`)
  return { programmeId: found.id, callId: within.id }
}

function roleIn(word: string): Role | 'administrator' {
  const role = [...ROLES, 'administrator' as const].find(known => known === word)
  if (!role) throw new BadCall(`"${word}" is no role. Roles are ${ROLES.join(', ')}, administrator.`)
  return role
}

async function list(db: Db, { values }: Given, { stdout, stderr }: Io): Promise<void> {
  const only = values.programme === undefined ? null : (await placeOf(db, values)).programmeId
  const held = await db
    .select({
      personId: roles.personId,
      role: roles.role,
      programmeId: roles.programmeId,
      programme: programmes.slug,
      call: calls.slug
    })
    .from(roles)
    .innerJoin(programmes, eq(roles.programmeId, programmes.id))
    .leftJoin(calls, eq(roles.callId, calls.id))
    .where(and(isNull(roles.endedAt), only ? eq(roles.programmeId, only) : undefined))
    .orderBy(asc(roles.madeAt))
  const all = await db.select().from(people).orderBy(asc(people.email))
  let shown = 0
  for (const { id, email, name, administrator, disabledAt, confirmedAt } of all) {
    const own = held.filter(({ personId }) => personId === id)
    if (only && own.length === 0) continue
    const marks = [
      ...(administrator ? ['administrator'] : []),
      ...own.map(({ role, programme, call }) => `${role} of ${call ?? programme}`),
      ...(confirmedAt ? [] : ['never came in']),
      ...(disabledAt ? ['closed'] : [])
    ]
    stdout.write(`${[email, name, marks.join(', ')].map(plain).join('\t')}\n`)
    shown += 1
  }
  stderr.write(`${counted(shown, 'person', 'people')}.\n`)
}

/** Names are people's own: nothing in them moves the terminal's cursor. */
const plain = (text: string) => text.replaceAll(/\p{Cc}/gu, ' ')

async function add(db: Db, { email, values }: Given, { stdout, stderr }: Io, settings: Settings): Promise<void> {
  const { name, language = 'en' } = values
  if (!name?.trim()) throw new BadCall(`user add wants --name and the person's name. ${SEE}`)
  if (!(language in OWN_NAMES))
    throw new BadCall(`"${language}" is no language of the site: ${Object.keys(OWN_NAMES).join(', ')}.`)
  const role = values.role === undefined ? null : roleIn(values.role)
  const place = role && role !== 'administrator' ? await placeOf(db, values) : null
  const personId = await db.transaction(async tx => {
    const id = await addPerson(tx, {
      email,
      name: name.trim(),
      language,
      confirmed: false,
      administrator: role === 'administrator'
    })
    if (place && role && role !== 'administrator')
      await giveRole(tx, { personId: id, ...place, role, confirmed: false, by: null })
    return id
  })
  stdout.write(`${linkTo(settings, await makeLink(db, { personId, forget: false }))}\n`)
  stderr.write(`${email} was added. ${HAND_OVER}\n`)
}

const HAND_OVER = `The link signs them in once, within ${LINK_HOURS} hours: hand it over yourself. On their account page they choose a password.`
const linkTo = ({ baseUrl }: Settings, token: string) => `${baseUrl}/sign-in?link=${token}`

async function link(db: Db, { email, values }: Given, { stdout, stderr }: Io, settings: Settings): Promise<void> {
  const forget = values['forget-password'] ?? false
  const token = await makeLink(db, { personId: (await personAt(db, email)).id, forget })
  stdout.write(`${linkTo(settings, token)}\n`)
  stderr.write(`${forget ? 'The old password is gone. ' : ''}${HAND_OVER}\n`)
}

async function signOut(db: Db, { email }: Given, { stderr }: Io): Promise<void> {
  const ended = await endSessions(db, { personId: (await personAt(db, email)).id })
  stderr.write(`${counted(ended, 'session')} of ${email} ended.\n`)
}

async function deactivate(db: Db, { email }: Given, { stderr }: Io): Promise<void> {
  await disablePerson(db, { personId: (await personAt(db, email)).id })
  stderr.write(`The account of ${email} is closed: nobody comes in by it. What it did stays.\n`)
}

async function activate(db: Db, { email }: Given, { stderr }: Io): Promise<void> {
  await enablePerson(db, { personId: (await personAt(db, email)).id })
  stderr.write(`The account of ${email} is open.\n`)
}

async function give(db: Db, { email, role: word = '', values }: Given, { stderr }: Io): Promise<void> {
  const role = roleIn(word)
  const { id, confirmedAt } = await personAt(db, email)
  if (role === 'administrator') await setAdministrator(db, { personId: id, on: true })
  else {
    const place = await placeOf(db, values)
    await db.transaction(tx =>
      giveRole(tx, { personId: id, ...place, role, confirmed: confirmedAt !== null, by: null })
    )
  }
  stderr.write(`${email} is ${role} now.\n`)
}

async function end(db: Db, { email, role: word = '', values }: Given, { stderr }: Io): Promise<void> {
  const role = roleIn(word)
  const { id, administrator } = await personAt(db, email)
  if (role === 'administrator') {
    if (!administrator) throw new No(`${email} is no administrator.`)
    await setAdministrator(db, { personId: id, on: false })
  } else if (!(await endRole(db, { personId: id, ...(await placeOf(db, values)), role })))
    throw new No(`${email} is no ${role} there.`)
  stderr.write(`${email} is no longer ${role}.\n`)
}
