import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import t from 'tap'
import { type Kind, kindsFrom } from '../../src/attachments/kinds.ts'
import { type Received, receiveFile } from '../../src/storage/receive.ts'
import { diskStore, type Listed, type Store } from '../../src/storage/store.ts'
import { anOfficeFile, anOpenDocument, aZip, type Part } from './zip.ts'

const EVERY = kindsFrom(['pdf', 'png', 'jpg', 'odt', 'ods', 'docx', 'xlsx', 'csv', 'txt'])
const example = new URL('../../src/programmes/example/', import.meta.url)

const store = await diskStore(t.testdir())

/** What became of a file, and that a refused one is gone. */
async function sent(name: string, content: Buffer | string, accept: readonly Kind[] = EVERY): Promise<Received> {
  const before = await keysIn(store)
  const file = Object.assign(Readable.from([Buffer.from(content)]), { truncated: false, bytesRead: content.length })
  const received = await receiveFile({ filename: name, file: file as never }, { accept, maxBytes: 2 ** 20 }, store)
  if (!received.ok) t.strictSame(await keysIn(store), before, `nothing of ${name} stays`)
  return received
}

async function keysIn(store: Store): Promise<string[]> {
  const listed: Listed[] = []
  for await (const one of store.list()) listed.push(one)
  return listed.map(({ key }) => key).sort()
}

const codeOf = (received: Received) => (received.ok ? `kept as ${received.kind}` : received.refusal.code)
/** One after the other: what is in the store before and after each is compared. */
async function codes(files: Record<string, Buffer | string>): Promise<Record<string, string>> {
  const became: Record<string, string> = {}
  for (const [label, content] of Object.entries(files))
    became[label] = codeOf(await sent(label.split('/').at(-1) ?? '', content))
  return became
}

t.test('each file that means trouble gets the treatment that its README promises', async t => {
  const folder = new URL('attachments-negative/', example)
  const got: Record<string, unknown> = {}
  for (const name of readdirSync(folder).sort()) {
    const received = await sent(name, readFileSync(new URL(name, folder)))
    got[name] = received.ok ? { kept: received.kind, bytes: received.bytes } : received.refusal
  }
  t.strictSame(got, {
    'budget.csv.exe': { code: 'file_ending_not_accepted', ending: 'exe', accepted: EVERY },
    'cut-in-the-middle.pdf': { code: 'file_incomplete' },
    'empty.pdf': { code: 'file_empty' },
    'formula.csv': { kept: 'csv', bytes: 73 },
    'png-with-pdf-ending.pdf': {
      code: 'file_content_mismatch',
      ending: 'pdf',
      found: 'png',
      offer: 'yes',
      as: 'png',
      accepted: EVERY
    },
    'text-with-pdf-ending.pdf': {
      code: 'file_content_mismatch',
      ending: 'pdf',
      found: 'text',
      offer: 'yes',
      as: 'txt',
      accepted: EVERY
    }
  })
})

t.test('a picture that says PDF is offered as a picture only where pictures are accepted', async t => {
  const png = readFileSync(new URL('attachments-negative/png-with-pdf-ending.pdf', example))
  const received = await sent('letter.pdf', png, ['pdf', 'odt'])
  t.strictSame(received.ok || received.refusal, {
    code: 'file_content_mismatch',
    ending: 'pdf',
    found: 'png',
    offer: 'no',
    as: '',
    accepted: ['pdf', 'odt']
  })
})

t.test('a table with formulas stays byte for byte what was sent', async t => {
  const formula = readFileSync(new URL('attachments-negative/formula.csv', example))
  const received = await sent('formula.csv', formula)
  if (!received.ok) return t.fail('it is accepted where CSV is')
  const kept: Buffer[] = []
  for await (const chunk of await store.open(received.key)) kept.push(chunk)
  t.ok(Buffer.concat(kept).equals(formula))
})

t.test('every attachment of the example programme is accepted as what it says', async t => {
  const table = readFileSync(new URL('attachments.csv', example), 'utf8').trim().split('\n').slice(1)
  for (const line of table) {
    const [, , path = '', mime = '', bytes, sha256] = line.split(',')
    const received = await sent(path.split('/').at(-1) ?? '', readFileSync(new URL(path, example)))
    if (!received.ok) t.fail(`${path}: ${received.refusal.code}`)
    else
      t.strictSame(
        [received.mime.split(';')[0], received.bytes, received.sha256],
        [mime.split(';')[0], Number(bytes), sha256]
      )
  }
})

t.test('office files are known by what is packed in them', async t => {
  t.strictSame(
    await codes({
      'letter.docx': anOfficeFile('docx'),
      'budget.xlsx': anOfficeFile('xlsx'),
      'letter.odt': anOpenDocument('text'),
      'budget.ods': anOpenDocument('spreadsheet'),
      'a table that says it is a letter/letter.docx': anOfficeFile('xlsx'),
      'a ZIP of anything/letter.odt': aZip([{ name: 'a.txt', content: 'a' }]),
      'a Word file that says PDF/letter.pdf': anOfficeFile('docx'),
      'cut off/letter.docx': anOfficeFile('docx').subarray(0, 150),
      'from the 1990s, or with a password/letter.docx': Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(600)
      ])
    }),
    {
      'letter.docx': 'kept as docx',
      'budget.xlsx': 'kept as xlsx',
      'letter.odt': 'kept as odt',
      'budget.ods': 'kept as ods',
      'a table that says it is a letter/letter.docx': 'file_content_mismatch',
      'a ZIP of anything/letter.odt': 'file_content_mismatch',
      'a Word file that says PDF/letter.pdf': 'file_content_mismatch',
      'cut off/letter.docx': 'file_damaged',
      'from the 1990s, or with a password/letter.docx': 'file_locked_or_old'
    }
  )
})

