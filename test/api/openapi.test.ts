import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { hasSentence } from '../../src/i18n/catalogue.ts'
import { LANGUAGES } from '../../src/i18n/languages.ts'
import { twinOf } from '../../src/web/api/door.ts'
import { type OpenApi, tagOf } from '../../src/web/api/openapi.ts'
import { WITHOUT } from '../../src/web/api/without.ts'
import { permissions } from '../../src/web/permissions.ts'
import { aSite } from '../support/site.ts'

t.test('the doors for programs, described', async t => {
  const site = await aSite(t)
  const { twins } = site.app
  const visitor = site.visitor()

  t.test('every page has a door for programs, or a line that says why not', async t => {
    const keys = twins.map(({ method, path }) => `${method} ${path}`)
    t.strictSame(
      Object.keys(permissions).filter(key => !keys.includes(key) && !(key in WITHOUT)),
      [],
      'neither a door nor a reason'
    )
    t.strictSame(
      keys.filter(key => key in WITHOUT),
      [],
      'both'
    )
    t.strictSame(
      Object.keys(WITHOUT).filter(key => !(key in permissions)),
      [],
      'a reason for a page that is not there'
    )
    const ids = twins.map(({ api }) => api.id)
    t.equal(new Set(ids).size, ids.length, 'every operation has a name of its own')
  })

  t.test('every operation has its sentence in every language', async t => {
    for (const language of LANGUAGES)
      t.strictSame(
        twins
          .flatMap(({ api }) => [`api.${api.id}`, `api.tag.${tagOf(api)}`])
          .filter(key => !hasSentence(language, key)),
        [],
        language
      )
  })

  t.test('what a program sends is read to the last key, and examples are read too', async t => {
    for (const { api } of twins) {
      if (!api.body) continue
      const read = api.body.safeParse({ 'a key that nobody knows': 1 })
      t.match(JSON.stringify(read.error?.issues), 'unrecognized_keys', api.id)
      if (api.example) t.ok(api.body.safeParse(api.example).success, `${api.id}: its example`)
    }
  })

  t.test('a well-kept validator finds no fault in the document, in either language', async t => {
    for (const language of LANGUAGES) {
      const answer = await visitor.get('/api/openapi.json', { headers: { 'accept-language': language } })
      t.equal(answer.status, 200)
      const document = JSON.parse(answer.text) as OpenApi & Record<string, unknown>
      const { valid, errors } = await new Validator().validate(document)
      t.equal(valid, true, JSON.stringify(errors, null, 1))
      t.equal(document.openapi, '3.1.0')
      t.equal(Object.values(document.paths).flatMap(methods => Object.keys(methods)).length, twins.length)
      t.strictSame(danglingIn(document), [], 'every reference leads somewhere')
    }
  })

  t.test('lists say how they are read in pages and narrowed', async t => {
    for (const language of LANGUAGES) {
      const answer = await visitor.get('/api/openapi.json', { headers: { 'accept-language': language } })
      const { paths, components } = JSON.parse(answer.text) as OpenApi
      const { parameters } = components as { parameters: Record<string, unknown> }
      t.match(parameters.limit, { schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 } })
      for (const { path, api } of twins) {
        if (!api.list) continue
        const said = paths[twinOf(path).replace(/:(\w+)/g, '{$1}')]?.get?.parameters ?? []
        const named = said.filter(parameter => parameter.in === 'query')
        t.strictSame(
          named.map(({ name }) => name),
          Object.keys(api.filters ?? {}),
          api.id
        )
        for (const { description } of named) t.match(description, /^[^{}]{10,}\.$/, `${language} ${api.id}`)
        for (const name of ['limit', 'cursor'])
          t.ok(
            said.some(({ $ref }) => $ref === `#/components/parameters/${name}`),
            `${api.id} ${name}`
          )
      }
    }
  })

  t.test('the page says the same, without scripts and within the site', async t => {
    const page = await visitor.get('/api')
    t.equal(page.status, 200)
    for (const { api } of twins) t.match(page.text, `id="${api.id}"`)
    t.match(page.text, 'Idempotency-Key')
    t.notMatch(page.text, /<script[^>]+src="https?:/)
    const client = await visitor.get('/api/client.ts')
    t.match(client.text, 'export class Laurel')
    t.ok(client.text.split('\n').length < 110, 'a page or two')
  })
})

function danglingIn(document: Record<string, unknown>): string[] {
  const wrong: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { $ref } = value as { $ref?: unknown }
    if (typeof $ref === 'string') {
      let found: unknown = document
      for (const step of $ref.slice(2).split('/')) found = (found as Record<string, unknown> | undefined)?.[step]
      if (found === undefined) wrong.push($ref)
    }
    for (const inner of Object.values(value)) walk(inner)
  }
  walk(document)
  return wrong
}
