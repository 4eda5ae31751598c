import type { Counted } from './counted.ts'
import { toNumber } from './fraction.ts'

/**
 * Least squares of score = proposal + juror, juror effects summing to zero over jurors. `null` where the reviews fall into
 * parts that no juror links: then the parts cannot be compared this way.
 */
export function additiveFit(
  { byProposal, byJuror, proposals }: Counted,
  components: number
): Map<string, number> | null {
  if (components > 1) return null
  const place = new Map([...byJuror.keys()].sort().map((juror, index) => [juror, index]))
  const size = place.size
  // Proposals eliminated, jurors remain. The ones make the sum of juror effects zero without losing symmetry.
  const matrix = Array.from({ length: size }, () => new Float64Array(size + 1).fill(1, 0, size))
  const at = (juror: string) => matrix[place.get(juror) ?? 0] as Float64Array
  const add = (row: Float64Array, column: number, by: number) => {
    row[column] = (row[column] as number) + by
  }
  const scored = proposals.flatMap(id => {
    const reviews = byProposal.get(id)
    if (!reviews) return []
    return [{ id, reviews: reviews.map(({ juror, score }) => ({ juror, y: toNumber(score) })) }]
  })
  for (const { reviews } of scored) {
    const mean = average(reviews.map(({ y }) => y))
    for (const { juror, y } of reviews) {
      const row = at(juror)
      add(row, place.get(juror) ?? 0, 1)
      add(row, size, y - mean)
      for (const other of reviews) add(row, place.get(other.juror) ?? 0, -1 / reviews.length)
    }
  }
  const effects = solved(matrix)
  return new Map(
    scored.map(({ id, reviews }) => [
      id,
      average(reviews.map(({ juror, y }) => y - (effects[place.get(juror) ?? 0] as number)))
    ])
  )
}

/** Gaussian elimination with the largest pivot of each column. The last column is the right side. */
function solved(rows: Float64Array[]): Float64Array {
  const size = rows.length
  for (let pivot = 0; pivot < size; pivot++) {
    let best = pivot
    for (let row = pivot + 1; row < size; row++)
      if (magnitude(rows, row, pivot) > magnitude(rows, best, pivot)) best = row
    ;[rows[pivot], rows[best]] = [rows[best] as Float64Array, rows[pivot] as Float64Array]
    const top = rows[pivot] as Float64Array
    for (let row = pivot + 1; row < size; row++) {
      const line = rows[row] as Float64Array
      const factor = (line[pivot] as number) / (top[pivot] as number)
      if (factor === 0) continue
      for (let column = pivot; column <= size; column++) {
        line[column] = (line[column] as number) - factor * (top[column] as number)
      }
    }
  }
  const answer = new Float64Array(size)
  for (let row = size - 1; row >= 0; row--) {
    const line = rows[row] as Float64Array
    let rest = line[size] as number
    for (let column = row + 1; column < size; column++) rest -= (line[column] as number) * (answer[column] as number)
    answer[row] = rest / (line[row] as number)
  }
  return answer
}

function magnitude(rows: readonly Float64Array[], row: number, column: number): number {
  return Math.abs(rows[row]?.[column] ?? 0)
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