t.test('what could run, hide or burst in an office file is refused', async t => {
  const many: Part[] = Array.from({ length: 2001 }, (_, at) => ({ name: `part${at}.xml`, content: '' }))
  const zeros = Buffer.alloc(30 * 2 ** 20)
  t.strictSame(
    await codes({
      'macros/letter.docx': anOfficeFile('docx', [{ name: 'word/vbaProject.bin', content: 'x' }]),
      'controls/letter.docx': anOfficeFile('docx', [{ name: 'word/activeX/activeX1.bin', content: 'x' }]),
      'old macros/budget.xlsx': anOfficeFile('xlsx', [{ name: 'xl/macrosheets/sheet1.xml', content: 'x' }]),
      'declared macros/letter.docx': aZip([
        {
          name: '[Content_Types].xml',
          content:
            'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml application/vnd.ms-word.document.macroEnabled.main+xml'
        }
      ]),
      'Basic/letter.odt': anOpenDocument('text', [{ name: 'Basic/Standard/Module1.xml', content: 'x' }]),
      'empty Basic library/letter.odt': anOpenDocument('text', [
        { name: 'Basic/script-lc.xml', content: 'x' },
        { name: 'Basic/Standard/script-lb.xml', content: 'x' }
      ]),
      'password/letter.odt': anOpenDocument('text', [
        { name: 'META-INF/manifest.xml', content: '<manifest:encryption-data manifest:checksum="x"/>' }
      ]),
      'password on a part/letter.docx': anOfficeFile('docx', [{ name: 'secret.xml', content: 'x', locked: true }]),
      'too many parts/letter.docx': anOfficeFile('docx', many),
      'unpacks to 150 MB/letter.docx': anOfficeFile(
        'docx',
        Array.from({ length: 5 }, (_, at) => ({ name: `big${at}`, content: zeros }))
      ),
      'lies about its size/letter.docx': anOfficeFile('docx', [{ name: 'big', content: zeros, claims: 10 }])
    }),
    {
      'macros/letter.docx': 'file_with_macros',
      'controls/letter.docx': 'file_with_macros',
      'old macros/budget.xlsx': 'file_with_macros',
      'declared macros/letter.docx': 'file_with_macros',
      'Basic/letter.odt': 'file_with_macros',
      'empty Basic library/letter.odt': 'kept as odt',
      'password/letter.odt': 'file_locked',
      'password on a part/letter.docx': 'file_locked',
      'too many parts/letter.docx': 'file_swollen',
      'unpacks to 150 MB/letter.docx': 'file_swollen',
      'lies about its size/letter.docx': 'file_damaged'
    }
  )
})

t.test('tables and texts must decode and parse', async t => {
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')
  t.strictSame(
    await codes({
      'with a mark/a.csv': '\ufeffкатегория;сума\nтехника;1250,00\n',
      'as Excel writes Unicode text/b.csv': utf16('категория\tсума\r\nтехника\t12\r\n'),
      'big endian/c.txt': utf16('писмо').swap16(),
      'lines of unlike length/d.csv': 'a,b\n1\n1,2,3\n',
      'quotes within quotes/e.csv': 'a;b\n"said ""yes""; twice";2\n',
      'letter cut by a chunk/f.txt': 'ж'.repeat(70_000),
      'begins like a bitmap picture/g.csv': 'BMI;year\n21;2026\n',
      'in an old code page/h.csv': Buffer.from('cae0f2e5e3eef0e8ff3bd1f3ece00a', 'hex'),
      'a quote that never closes/i.csv': 'a,b\n"1,2\n3,4\n',
      'a picture/j.csv': readFileSync(new URL('attachments-negative/png-with-pdf-ending.pdf', example)),
      'a control late in the text/k.txt': `${'a'.repeat(9000)}\u0000`,
      'only its first 8 kB are UTF-8/l.txt': Buffer.concat([Buffer.alloc(9000, 'a'), Buffer.from('cae0', 'hex')]),
      'a PDF made of plain letters/m.txt': '%PDF-1.4\n%%EOF\n',
      'a program/n.txt': Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)])
    }),
    {
      'with a mark/a.csv': 'kept as csv',
      'as Excel writes Unicode text/b.csv': 'kept as csv',
      'big endian/c.txt': 'kept as txt',
      'lines of unlike length/d.csv': 'kept as csv',
      'quotes within quotes/e.csv': 'kept as csv',
      'letter cut by a chunk/f.txt': 'kept as txt',
      'begins like a bitmap picture/g.csv': 'kept as csv',
      'in an old code page/h.csv': 'file_not_utf8',
      'a quote that never closes/i.csv': 'file_not_a_table',
      'a picture/j.csv': 'file_content_mismatch',
      'a control late in the text/k.txt': 'file_content_mismatch',
      'only its first 8 kB are UTF-8/l.txt': 'file_not_utf8',
      'a PDF made of plain letters/m.txt': 'file_content_mismatch',
      'a program/n.txt': 'file_content_mismatch'
    }
  )
})
