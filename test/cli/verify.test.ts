import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { verify } from '../../src/cli/verify.ts'
import { bundleDigest } from '../../src/publication/bundle.ts'
import { itsBundles, thePublishedExample } from '../publication/support.ts'
import { laurel } from './process.ts'

async function laurelVerify(argv: string[], input = '') {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(input)
  const code = await verify(argv, { stdin, stdout, stderr })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

t.beforeEach(() => {
  delete process.env.LC_ALL
  delete process.env.LC_MESSAGES
  process.env.LANG = 'en_GB.UTF-8'
})

t.test('a published result, worked out again by somebody with a terminal', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-verify-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { db } = await thePublishedExample(t)
  const { open, closed } = await itsBundles(db)
  const [file, auditors] = [join(folder, 'bundle.json'), join(folder, 'auditor.json')]
  await writeFile(file, JSON.stringify(open))
  await writeFile(auditors, JSON.stringify(closed))
  const printed = ['--seal', open.seal, '--inputs', open.inputHash, '--head', open.historyHead]

  await t.test('without a value to compare with it is consistent', async t => {
    const { code, out, err } = await laurelVerify([file])
    t.strictSame([code, err], [0, ''])
    t.match(out, /^Seal of the rules +worked out again: the same +[0-9a-f]{64}$/m)
    t.match(out, /^Totals +worked out again: the same \(35\)$/m)
    t.match(out, /^Draw +none was held$/m)
    t.match(out, /^History before publication +stated; no value was given/m)
    t.match(out, /^consistent: /m)
    t.equal((await laurelVerify(['-'], JSON.stringify(open))).out, out, 'from standard input as well')
  })

  await t.test('with the values printed on the results page it is verified', async t => {
    for (const bundle of [file, auditors]) {
      const { code, out } = await laurelVerify([bundle, ...printed])
      t.equal(code, 0)
      t.match(out, /^verified: /m)
    }
    const grouped = open.inputHash.replace('sha256:', '').replaceAll(/(.{8})/g, '$1 ')
    t.match((await laurelVerify([file, '--inputs', grouped])).out, /^verified: /m, 'in groups, as a page prints it')
    const json = JSON.parse((await laurelVerify([auditors, ...printed, '--json'])).out)
    t.match(json, { answer: 'verified', difference: null })
    t.match(
      json.steps.find(({ step }: { step: string }) => step === 'history'),
      { answer: 'matched', count: 333 }
    )
  })

  await t.test('a changed score is named, and so is a foreign seal', async t => {
    const changed = structuredClone(open)
    Object.assign(changed.input.reviews[0]?.scores ?? {}, { need: 0 })
    const { code, out } = await laurelVerify(['-'], JSON.stringify(changed))
    t.equal(code, 1)
    t.match(out, /^differs: /m)
    t.match(out, `First difference, at inputHash: the bundle says “${open.inputHash}”`)
    const foreign = await laurelVerify([file, '--seal', 'ab'.repeat(32), '--json'])
    t.equal(foreign.code, 1)
    t.match(JSON.parse(foreign.out), {
      answer: 'differs',
      difference: { step: 'seal', path: 'seal', against: 'given', stated: open.seal, found: 'ab'.repeat(32) }
    })
    const ranks = structuredClone(open)
    Object.assign(ranks.ranking[2] ?? {}, { rank: 1 })
    ranks.digest = bundleDigest(ranks)
    t.match(
      (await laurelVerify(['-'], JSON.stringify(ranks))).out,
      'at ranking[2].rank: the bundle says “1”, worked out is “3”'
    )
    const word = JSON.stringify(open).replace(/"need":4(?=[,}])/, '"need":"\\u001b[2J four"')
    const shown = await laurelVerify(['-'], word)
    t.equal(shown.code, 1)
    t.match(shown.out, /at input\.reviews\[\d+\]\.scores\.need: “\\u001b\[2J four” cannot stand there/)
  })

  await t.test('what cannot be read is one line, and exit code 2', async t => {
    const cases: [string[], string, RegExp][] = [
      [[], '', /^laurel verify: name one bundle, or - for standard input\n$/],
      [[file, file], '', /name one bundle/],
      [[join(folder, 'nowhere.json')], '', /nowhere\.json: cannot be read \(ENOENT\)\n$/],
      [['-'], 'no JSON', /^laurel verify: this is no JSON\n$/],
      [['-'], '{"format":"laurel-publication-1"}', /this is no result bundle/],
      [
        ['-'],
        '{"format":"laurel-bundle-9"}',
        /this bundle is laurel-bundle-9; this version of Laurel reads laurel-bundle-1/
      ],
      [['-'], 'null', /this is no result bundle/],
      [[file, '--seal', 'abc'], '', /^laurel verify: --seal: “abc” is no SHA-256/],
      [[file, '--seal'], '', /--seal needs a value/],
      [[file, '--json=yes'], '', /--json takes no value/],
      [[file, '--sael', 'abc'], '', /there is no option --sael/]
    ]
    for (const [argv, input, line] of cases) {
      const { code, out, err } = await laurelVerify(argv, input)
      t.strictSame([code, out], [2, ''], argv.join(' '))
      t.match(err, line)
      t.equal(err.split('\n').length, 2, 'one line')
    }
  })

  await t.test('in the language of the terminal', async t => {
    process.env.LANG = 'bg_BG.UTF-8'
    const { out } = await laurelVerify([file, ...printed])
    t.match(out, /^Печат на правилата +изчислено отново/m)
    t.match(out, /^verified: правилата/m)
  })

  await t.test('as a command, in a folder without database or settings', async t => {
    const { ended, said, complained } = laurel(t, folder, ['verify', file, ...printed])
    t.equal(await ended, 0, complained())
    t.match(said(), /^verified: /m)
    t.equal(complained(), '')
  })
})
