import type { Answers } from '../proposals/answers.ts'

const said = (answer: unknown) => (typeof answer === 'string' ? answer.trim() : '')

/** A title for somebody who reads `language`: in it where it was written in it, else its English form, else as it is. */
export function titleIn(language: string, answers: Answers, otherwise: string): { title: string; titleLang: string } {
  const [own, english, wrote] = [said(answers.title), said(answers.title_en), said(answers.language) || 'en']
  if (wrote !== language && english) return { title: english, titleLang: 'en' }
  return { title: own || otherwise, titleLang: wrote }
}
