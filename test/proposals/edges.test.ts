import { and, eq } from 'drizzle-orm'
import t from 'tap'
import { attachments } from '../../src/attachments/tables.ts'
import { extendDeadline } from '../../src/calls/commands.ts'
import { proposals } from '../../src/proposals/tables.ts'
import { begun, COMPLETE, DEADLINE, exampleFile, exampleJson, LETTER, seconds, theAwards } from './support.ts'

const idOf = (path: string) => path.split('/').pop() ?? ''
const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')
    .replaceAll('`', '&#x60;')
    .replaceAll('=', '&#x3D;')

t.test('drafts under strain', async t => {
  const { site, cast, as, clock } = await theAwards(t, 'call-open')
  await clock(seconds(DEADLINE, -86_400))
  const ada = await as('GR-01')
  const proposal = await begun(ada)
  const draft = async () => {
    const [row] = await site.db
      .select()
      .from(proposals)
      .where(eq(proposals.id, idOf(proposal)))
    return row?.draft ?? {}
  }

  t.test('hostile texts are kept as they are and shown as text, in every field', async t => {
    for (const text of exampleJson<{ texts: string[] }>('hostile-inputs.json').texts) {
      const fields = {
        title: text,
        summary: text,
        theme: text,
        language: text,
        keywords: text,
        'milestones.0.what': text,
        'milestones.0.month': text,
        'budget.0.item': text,
        'budget.0.category': text,
        'budget.0.quantity': text,
        'budget.0.own': text
      }
      const saved = await ada.post(`${proposal}/draft`, fields)
      t.equal(saved.status, 303, text)
      const kept = await draft()
      const plain = text.replaceAll('\r\n', '\n')
      t.match(kept, {
        title: plain,
        summary: plain,
        milestones: [{ what: plain, month: plain }],
        budget: [{ item: plain, category: plain, quantity: plain, own: plain }]
      })
      for (const path of ['edit?check=1', 'check', 'text', '']) {
        const page = await ada.get(`${proposal}${path && '/'}${path}`)
        t.equal(page.status, 200, `${path}: ${text}`)
        t.match(page.text, escaped(plain))
        t.notMatch(page.text, '<script>alert')
      }
    }
    const huge = await ada.post(`${proposal}/draft`, { title: 'x'.repeat(2 ** 20 + 1) })
    t.equal(huge.status, 413)
  })

  t.test('two tabs: the second is shown both texts, and its own is not lost', async t => {
    const page = await ada.get(`${proposal}/edit`)
    const version = /name="_version" value="(\d+)"/.exec(page.text)?.[1] ?? ''
    await ada.post(`${proposal}/draft`, { title: 'From the first tab', risks: 'Rain.', _version: version })
    const stale = await ada.post(`${proposal}/draft`, {
      title: 'From the second tab',
      risks: 'Rain.',
      _version: version
    })
    t.equal(stale.status, 409)
    t.match(stale.text, 'From the first tab')
    t.match(stale.text, 'value="From the second tab"')
    t.notMatch(stale.text, 'name="risks"', 'only where they differ')
    t.match(await draft(), { title: 'From the first tab' })
    const json = await ada.post(
      `${proposal}/draft`,
      { title: 'By itself', _version: version },
      { headers: { accept: 'application/json' } }
    )
    t.equal(json.status, 409)
    t.equal(JSON.parse(json.text).code, 'stale_draft')
    const next = /name="_version" value="(\d+)"/.exec(stale.text)?.[1] ?? ''
    t.equal((await ada.post(`${proposal}/draft`, { title: 'Both', _version: next })).status, 303)
    t.match(await draft(), { title: 'Both', risks: 'Rain.' })
  })

  t.test('who cannot apply is told at once, kindly, and loses nothing (X03)', async t => {
    await ada.post(`${proposal}/draft`, { elig_participant: 'no', elig_employed: 'no' })
    const page = await ada.get(`${proposal}/edit`)
    t.match(page.text, 'With these answers you cannot apply to this call.')
    t.match(page.text, '#elig_employed')
    await ada.post(`${proposal}/draft`, { elig_participant: 'yes', elig_employed: 'yes' })
    const again = await ada.get(`${proposal}/edit`)
    t.equal(again.text.split('With these answers you cannot').length, 2, 'only as the sample that the script uses')
  })

  t.test('a refused file says why at its field, and what was typed is kept', async t => {
    const refusals: [field: string, name: string, bytes: Uint8Array<ArrayBuffer> | string, why: RegExp][] = [
      [
        'support_letter',
        'budget.csv.exe',
        exampleFile('attachments-negative/budget.csv.exe'),
        /\.exe are not accepted/
      ],
      ['support_letter', 'cut.pdf', exampleFile('attachments-negative/cut-in-the-middle.pdf'), /PDF is not complete/],
      ['support_letter', 'empty.pdf', exampleFile('attachments-negative/empty.pdf'), /The file is empty/],
      [
        'support_letter',
        'png.pdf',
        exampleFile('attachments-negative/png-with-pdf-ending.pdf'),
        /PNG picture.*ending \.png/
      ],
      ['support_letter', 'text.pdf', exampleFile('attachments-negative/text-with-pdf-ending.pdf'), /plain text/],
      ['support_letter', 'IMG_20260917_photo.jpg', '\u00ff'.repeat(5 * 2 ** 20), /The most is 2 MB/],
      ['support_letter', 'pismo potpore (1) (1) KONAČNO.docx', 'PK', /\.docx are not accepted/],
      ['support_letter', 'scrisoare.pdf', '', /The file is empty/],
      ['nothing_here', 'a.pdf', LETTER.bytes, /No file is asked for here/]
    ]
    for (const [field, name, bytes, why] of refusals) {
      const risks = `Typed beside ${name}`
      const refused = await ada.upload(
        `${proposal}/attachments/${field}`,
        { [field]: { name, bytes } },
        { risks, _version: await latest() }
      )
      t.equal(refused.status, 422, name)
      if (field === 'support_letter') t.match(refused.text, why)
      if (field === 'support_letter') t.match(refused.text, name)
      t.match(refused.text, risks)
      t.match(await draft(), { risks })
    }
    const formula = { name: 'formula.csv', bytes: exampleFile('attachments-negative/formula.csv') }
    t.equal((await ada.upload(`${proposal}/attachments/extra_budget`, { extra_budget: formula })).status, 303)
    const rows = await site.db
      .select()
      .from(attachments)
      .where(eq(attachments.proposalId, idOf(proposal)))
    t.strictSame(
      rows.map(({ name }) => name),
      ['formula.csv']
    )
    const file = await ada.get(`/attachments/${rows[0]?.id}`)
    t.match(file.headers.get('content-disposition'), /^attachment/)
    t.match(file.headers.get('content-security-policy'), 'sandbox')
    t.equal(file.text, new TextDecoder().decode(formula.bytes), 'its bytes stay as they were sent')
    let kept = 0
    for await (const _ of site.store.list()) kept += 1
    t.equal(kept, 1, 'a refused file leaves nothing behind')
  })

  const latest = async () => /name="_version" value="(\d+)"/.exec((await ada.get(`${proposal}/edit`)).text)?.[1] ?? ''

  t.test('file names are shown, never believed; a full field asks to remove first', async t => {
    for (const name of exampleJson<{ file_names: string[] }>('hostile-inputs.json').file_names) {
      const sent = await ada.upload(`${proposal}/attachments/support_letter`, { support_letter: { ...LETTER, name } })
      t.ok([303, 422].includes(sent.status), name)
      const page = await ada.get(`${proposal}/edit`)
      t.notMatch(page.text, '<img src=x')
      const remove = /draft\?remove&#x3D;([0-9a-f-]{36})/.exec(page.text)?.[1]
      if (sent.status === 303 && remove)
        await ada.post(`${proposal}/draft?remove=${remove}`, { _version: await latest() })
    }
    const page = await ada.get(`${proposal}/edit`)
    for (const [, id] of page.text.matchAll(/draft\?remove&#x3D;([0-9a-f-]{36})/g))
      await ada.post(`${proposal}/draft?remove=${id}`, { _version: await latest() })
    await ada.upload(`${proposal}/attachments/support_letter`, { support_letter: LETTER })
    const second = await ada.upload(`${proposal}/attachments/support_letter`, {
      support_letter: { ...LETTER, name: 'another.pdf' }
    })
    t.equal(second.status, 422)
    t.match(second.text, 'There is no room for one more')
    const chosen = await ada.post(`${proposal}/draft`, { partner_letters: 'letter.pdf' })
    t.match((await ada.follow(chosen)).text, 'You chose a file, but it was not sent.')
  })

  t.test('only people on the list may begin, and an extension is for one', async t => {
    const stranger = await site.as(await site.person('Vesna Ilić', { email: 'vesna.ilic@school.example.org' }))
    await stranger.get('/calls/awards-2026')
    const refused = await stranger.post('/calls/awards-2026/proposals')
    t.equal(refused.status, 409)
    t.match(refused.text, 'This call is for people on a list')

    await ada.post(`${proposal}/draft`, { ...COMPLETE, title: 'In more time' })
    await extendDeadline(site.db, {
      callId: cast.callId,
      personId: cast.people.get('GR-01') ?? '',
      until: seconds(DEADLINE, 3600),
      reason: 'The line was down on the island.',
      by: cast.people.get('ORG-1') ?? ''
    })
    const bob = await as('BG-01')
    const late = await begun(bob)
    await clock(seconds(DEADLINE, 3000))
    t.equal((await bob.post(`${late}/draft`, { title: 'x' })).status, 409)
    t.equal((await ada.post(`${proposal}/submission`)).location, `${proposal}/receipt`)
    await clock(seconds(DEADLINE, 3601))
    t.equal((await ada.post(`${proposal}/draft`, { title: 'x' })).status, 409)
    const [row] = await site.db
      .select()
      .from(proposals)
      .where(and(eq(proposals.id, idOf(late))))
    t.equal(row?.number, null, 'a draft never gets a number')
  })
})
