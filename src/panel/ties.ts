/** What an organiser compares a juror's ties with. */
export type TiedTo = { applicant: string; institution: string; partners: readonly string[] }

/**
 * The people and institutions a juror of a blind call is tied to that stand in a proposal: compared without regard to
 * capitals, accents and marks, either one inside the other. Short scraps would match everything and are passed over.
 */
export function tiesIn(ties: readonly string[], { applicant, institution, partners }: TiedTo): string[] {
  const named = [applicant, institution, ...partners].map(plain).filter(text => text.length >= LEAST)
  return ties.filter(tie => {
    const wanted = plain(tie)
    return wanted.length >= LEAST && named.some(text => within(wanted, text) || within(text, wanted))
  })
}

const LEAST = 4

/** Whole words only: "Lom" is no part of "Lomnica". */
const within = (part: string, whole: string) => ` ${whole} `.includes(` ${part} `)

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
