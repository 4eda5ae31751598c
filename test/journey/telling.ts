import type t from 'tap'

export type Test = typeof t
