import { readFileSync } from 'node:fs'
import { holdClock } from '../../src/db/time.ts'
import { momentNamed, theExample } from '../support/example.ts'
import { type Agent, aSite } from '../support/site.ts'

const EXAMPLE = new URL('../../src/programmes/example/', import.meta.url)

export const exampleFile = (name: string) => new Uint8Array(readFileSync(new URL(name, EXAMPLE)))
export const exampleJson = <Shape>(name: string): Shape => JSON.parse(readFileSync(new URL(name, EXAMPLE), 'utf8'))

export const DEADLINE = new Date('2026-09-18T17:00:00+03:00')
export const seconds = (at: Date, count: number) => new Date(at.getTime() + count * 1000)

type Told = Parameters<typeof aSite>[0]

/** The innovation awards as they stand at a moment of the example, with everybody who plays in it. */
export async function theAwards(t: Told, moment: Date | string) {
  const site = await aSite(t)
  const { cast, playTo } = theExample(site.db, site.store)
  await playTo(typeof moment === 'string' ? momentNamed(moment) : moment)
  return {
    site,
    cast,
    as: (code: string) => site.as(cast.people.get(code) ?? ''),
    clock: (at: Date) => holdClock(site.db, at),
    playTo
  }
}

/** Begins a proposal on the site and answers its address. */
export async function begun(agent: Agent, call = 'awards-2026'): Promise<string> {
  await agent.get(`/calls/${call}`)
  const { location } = await agent.post(`/calls/${call}/proposals`)
  return location.replace(/\/edit$/, '')
}

/** Everything that the awards ask for, as the form of the editor sends it. */
export const COMPLETE = {
  elig_participant: 'yes',
  elig_employed: 'yes',
  elig_director: 'yes',
  elig_not_started: 'yes',
  elig_single: 'yes',
  language: 'en',
  title: 'A seed library for three villages',
  summary: 'Seeds are lent like books, and come back after the harvest.',
  theme: 'environment',
  keywords: 'seeds, villages, gardens',
  need: 'People ask for seeds that no shop has.',
  idea: 'A cupboard of drawers in the library.',
  innovation: 'Nobody here has tried it.',
  plan: 'First the cupboard, then the seeds.',
  impact: 'Sixty gardens in the first year.',
  sustainability: 'Seeds come back by themselves.',
  risks: 'A wet summer.',
  'milestones.0.month': '1',
  'milestones.0.what': 'The cupboard stands',
  'milestones.1.month': '6',
  'milestones.1.what': 'First seeds come back',
  'budget.0.item': 'Cupboard',
  'budget.0.category': 'equipment',
  'budget.0.quantity': '1',
  'budget.0.unit_cost': '800',
  'budget.0.own': '200',
  'budget.1.item': 'Seeds and paper',
  'budget.1.category': 'materials',
  'budget.1.quantity': '100',
  'budget.1.unit_cost': '8,50',
  'budget.1.own': '',
  decl_true: 'on',
  decl_rules: 'on',
  decl_publish: 'on',
  _boxes: 'decl_true decl_rules decl_publish decl_newsletter'
}

export const LETTER = { name: 'support letter.pdf', bytes: exampleFile('attachments/P01/P01_support-letter.pdf') }
