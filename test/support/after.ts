import { endRun } from './cluster.ts'

await endRun()
