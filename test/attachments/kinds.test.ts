import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import {
  acceptAttribute,
  type Evidence,
  type FileRefusal,
  judge,
  type Kind,
  kindsFrom,
  tooLarge,
  whyNotName
} from '../../src/attachments/kinds.ts'
import { cleanName, contentDisposition, endingOf } from '../../src/attachments/names.ts'
import { sentence } from '../../src/i18n/catalogue.ts'

const latin = (text: string) => Uint8Array.from(text, letter => letter.charCodeAt(0))
const PICTURES: Kind[] = ['pdf', 'jpg', 'png']

/** A file that consists of these letters, byte for byte. */
function aFile(text: string, more: Partial<Evidence> = {}): Evidence {
  const bytes = latin(text)
  return { bytes: bytes.length, head: bytes, tail: bytes, sniffed: null, zip: null, text: null, ...more }
}

const whyNot = (name: string, evidence: Evidence, accept = PICTURES): FileRefusal | null => {
  const verdict = judge(name, evidence, accept)
  return verdict.ok ? null : verdict.refusal
}

t.test('a name and its content must agree', async t => {
  const png = '\u0089PNG\r\n\u001a\n'
  t.strictSame(judge('plan.PNG', aFile(png), PICTURES), { ok: true, kind: 'png', mime: 'image/png' })
  t.strictSame(judge('plan.jpeg', aFile('\u00ff\u00d8\u00ff'), PICTURES), { ok: true, kind: 'jpg', mime: 'image/jpeg' })
  t.match(whyNot('plan.jpg', aFile(png)), { code: 'file_content_mismatch', ending: 'jpg', found: 'png', offer: 'yes' })
  t.match(whyNot('plan.png', aFile('<svg onload="alert(1)"/>')), { found: 'text', offer: 'no' })
  const found = {
    sound: 'audio/mpeg',
    film: 'video/mp4',
    heic: 'image/heic',
    picture: 'image/gif',
    archive: 'application/x-rar-compressed',
    program: 'application/x-elf',
    unknown: 'font/otf'
  }
  for (const [name, sniffed] of Object.entries(found))
    t.match(whyNot('plan.png', aFile('\u0001', { sniffed })), { found: name, offer: 'no' })
})

t.test('a PDF begins with its mark and ends with its trailer', async t => {
  t.equal(whyNot('a.pdf', aFile('%PDF-1.7\n…\n%%EOF')), null)
  t.equal(whyNot('a.pdf', aFile(`%PDF-1.7\n%%EOF\r\n${'\0'.repeat(500)}`)), null, 'zeros after it are common')
  t.strictSame(whyNot('a.pdf', aFile('%PDF-1.7\n')), { code: 'file_incomplete' })
  t.match(whyNot('a.pdf', aFile(' %PDF-1.7\n%%EOF')), { code: 'file_content_mismatch', found: 'text' })
  t.strictSame(whyNot('a.pdf', aFile('')), { code: 'file_empty' })
})

t.test('a name only rules out', async t => {
  t.strictSame(whyNotName('budget.csv.exe', PICTURES), {
    code: 'file_ending_not_accepted',
    ending: 'exe',
    accepted: PICTURES
  })
  t.strictSame(whyNotName('Писмо', PICTURES), { code: 'file_without_ending', accepted: PICTURES })
  t.equal(whyNotName('Scan.JPEG', PICTURES), null)
  t.strictSame(kindsFrom(['pdf', 'jpeg', 'jpg', '.PNG', 'exe']), ['pdf', 'jpg', 'png'])
  t.equal(acceptAttribute(PICTURES), '.pdf,.jpg,.jpeg,.jpe,.jfif,.png')
})

t.test('a file one byte above the limit never seems to have the limit', async t => {
  t.strictSame(tooLarge(2 ** 21, 2 ** 21 + 1), { code: 'file_too_large', limitMb: 2, sizeMb: 2.01 })
  t.strictSame(tooLarge(2 ** 21, null), { code: 'file_too_large', limitMb: 2, sizeMb: 0 })
})

