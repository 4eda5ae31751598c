import './loading.ts'
import { stderr, stdin, stdout } from 'node:process'
import { commandNamed, help } from './help.ts'

/** `laurel COMMAND …`: each command loads only what it needs, so that `rank` starts without a server or a database. */
const [name = '', ...argv] = process.argv.slice(2)
const io = { stdin, stdout, stderr }

// Whoever reads only the first lines (head, less) closes the pipe: no mistake, and the command ends in its own way.
stdout.on('error', (problem: NodeJS.ErrnoException) => {
  if (problem.code !== 'EPIPE') throw problem
})

if (name === '' || name === '--help' || name === '-h' || name === 'help') {
  stdout.write(help(argv[0]))
  process.exitCode = 0
} else {
  const command = commandNamed(name)
  if (!command) {
    stderr.write(`laurel: there is no command "${name}". Try: laurel --help\n`)
    process.exitCode = 2
  } else if (argv.includes('--help') || argv.includes('-h')) {
    stdout.write(help(name))
  } else {
    const run = await command.load()
    process.exitCode = await run(argv, io)
  }
}
