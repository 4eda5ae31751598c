import { z } from 'zod'
import { BUNDLE_FORMAT, bundleSchema } from './bundle.ts'

/** Where a site serves the schema, below its own address. */
export const SCHEMA_PATH = `/schemas/${BUNDLE_FORMAT}.json`

/** The JSON Schema (2020-12) of a result bundle, from the one schema that checks bundles here. */
export function bundleJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(bundleSchema, { target: 'draft-2020-12', io: 'input' })
  return { $schema, $id: `urn:laurel:${BUNDLE_FORMAT}`, title: 'Laurel result bundle', ...schema }
}
