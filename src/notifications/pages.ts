import { sentence } from '../i18n/catalogue.ts'
import { withAddresses } from './letter.ts'
import { type KeptLetter, type LetterHead, STOPPED_BY_HAND } from './queries.ts'

/**
 * What the administrator may read of a letter. Letters about a proposal tell of judging, which is not theirs; and once a
 * letter really leaves by mail, its codes and links are nobody's but the receiver's. A demonstration shows everything.
 */
export type Reader = { language: string; demonstration: boolean; sends: boolean }

const mayRead = ({ proposalId }: Pick<LetterHead, 'proposalId'>, { demonstration, sends }: Reader) =>
  demonstration || (!sends && proposalId === null)

export function outboxPage(letters: LetterHead[], reader: Reader) {
  const { language, sends } = reader
  return {
    title: sentence(language, 'notifications.outbox.title'),
    smallLine: sentence(
      language,
      reader.demonstration ? 'notifications.outbox.everyone' : 'notifications.outbox.yours'
    ),
    lede: sentence(language, sends ? 'notifications.outbox.sends' : 'notifications.outbox.keeps'),
    letters: letters.map(letter => ({
      id: letter.id,
      releasedAt: letter.releasedAt,
      sentAt: letter.sentAt,
      stoppedAt: letter.stoppedAt,
      href: `/outbox/${letter.id}`,
      subject: subjectFor(letter, reader),
      lang: mayRead(letter, reader) ? letter.language : language,
      email: letter.email,
      madeAt: letter.madeAt,
      ...stateOf(letter, reader)
    }))
  }
}

export function letterPage(letter: KeptLetter, reader: Reader, baseUrl: string) {
  const { language } = reader
  const readable = mayRead(letter, reader) && letter.text !== ''
  const hidden = letter.text === '' ? 'emptied' : letter.proposalId ? 'not_yours' : 'left'
  return {
    id: letter.id,
    subject: subjectFor(letter, reader),
    releasedAt: letter.releasedAt,
    sentAt: letter.sentAt,
    stoppedAt: letter.stoppedAt,
    title: subjectFor(letter, reader),
    // Not "lang", which is the language of the page around it.
    letterLang: mayRead(letter, reader) ? letter.language : language,
    email: letter.email,
    madeAt: letter.madeAt,
    ...stateOf(letter, reader),
    trouble: letter.trouble === 'replayed' ? '' : letter.trouble,
    frame: readable ? `/outbox/${letter.id}/page` : '',
    text: readable ? withAddresses(letter.text, baseUrl) : '',
    hidden: readable ? '' : sentence(language, `notifications.hidden.${hidden}`)
  }
}

/** The letter itself, its links opening outside the frame it is shown in; `null` where this reader may not read it. */
export function letterAlone(letter: KeptLetter, reader: Reader, baseUrl: string): string | null {
  if (!mayRead(letter, reader) || letter.html === '') return null
  return withAddresses(letter.html, baseUrl).replace('<head>', '<head>\n<base target="_top">')
}

function subjectFor(letter: LetterHead, reader: Reader): string {
  return mayRead(letter, reader) ? letter.subject : sentence(reader.language, 'notifications.about_proposal')
}

function stateOf({ releasedAt, sentAt, stoppedAt, tries, trouble }: LetterHead, { language, sends }: Reader) {
  const [state, key] = sentAt
    ? ['done', 'sent']
    : trouble === 'replayed'
      ? ['ahead', 'replayed']
      : stoppedAt
        ? ['bad', trouble === STOPPED_BY_HAND ? 'stopped_by_hand' : 'stopped']
        : !releasedAt
          ? ['ahead', 'waiting']
          : tries > 0
            ? ['warn', 'trying']
            : sends
              ? ['now', 'released']
              : ['now', 'kept']
  return { state, stateText: sentence(language, `notifications.state.${key}`, { tries }) }
}
