export type Io = { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream }
export type Run = (argv: string[], io: Io) => Promise<number>

type Command = { name: string; says: string; usage: string; load: () => Promise<Run> }

const commands: Command[] = [
  {
    name: 'serve',
    says: 'starts the site',
    usage: `laurel serve [--empty]

Starts the site with its database in ./data, or with the one named by
DATABASE_URL. The first start loads the example programme; with --empty it
starts without one and prints the one-time token with which the first organiser
makes an account. Ctrl-C stops everything cleanly. Settings come from the
environment: see README › Settings.
Exit code: 0 stopped as told, 1 it could not start or broke down (one line says
why), 2 a mistake in the call.`,
    load: async () => (await import('./serve.ts')).serve
  },
  {
    name: 'rank',
    says: 'scores in, ranked list out; no server, no database',
    usage: `laurel rank INPUT [--method NAME] [--top K] [--json | --csv | --table | --html]
                  [--out FILE] [--rubric FILE] [--proposals FILE]
                  [--measure trimmed:N[:KEPT]] [--draw SEAL:PUBLIC]

INPUT is a CSV or JSON file, or - for standard input. --rubric names scale,
criteria and rules; --proposals names the fields that limits and the tie ladder
read.
Exit code: 0 done, 2 bad input (one line says where).`,
    load: async () => (await import('./rank.ts')).rank
  },
  {
    name: 'assign',
    says: 'proposals, jurors and conflicts in, assignment out',
    usage: `laurel assign INPUT [--json | --csv | --table] [--out FILE] [--seed N]
                    [--objective NAME]

INPUT is a JSON file in the form asg-1, or - for standard input.
Exit code: 0 done, 1 no assignment is possible (the answer says why), 2 bad
input.`,
    load: async () => (await import('./assign.ts')).assign
  },
  {
    name: 'verify',
    says: 'works a published result out again and compares',
    usage: `laurel verify BUNDLE [--seal HEX] [--inputs HEX] [--head HEX] [--json]

BUNDLE is the file of a results page, or - for standard input. Each step is
worked out again and printed, then "verified" where the values given are those
in it, "consistent" where none is given, or the first difference. The seal is
printed with the call and on receipts; all three stand on the results page.
Exit code: 0 verified or consistent, 1 something differs, 2 bad input (one line
says where).`,
    load: async () => (await import('./verify.ts')).verify
  },
  {
    name: 'seed',
    says: 'loads the example programme at a chosen moment',
    usage: `laurel seed [--at MOMENT]

Loads the example into an empty database and sets the demonstration's clock to
the moment: call-open, drafting, last-hour, eligibility, judging, panel,
objections, announced (the plain one) or reporting. Stop the site first.
Exit code: 0 done, 1 the database is not empty, 2 a mistake in the call.`,
    load: async () => (await import('./seed.ts')).seed
  },
  {
    name: 'user',
    says: 'lists people, adds one, gives a sign-in link, roles, closes an account',
    usage: `laurel user list [--programme SLUG]
laurel user add EMAIL --name NAME [--role ROLE] [--programme SLUG]
                      [--call SLUG] [--language CODE]
laurel user link EMAIL [--forget-password]
laurel user sign-out EMAIL
laurel user deactivate EMAIL
laurel user activate EMAIL
laurel user give EMAIL ROLE [--programme SLUG] [--call SLUG]
laurel user end EMAIL ROLE [--programme SLUG] [--call SLUG]

  ROLE        organiser, auditor, chair or ambassador (of a programme or one
              call), or administrator (of accounts and settings). With one
              programme, --programme may be left out
  add, link   print a link that signs the person in once, within a day;
              --forget-password is for somebody who forgot their password
  sign-out    ends their sessions
  deactivate  closes the account, activate opens it again

Works while the site runs. Everything done here stands in history. BASE_URL must
be the site's address, as when it was started.
Exit code: 0 done, 1 not (one line says why), 2 a mistake in the call.`,
    load: async () => (await import('./user.ts')).user
  },
  {
    name: 'backup',
    says: 'writes database and files into one archive, while the site runs',
    usage: `laurel backup [FILE]

Writes everything as it was in one instant into FILE, a ZIP archive (without
FILE: laurel-backup-DATE.zip in this folder), and reads all of it back before
the file gets its name. The site may go on meanwhile. Not in it: sessions and
one-time codes (people sign in again), and the secret in DATA_DIR. It holds
names, addresses and scores: keep it as closed as the site itself. Prints the
name of the archive.
Exit code: 0 done, 1 not done or a file of the site is missing, 2 a mistake in
the call.`,
    load: async () => (await import('./backup.ts')).backup
  },
  {
    name: 'restore',
    says: 'brings a backup into an empty place',
    usage: `laurel restore FILE

Checks every byte of the archive, then writes database and files into an empty
place: a new DATA_DIR, and with DATABASE_URL a database with nothing in it. What
is there already is never overwritten. Then looks at everything as laurel doctor
does, and prints what was restored. Broken off half-way, it is simply run again.
Exit code: 0 done, 1 the place is not empty or something in it is wrong, 2 the
archive is damaged, foreign or of a newer version (nothing was written).`,
    load: async () => (await import('./restore.ts')).restore
  },
  {
    name: 'doctor',
    says: 'checks database, files and the chain of history',
    usage: `laurel doctor

Checks that the database answers and has two roles, that every file is there and
unchanged, and that no entry of history was changed, removed or put in. Works
every frozen ranking out again, and compares decisions and results pages with
what was signed. Changes nothing; one line tells each finding.
Exit code: 0 all well, 1 something is not, 2 a mistake in the call.`,
    load: async () => (await import('./doctor.ts')).doctor
  }
]

export const commandNamed = (name: string) => commands.find(command => command.name === name)

/** For the terminal, in English: what there is, or how one command is used. */
export function help(name?: string): string {
  const command = name && commandNamed(name)
  if (command) return `${command.usage}\n`
  const width = Math.max(...commands.map(({ name }) => name.length))
  return `Laurel runs and judges grant competitions and awards.

${commands.map(({ name, says }) => `  laurel ${name.padEnd(width)}  ${says}`).join('\n')}

laurel COMMAND --help says how to use one.\n`
}
