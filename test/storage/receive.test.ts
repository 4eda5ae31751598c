import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request as ask } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { kindsFrom } from '../../src/attachments/kinds.ts'
import { multipartStatus, receiveForm, receiveText, settleUnread } from '../../src/storage/receive.ts'
import { diskStore, type Listed, type Store, StoreTrouble } from '../../src/storage/store.ts'

const MB = 2 ** 20
const BOUNDARY = 'laurel-boundary'
const RULES = { accept: kindsFrom(['pdf', 'png', 'csv', 'txt']), maxBytes: MB }

/** A small site over a real socket: one door that receives, one that refuses before it reads, one that counts. */
async function aSite(t: Test, { maxBytes = MB, keep }: { maxBytes?: number; keep?: Store['put'] } = {}) {
  const folder = t.testdir()
  const disk = await diskStore(folder)
  const store: Store = keep ? { ...disk, put: keep } : disk
  const app = Fastify({ logger: false, forceCloseConnections: true })
  const bugs: unknown[] = []
  settleUnread(app)
  await app.register(multipart, { limits: { parts: 5, files: 3 }, throwFileSizeLimit: false })
  app.setErrorHandler((error, _request, reply) => {
    const status = multipartStatus(error)
    if (status === undefined) bugs.push(error)
    return reply.code(status ?? 500).send({ status })
  })
  app.post('/files', async (request, reply) => {
    const form = await receiveForm(request, store, field => (field === 'file' ? { ...RULES, maxBytes } : null))
    return reply.code(form.files.every(({ ok }) => ok) ? 200 : 422).send(form)
  })
  app.post('/list', async request => receiveText(request, 1000))
  app.post('/refused', async (_request, reply) => reply.code(403).send({ refused: true }))
  app.post('/half', async (request, reply) => {
    await request.file()
    return reply.code(403).send({ refused: true })
  })
  app.get('/', async () => ({ here: true }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return { app, store: disk, bugs, port: portOf(app) }
}

const portOf = (app: FastifyInstance) => (app.server.address() as { port: number }).port

type Part = { name: string; filename?: string; content: Buffer | string }

function aForm(parts: Part[]): Buffer {
  const pieces = parts.flatMap(({ name, filename, content }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n` +
        `${filename === undefined ? '' : 'Content-Type: application/octet-stream\r\n'}\r\n`
    ),
    Buffer.from(content),
    Buffer.from('\r\n')
  ])
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

type Sent = { status: number; body: Record<string, unknown>; closes: boolean }

/** `chunked`: without saying its length beforehand. */
function send(
  port: number,
  path: string,
  body: Buffer | AsyncIterable<Buffer> | null,
  { agent, headers = {}, chunked = false }: { agent?: Agent; headers?: Record<string, string>; chunked?: boolean } = {}
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = ask(
      {
        port,
        path,
        agent: agent ?? false,
        method: body ? 'POST' : 'GET',
        headers: {
          ...(body && { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }),
          ...(Buffer.isBuffer(body) && !chunked && { 'content-length': String(body.length) }),
          ...headers
        }
      },
      async response => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk)
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
          closes: response.headers.connection === 'close'
        })
      }
    )
    request.on('error', reject)
    void (async () => {
      if (Buffer.isBuffer(body)) request.write(body)
      else if (body)
        for await (const chunk of body) {
          if (!request.write(chunk)) await once(request, 'drain')
        }
      request.end()
    })().catch(reject)
  })
}

async function kept(store: Store): Promise<Listed[]> {
  const listed: Listed[] = []
  for await (const one of store.list()) listed.push(one)
  return listed
}

/** Nothing under a key, nothing half written. */
const isEmpty = async (store: Store) =>
  (await kept(store)).length === 0 && (await store.tidy(new Date('2999-01-01'))) === 0

async function until(true_: () => Promise<boolean> | boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await true_()) return true
    await pause(20)
  }
  return false
}

const aText = (bytes: number) => Buffer.alloc(bytes, 'a letter from the library\n')

t.test('Ada sends a letter and her title in one form; both arrive, the letter with its digest', async t => {
  const { port, store } = await aSite(t)
  const form = aForm([
    { name: 'title', content: 'Библиотека на колела' },
    { name: 'file', filename: 'Писмо.txt', content: 'здравей' },
    { name: 'file', filename: '', content: '' },
    { name: 'after', content: 'the file' }
  ])
  const { status, body } = await send(port, '/files', form)
  t.equal(status, 200)
  const [{ key }] = (await kept(store)) as [Listed]
  t.strictSame(body, {
    fields: { title: 'Библиотека на колела', after: 'the file' },
    files: [
      {
        field: 'file',
        ok: true,
        kind: 'txt',
        mime: 'text/plain; charset=utf-8',
        key,
        name: 'Писмо.txt',
        bytes: 14,
        sha256: createHash('sha256').update('здравей').digest('hex')
      }
    ]
  })
})

t.test('a file of exactly the limit is kept, one byte more is refused after its last byte', async t => {
  const { port, store } = await aSite(t)
  for (const chunked of [false, true]) {
    const whole = await send(port, '/files', aForm([{ name: 'file', filename: 'a.txt', content: aText(MB) }]), {
      chunked
    })
    t.equal(whole.status, 200)
    await Promise.all((await kept(store)).map(({ key }) => store.remove(key)))

    const form = aForm([
      { name: 'file', filename: 'b.txt', content: aText(MB + 1) },
      { name: 'after', content: 'still read' }
    ])
    const refused = await send(port, '/files', form, { chunked })
    t.strictSame(refused.body, {
      fields: { after: 'still read' },
      files: [
        { field: 'file', ok: false, name: 'b.txt', refusal: { code: 'file_too_large', limitMb: 1, sizeMb: 1.01 } }
      ]
    })
    t.ok(await isEmpty(store))
  }
})

t.test('a request that dies half-way leaves neither a file nor half of one', async t => {
  const { port, store, bugs } = await aSite(t)
  const form = aForm([
    { name: 'file', filename: 'whole.txt', content: aText(1000) },
    { name: 'file', filename: 'half.txt', content: aText(500_000) }
  ])
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${form.length}\r\n\r\n`
  )
  socket.write(form.subarray(0, 300_000))
  t.ok(await until(async () => (await kept(store)).length === 1), 'the first file was already whole')
  socket.destroy()
  t.ok(await until(() => isEmpty(store)), 'and goes with the request')
  t.strictSame(bugs, [])
})

t.test('after a refusal the next request on the same connection is answered', async t => {
  const { port } = await aSite(t)
  const form = aForm([
    { name: 'file', filename: 'a.exe', content: aText(8 * MB) },
    { name: 'other', filename: 'b.txt', content: aText(200_000) }
  ])
  for (const path of ['/files', '/refused', '/half']) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const first = await send(port, path, form, { agent })
    t.equal(first.status, path === '/files' ? 422 : 403)
    t.strictSame(await send(port, '/', null, { agent }).then(({ status }) => status), 200, path)
    t.notOk(first.closes)
    agent.destroy()
  }
})

t.test('a body far above what is worth reading ends the connection instead', async t => {
  const { port, store } = await aSite(t)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  socket.write(
    `POST /refused HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${2 ** 40}\r\n\r\n`
  )
  await once(socket, 'close')
  t.match(answer, /^HTTP\/1.1 403[\s\S]*connection: close/i)
  t.ok(await isEmpty(store))
})

t.test('a file that never ends is given up, its sender still told', async t => {
  const { port, store, bugs } = await aSite(t)
  let sent = 0
  async function* endless(): AsyncGenerator<Buffer> {
    yield aForm([{ name: 'file', filename: 'a.txt', content: '' }]).subarray(0, -(BOUNDARY.length + 8))
    for (; sent < 200; sent += 1) yield aText(MB)
  }
  const answer = await send(port, '/files', endless()).catch(error => error.code as string)
  t.ok(sent < 200, 'it was not read to the end')
  if (typeof answer === 'string') t.match(answer, /ECONNRESET|EPIPE/)
  else
    t.match(answer, { status: 422, body: { files: [{ refusal: { code: 'file_too_large', limitMb: 1, sizeMb: 0 } }] } })
  t.ok(await until(() => isEmpty(store)))
  t.strictSame(bugs, [])
})

t.test('what is no form is 400, 413 or 415, never our fault', async t => {
  const { port, store, bugs } = await aSite(t)
  const whole = aForm([{ name: 'file', filename: 'a.txt', content: aText(5000) }])
  const type = (value: string) => ({ headers: { 'content-type': value } })
  const statusOf = async (...[path, body, options]: [string, Buffer, object?]) =>
    (await send(port, path, body, options)).status
  t.strictSame(
    {
      noBoundary: await statusOf('/files', whole, type('multipart/form-data')),
      longBoundary: await statusOf('/files', whole, type(`multipart/form-data; boundary=${'b'.repeat(300)}`)),
      otherBoundary: await statusOf('/files', whole, type('multipart/form-data; boundary=other')),
      cutInTheFile: await statusOf('/files', whole.subarray(0, 2000)),
      cutInTheHead: await statusOf('/files', whole.subarray(0, 50)),
      noise: await statusOf('/files', Buffer.alloc(5000, 7)),
      prototype: await statusOf('/files', aForm([{ name: '__proto__', content: 'x' }])),
      prototypeFile: await statusOf('/files', aForm([{ name: 'toString', filename: 'a.txt', content: 'x' }])),
      tooManyParts: await statusOf('/files', aForm(Array.from({ length: 9 }, () => ({ name: 'a', content: 'x' })))),
      notAForm: await statusOf('/files', Buffer.from('{}'), type('application/json')),
      listCut: await statusOf('/list', whole.subarray(0, 2000))
    },
    {
      noBoundary: 400,
      longBoundary: 400,
      otherBoundary: 400,
      cutInTheFile: 400,
      cutInTheHead: 400,
      noise: 400,
      prototype: 400,
      prototypeFile: 400,
      tooManyParts: 413,
      notAForm: 415,
      listCut: 400
    }
  )
  t.ok(await isEmpty(store))
  t.strictSame(bugs, [])
})

t.test('names, nameless files and files nobody asked for are told, and the rest of the form is read', async t => {
  const { port, store } = await aSite(t)
  const form = aForm([
    { name: 'file', filename: '', content: 'bytes without a name' },
    { name: 'portrait', filename: 'ada.png', content: 'x' },
    { name: 'file', filename: '../../etc/letter\u202efdp.exe', content: 'x' },
    { name: 'title', content: 'kept' }
  ])
  const { body } = await send(port, '/files', form)
  t.match(body, {
    fields: { title: 'kept' },
    files: [
      { field: 'file', name: 'file', refusal: { code: 'file_without_name' } },
      { field: 'portrait', name: 'ada.png', refusal: { code: 'file_not_asked_for' } },
      { field: 'file', name: 'letterfdp.exe', refusal: { code: 'file_ending_not_accepted', ending: 'exe' } }
    ]
  })
  t.ok(await isEmpty(store))
})

t.test('the hostile names of the example come through a real form as harmless ones', async t => {
  const hostile = JSON.parse(
    readFileSync(new URL('../../src/programmes/example/hostile-inputs.json', import.meta.url), 'utf8')
  )
  const { port, store, bugs } = await aSite(t)
  const became: Record<string, string> = {}
  for (const filename of hostile.file_names as string[]) {
    const { status, body } = await send(port, '/files', aForm([{ name: 'file', filename, content: '%PDF-1.4\n%%EOF' }]))
    const [file] = (body.files ?? []) as { name: string; ok: boolean; refusal?: { code: string } }[]
    became[filename.slice(0, 20)] = file ? `${file.name.slice(0, 40)} ${file.refusal?.code ?? 'kept'}` : String(status)
  }
  t.strictSame(became, {
    '<img src=x onerror=a': '<img src=x onerror=alert(1)>.pdf kept',
    '../../letter.pdf': 'letter.pdf kept',
    'letter.pdf\u0000.png': 'letter.pdf.png file_content_mismatch',
    'con.pdf': '_con.pdf kept',
    '  spaces before and ': 'spaces before and after.pdf kept',
    'писмо\u202efdp.exe': 'писмоfdp.exe file_ending_not_accepted',
    'a-very-long-name-xxx': 'a-very-long-name-xxxxxxxxxxxxxxxxxxxxxxx kept'
  })
  t.strictSame(bugs, [])
  t.equal((await kept(store)).length, 5)
})

t.test('when the store is full, that file is refused and the form is not lost', async t => {
  const { port, bugs } = await aSite(t, {
    keep: async source => {
      for await (const _ of source) throw new StoreTrouble(Object.assign(new Error('full'), { code: 'ENOSPC' }))
      throw new StoreTrouble(null)
    }
  })
  const form = aForm([
    { name: 'file', filename: 'a.txt', content: aText(500_000) },
    { name: 'title', content: 'kept' }
  ])
  t.strictSame((await send(port, '/files', form)).body, {
    fields: { title: 'kept' },
    files: [{ field: 'file', ok: false, name: 'a.txt', refusal: { code: 'file_not_kept' } }]
  })
  t.strictSame(bugs, [])
})

t.test('a list is read as text at once, or refused', async t => {
  const { port } = await aSite(t)
  const list = async (filename: string, content: Buffer | string) =>
    (
      await send(
        port,
        '/list',
        aForm([
          { name: 'role', content: 'juror' },
          { name: 'list', filename, content }
        ])
      )
    ).body
  const fields = { role: 'juror' }
  t.strictSame(
    [
      await list('jurors.csv', '\ufeffname,email\nЮно,juno@example.org\n'),
      await list('', ''),
      await list('jurors.csv', ''),
      await list('jurors.csv', aText(1001)),
      await list('jurors.csv', Buffer.from('cae0', 'hex'))
    ],
    [
      { ok: true, name: 'jurors.csv', fields, text: 'name,email\nЮно,juno@example.org\n' },
      { ok: false, name: '', fields, refusal: { code: 'file_none' } },
      { ok: false, name: 'jurors.csv', fields, refusal: { code: 'file_empty' } },
      { ok: false, name: 'jurors.csv', fields, refusal: { code: 'file_too_large', limitMb: 0, sizeMb: 0 } },
      { ok: false, name: 'jurors.csv', fields, refusal: { code: 'file_not_utf8', ending: 'csv' } }
    ]
  )
})

t.test('64 MB go through without being held in memory', async t => {
  const { port, store } = await aSite(t, { maxBytes: 70 * MB })
  const head = aForm([{ name: 'file', filename: 'long.txt', content: '' }])
  const cut = head.length - (BOUNDARY.length + 8)
  const piece = aText(256 * 1024)
  let most = 0
  async function* long(): AsyncGenerator<Buffer> {
    yield head.subarray(0, cut)
    for (let sent = 0; sent < 256; sent += 1) {
      most = Math.max(most, process.memoryUsage().rss)
      yield piece
    }
    yield head.subarray(cut)
  }
  await send(port, '/files', aForm([{ name: 'file', filename: 'warm.txt', content: aText(4 * MB) }]))
  const before = process.memoryUsage().rss
  const { status, body } = await send(port, '/files', long())
  t.equal(status, 200)
  t.match(body, { files: [{ bytes: 64 * MB }] })
  t.comment(`memory grew by ${Math.round((most - before) / MB)} MB`)
  t.ok(most - before < 48 * MB, 'memory stays below what came')
  t.equal((await kept(store)).length, 2)
})
