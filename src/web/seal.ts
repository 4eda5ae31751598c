/** A digest in groups of eight, as people compare it by eye. */
export function inGroups(digest: string, size = 8): string[] {
  return digest.match(new RegExp(`.{1,${size}}`, 'g')) ?? []
}
