import { enableCompileCache, registerHooks } from 'node:module'
import { join } from 'node:path'

/*
 * Half of a start was spent on finding and compiling modules. What was compiled is kept beside the packages (where that
 * place cannot be written, nothing is kept); and the files of drizzle-orm find each other without Node reading the
 * package's 180 kB description again for every one of them.
 */
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/node'))

registerHooks({
  resolve(specifier, context, next) {
    const inside =
      specifier.startsWith('.') &&
      specifier.endsWith('.js') &&
      context.parentURL?.includes('/node_modules/drizzle-orm/') &&
      !context.conditions.includes('require')
    if (!inside) return next(specifier, context)
    return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
  }
})
