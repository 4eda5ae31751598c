/** A digest in groups of eight, as people compare it by eye; the label beside it names the algorithm. */
export function inGroups(digest: string, size = 8): string[] {
  return digest.replace(/^sha256:/, '').match(new RegExp(`.{1,${size}}`, 'g')) ?? []
}
