import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

// tap compiles its list of plugins into node_modules, and the run that notices a change still uses the old list.
const compiled = new URL('test-built/src/index.ts', import.meta.resolve('@tapjs/test/package.json'))
if (readFileSync(compiled, 'utf8').includes('@tapjs/typescript')) {
  const { status } = spawnSync('tap', ['build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  process.exitCode = status ?? 1
}
