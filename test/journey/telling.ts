export type { Test } from 'tap'
