import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parentPort } from 'node:worker_threads'
import highsModule, { type Highs, type ModelData } from 'highs'
import type { Model, Solution, SolverOptions } from '../panel/assignmentmodel.ts'
import type { Answer, Question } from './solver.ts'

// The package's types describe its CommonJS build, where the loader is a property; what we import is the loader itself.
const loadHighs = highsModule as unknown as typeof highsModule.default
const compiled = WebAssembly.compile(readFileSync(fileURLToPath(import.meta.resolve('highs/runtime'))))
// Only a fence around what no seeded limit caught: an answer that needed it would not be the same on every machine.
const secondsAtMost = 600

parentPort?.on('message', async ({ number, model, options }: Question) => {
  let answer: Answer
  try {
    // A fresh instance per question: no memory of earlier ones decides among equals, and none is left behind.
    const highs = await loadHighs({ wasmModule: await compiled })
    answer = { number, solution: solve(highs, model, options) }
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    // Too large a search ends with its memory, like one that ran into its limit of branches.
    answer = error instanceof WebAssembly.RuntimeError ? { number, solution: nothingFound } : { number, failure }
  }
  parentPort?.postMessage(answer)
})

const nothingFound: Solution = { status: 'limit', values: null, objective: -Infinity, bound: Infinity }

function solve(highs: Highs, model: Model, { seed, nodes, first }: SolverOptions): Solution {
  return highs.withModel(dataOf(highs, model), (run): Solution => {
    run.options.set({
      output_flag: false,
      random_seed: seed % 2 ** 31,
      mip_rel_gap: 0,
      time_limit: secondsAtMost,
      ...(nodes === undefined ? {} : { mip_max_nodes: nodes }),
      ...(first ? { mip_max_improving_sols: 1 } : {})
    })
    run.run()
    const status = run.getModelStatus()
    const { modelStatus } = highs.constants
    if (status === modelStatus.infeasible || status === modelStatus.unboundedOrInfeasible) {
      return { status: 'infeasible', values: null, objective: -Infinity, bound: -Infinity }
    }
    const limits: number[] = [
      modelStatus.solutionLimit,
      modelStatus.timeLimit,
      modelStatus.iterationLimit,
      modelStatus.interrupted
    ]
    if (status !== modelStatus.optimal && !limits.includes(status)) throw new Error(`status ${status}`)
    const found = Number(run.info.get('primal_solution_status')) === highs.constants.solutionStatus.feasible
    const whole = model.columns.some(column => column.whole)
    const bound = whole ? Number(run.info.get('mip_dual_bound')) : run.getObjectiveValue()
    return {
      status: status === modelStatus.optimal ? 'optimal' : 'limit',
      values: found ? run.getSolution().colValue : null,
      objective: found ? run.getObjectiveValue() : -Infinity,
      bound
    }
  })
}

function dataOf(highs: Highs, { columns, rows }: Model): ModelData {
  const { variableType, objectiveSense } = highs.constants
  const starts = new Int32Array(rows.length + 1)
  for (const [index, row] of rows.entries()) starts[index + 1] = (starts[index] as number) + row.columns.length
  return {
    numCols: columns.length,
    numRows: rows.length,
    sense: objectiveSense.maximize,
    colCost: Float64Array.from(columns, ({ cost }) => cost),
    colLower: Float64Array.from(columns, ({ lower }) => lower),
    colUpper: Float64Array.from(columns, ({ upper }) => upper),
    rowLower: Float64Array.from(rows, ({ lower }) => lower),
    rowUpper: Float64Array.from(rows, ({ upper }) => upper),
    matrix: {
      format: 'csr',
      numRows: rows.length,
      numCols: columns.length,
      starts,
      indices: Int32Array.from(rows.flatMap(row => row.columns)),
      values: Float64Array.from(rows.flatMap(row => row.factors))
    },
    integrality: columns.map(({ whole }) => (whole ? variableType.integer : variableType.continuous))
  }
}