t.test('hostile names become harmless and stay recognisable', async t => {
  const long = 'б'.repeat(300)
  const names: Record<string, string> = {
    '<img src=x onerror=alert(1)>.pdf': '<img src=x onerror=alert(1)>.pdf',
    '../../letter.pdf': 'letter.pdf',
    'C:\\Users\\Ada\\letter.pdf': 'letter.pdf',
    'letter.pdf\u0000.png': 'letter.pdf.png',
    'con.pdf': '_con.pdf',
    'Aux.tar.pdf': '_Aux.tar.pdf',
    'console.pdf': 'console.pdf',
    '  spaces before and after .pdf  ': 'spaces before and after.pdf',
    'писмо\u202efdp.exe': 'писмоfdp.exe',
    'line\r\nSet-Cookie: a=b.pdf': 'line Set-Cookie: a=b.pdf',
    'zero\u200bwidth\ufeff.pdf': 'zerowidth.pdf',
    'half \ud800 letter.pdf': 'half \ufffd letter.pdf',
    'letter.pdf. . ': 'letter.pdf',
    'Cafe\u0301.pdf': 'Caf\u00e9.pdf',
    '.pdf': 'file.pdf',
    '..': 'file',
    '': 'file',
    [`${long}.pdf`]: `${'б'.repeat(115)}….pdf`
  }
  t.strictSame(Object.fromEntries(Object.keys(names).map(sent => [sent, cleanName(sent)])), names)

  const hostile: { file_names: string[] } = JSON.parse(
    readFileSync(new URL('../../src/programmes/example/hostile-inputs.json', import.meta.url), 'utf8')
  )
  t.strictSame(hostile.file_names.map(cleanName).map(endingOf), ['pdf', 'pdf', 'png', 'pdf', 'pdf', 'exe', 'pdf'])
})

t.test('whatever a name is, it fits a file system, has no path, and cleaning it again changes nothing', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), sent => {
      const name = cleanName(sent)
      return (
        name !== '' &&
        new TextEncoder().encode(name).length <= 255 &&
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
        !/[\u0000-\u001f\u007f/\\\u202a-\u202e\u2066-\u2069]/.test(name) &&
        cleanName(name) === name
      )
    }),
    { seed: 1, numRuns: 2000 }
  )
  t.pass('2000 names')
})

t.test('a name in a header can neither end the header nor another name', async t => {
  t.equal(
    contentDisposition('attachment', 'Писмо "важно"; x=1.pdf'),
    `attachment; filename="_____ ________ x=1.pdf"; filename*=UTF-8''%D0%9F%D0%B8%D1%81%D0%BC%D0%BE%20_%D0%B2%D0%B0%D0%B6%D0%BD%D0%BE__%20x%3D1.pdf`
  )
  t.equal(
    contentDisposition('inline', "Ștefan's\r\nletter (1).pdf"),
    `inline; filename="Stefan's letter (1).pdf"; filename*=UTF-8''%C8%98tefan%27s%20letter%20%281%29.pdf`
  )
})

t.test('every refusal has its sentence, in English and in Bulgarian', async t => {
  const codes = new Set<string>()
  for (const folder of ['attachments/', 'storage/'])
    for (const file of readdirSync(new URL(`../../src/${folder}`, import.meta.url)))
      for (const [, code = ''] of readFileSync(new URL(`../../src/${folder}${file}`, import.meta.url), 'utf8').matchAll(
        /code: '(file_\w+)'/g
      ))
        codes.add(code)
  t.ok(codes.size >= 17, `${codes.size} codes`)
  const facts = {
    accepted: 'pdf, jpg',
    ending: 'pdf',
    found: 'png',
    offer: 'yes',
    as: 'png',
    limitMb: 2,
    sizeMb: 2.5,
    line: 7
  }
  for (const language of ['en', 'bg'])
    for (const code of codes) t.notMatch(sentence(language, `mistake.${code}`, facts), /[{}]|undefined/)

  const mismatch = { ...facts, found: 'png' }
  t.equal(
    sentence('en', 'mistake.file_content_mismatch', mismatch),
    'The name of the file says pdf, but its content is a PNG picture. That kind is accepted here: give the name the ending .png and send it again.'
  )
  t.equal(
    sentence('en', 'mistake.file_content_mismatch', { ...mismatch, found: 'text', offer: 'no' }),
    'The name of the file says pdf, but its content is plain text. Send a file that really is one of these: pdf, jpg.'
  )
  t.equal(
    sentence('bg', 'mistake.file_too_large', tooLarge(2 ** 21, 2_700_000)),
    'Файлът е 2,58 MB. Най-много може да е 2 MB. Сканирайте го с по-малко точки на инч, намалете изображенията или оставете по-малко страници.'
  )
})
