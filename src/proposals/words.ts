/** Words are runs of characters separated by white space (the rule the form states). */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}

/** Characters as people count them: an emoji of many code points is one. */
export function countCharacters(text: string): number {
  let count = 0
  for (const _ of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) count += 1
  return count
}

/** How much of a text's limit is left; negative where it is too long. */
export function leftOf(text: string, limit: { unit: 'words' | 'chars'; max: number }): number {
  return limit.max - (limit.unit === 'words' ? countWords(text) : countCharacters(text.trim()))
}
