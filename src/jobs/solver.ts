import { Worker } from 'node:worker_threads'
import type { Model, Solution, Solver, SolverOptions } from '../panel/assignmentmodel.ts'

export interface Question {
  number: number
  model: Model
  options: SolverOptions
}

export type Answer = { number: number; solution: Solution } | { number: number; failure: string }

interface Waiting {
  resolve: (solution: Solution) => void
  reject: (reason: Error) => void
}

let worker: Worker | undefined
let asked = 0
const waiting = new Map<number, Waiting>()

/**
 * HiGHS in a thread of its own, so that nobody's page waits while it thinks. Nothing is loaded before the first
 * question; an idle thread does not keep the process alive; one that broke is replaced at the next question.
 */
export const solveInWorker: Solver = (model, options) => {
  const number = ++asked
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject })
    worker ??= startWorker()
    worker.ref()
    worker.postMessage({ number, model, options } satisfies Question)
  })
}

function startWorker(): Worker {
  const started = new Worker(new URL('./solverworker.ts', import.meta.url))
  started.on('message', (answer: Answer) => {
    const who = waiting.get(answer.number)
    waiting.delete(answer.number)
    if (waiting.size === 0) started.unref()
    if ('solution' in answer) who?.resolve(answer.solution)
    else who?.reject(new Error(`The solver gave up: ${answer.failure}`))
  })
  started.on('error', failAll)
  started.on('exit', code => failAll(new Error(`The solver's thread ended with ${code}`)))
  return started
}

function failAll(reason: Error) {
  worker = undefined
  for (const { reject } of waiting.values()) reject(reason)
  waiting.clear()
}
