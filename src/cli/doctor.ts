import { isConnectionTrouble } from '../db/connect.ts'
import { checks, type Examined, type Finding } from './checks.ts'
import type { Run } from './help.ts'
import { openHouse, settingsOr } from './house.ts'

const MARKS = { well: 'ok   ', note: 'note ', wrong: 'WRONG' } as const

/** Looks at everything and changes nothing. Exit code 0: all well; 1: something is wrong, said in a line each. */
export const doctor: Run = async (argv, io) => {
  if (argv.length > 0) {
    io.stderr.write(`laurel: doctor does not know ${argv[0]}. Try: laurel doctor --help\n`)
    return 2
  }
  const settings = settingsOr(io.stderr)
  if (!settings) return 1
  try {
    const house = await openHouse(settings)
    try {
      const { database, owner, site, store } = house
      const findings = await examined({ db: database.db, owner, site, store }, finding =>
        io.stdout.write(`${MARKS[finding.is]}  ${finding.says}\n`)
      )
      const broken = findings.filter(({ is }) => is === 'wrong').length
      io.stdout.write(
        broken === 0 ? '\nAll is well.\n' : `\n${broken} ${broken === 1 ? 'thing is' : 'things are'} wrong.\n`
      )
      return broken === 0 ? 0 : 1
    } finally {
      await house.close()
    }
  } catch (error) {
    io.stdout.write(`${MARKS.wrong}  The database does not answer: ${(error as Error).message}\n`)
    return 1
  }
}

/** Every check in turn. One that breaks is a finding too, and the others go on. */
export async function examined(house: Examined, tell: (finding: Finding) => void = () => {}): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) {
    const found = await check(house).catch((error): Finding[] => {
      const why = isConnectionTrouble(error) ? 'the database went away' : (error as Error).message
      return [{ is: 'wrong', says: `Could not look at everything (${check.name}): ${why}` }]
    })
    for (const finding of found) tell(finding)
    findings.push(...found)
  }
  return findings
}
