import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** The software's version, as frozen runs and bundles carry it. */
export const SOFTWARE = version
