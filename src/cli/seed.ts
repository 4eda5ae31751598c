import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { hashPassword } from '../accounts/commands.ts'
import { DEMONSTRATION } from '../accounts/entry/entering.ts'
import { people } from '../accounts/tables.ts'
import { installation } from '../db/tables.ts'
import { releaseClock } from '../db/time.ts'
import type { Settings } from '../settings.ts'
import { awardsHappenings, SUPPLIED } from './example/awards.ts'
import { jurorFiles, participants, programme } from './example/data.ts'
import { emptyCast, replay } from './example/replay.ts'
import type { Password } from './firstrun.ts'
import type { Io, Run } from './help.ts'
import { type House, openHouse, settingsOr } from './house.ts'
import { answered } from './trouble.ts'

/** The moments that a demonstration can stand at, as the example's `programme.json` names them. */
export const moments = () => programme().moments.map(({ id }) => id)

type Loading = { at: string; onProgress: (done: number, of: number) => void }

/**
 * Loads the example through the site's own commands up to a moment, and lets the demonstration's clock tick on from
 * there. Demonstration accounts get random passwords, told once and kept as hashes.
 */
export async function loadExample(
  { database, store }: Pick<House, 'database' | 'store'>,
  { at, onProgress }: Loading
): Promise<{ passwords: Password[] }> {
  const moment = programme().moments.find(({ id }) => id === at)
  if (!moment) throw new Error(`The example has no moment "${at}"`)
  const passwords = DEMONSTRATION.map(({ email }) => ({ email, password: randomBytes(12).toString('base64url') }))
  const hashes = new Map<string, string>()
  for (const { email, password } of passwords) hashes.set(email, await hashPassword(password))
  const emailOf = new Map(
    [...programme().organiser.team, ...participants(), ...jurorFiles().jurors].map(({ id, email }) => [id, email])
  )

  const stage = {
    db: database.db,
    store,
    cast: emptyCast(),
    passwordHash: (code: string) => hashes.get(emailOf.get(code) ?? '') ?? null
  }
  try {
    await replay(awardsHappenings(), stage, new Date(moment.now), onProgress)
  } finally {
    await releaseClock(database.db, new Date(moment.now))
  }
  return { passwords }
}

/** `laurel seed --at MOMENT`: into an empty installation only. Exit code 0 done, 1 not empty, 2 a mistake in the call. */
export const seed: Run = async (argv, io) => {
  const { stderr } = io
  const at = momentIn(argv)
  if (at === null) {
    stderr.write(`laurel: seed takes --at and one of ${moments().join(', ')}. Try: laurel seed --help\n`)
    return 2
  }
  const settings = settingsOr(stderr)
  if (!settings) return 2
  return answered(io, settings, () => filled(settings, at, io))
}

async function filled(settings: Settings, at: string, { stdout, stderr }: Io): Promise<number> {
  const house = await openHouse(settings)
  try {
    const [anybody] = await house.database.db.select({ id: people.id }).from(people).limit(1)
    if (anybody) {
      stderr.write(
        'laurel: the database is not empty. The example is loaded into an empty one only: set DATA_DIR to a new folder.\n'
      )
      return 1
    }
    let said = -1
    const { passwords } = await loadExample(house, {
      at,
      onProgress: (done, of) => {
        const tenths = Math.floor((done / of) * 10)
        if (tenths > said) stderr.write(`  ${tenths * 10} of 100\n`)
        said = tenths
      }
    })
    await house.database.db.update(installation).set({
      exampleLoadedAt: sql`clock_timestamp()`,
      settings: sql`${installation.settings} || '{"exampleBegun": true}'`
    })
    stderr.write(`Facts that no file of the example states:\n${SUPPLIED.map(fact => `  ${fact}\n`).join('')}`)
    for (const { email, password } of passwords) stdout.write(`${email} ${password}\n`)
    stdout.write(`The example stands at "${at}". Start the site with: npm start\n`)
    return 0
  } finally {
    await house.close()
  }
}

function momentIn(argv: string[]): string | null {
  try {
    const { values } = parseArgs({ args: argv, options: { at: { type: 'string', default: 'announced' } } })
    return moments().includes(values.at) ? values.at : null
  } catch {
    return null
  }
}
