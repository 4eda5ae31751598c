/** A linear model with whole-number columns, as a solver takes it. */
export interface Model {
  columns: { cost: number; lower: number; upper: number; whole: boolean }[]
  rows: { lower: number; upper: number; columns: number[]; factors: number[] }[]
}

/** What the solver found: `values` where there are any, and the proved bound on the objective. */
export interface Solution {
  status: 'optimal' | 'infeasible' | 'limit'
  values: ArrayLike<number> | null
  objective: number
  bound: number
}

/** Same model, seed and limit, same solution. `nodes` limits the search; without it the search runs to its proof. */
export interface SolverOptions {
  seed: number
  nodes?: number
}

/** Maximises the model. Handed in, so that the arithmetic loads and knows no solver. */
export type Solver = (model: Model, options: SolverOptions) => Promise<Solution>
