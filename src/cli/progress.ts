/** Says every tenth part of long work on standard error, so that nothing but the answer is on standard output. */
export function progress(stderr: NodeJS.WriteStream, of: number): (done: number) => void {
  let sum = 0
  let said = 0
  return done => {
    sum += done
    const tenths = of > 0 ? Math.floor((sum / of) * 10) : 0
    if (tenths <= said) return
    said = tenths
    stderr.write(`  ${tenths * 10} of 100\n`)
  }
}

export const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`
