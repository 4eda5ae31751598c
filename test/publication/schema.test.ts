import { readFileSync } from 'node:fs'
import t from 'tap'
import { bundleJsonSchema } from '../../src/publication/schema.ts'

type Described = { description?: string; $ref?: string }

const committed = new URL('../../src/publication/bundle.schema.json', import.meta.url)

t.test('the committed JSON Schema is what the one schema gives', async t => {
  t.strictSame(JSON.parse(readFileSync(committed, 'utf8')), JSON.parse(JSON.stringify(bundleJsonSchema())))
})

t.test('every property of it is described, and no unknown one is let in', async t => {
  const schema = bundleJsonSchema()
  const parts = schema.$defs as Record<string, Described>
  const described = ({ description, $ref }: Described) =>
    description ?? parts[$ref?.split('/').at(-1) ?? '']?.description
  const bare: string[] = []
  const open: string[] = []
  const walk = (node: unknown, path: string): void => {
    if (Array.isArray(node)) for (const [index, one] of node.entries()) walk(one, `${path}/${index}`)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const { properties, additionalProperties } = node as Record<string, unknown>
    if (typeof properties === 'object' && properties !== null) {
      if (additionalProperties === undefined) open.push(path)
      for (const [name, property] of Object.entries(properties))
        if (!described(property as Described)) bare.push(`${path}/${name}`)
    }
    for (const [key, child] of Object.entries(node)) walk(child, `${path}/${key}`)
  }
  walk(schema, '')
  t.strictSame(bare, [])
  t.strictSame(open, [])
})
