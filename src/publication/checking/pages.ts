import type { FastifyReply, FastifyRequest } from 'fastify'
import { publicNav } from '../../calls/pages.ts'
import { sentence } from '../../i18n/catalogue.ts'
import { inLanguage } from '../../i18n/languages.ts'
import { callOf } from '../../web/context.ts'
import { BUNDLE_FORMAT } from '../bundle.ts'
import { VALUES } from '../given.ts'
import { publishedFor } from '../pages.ts'
import { SCHEMA_PATH } from '../schema.ts'
import { STEPS, type StepAnswer } from '../verifying.ts'

const SCRIPTS = ['/assets/verify.js']
const ANSWERS: StepAnswer[] = ['recomputed', 'matched', 'compared', 'open', 'differs']
const NONE = { seal: '', inputs: '', head: '' }

/** The result of one call, with the values of its page filled in: the visitor’s browser works it out again. */
export async function showVerification(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { lang } = request
  const call = callOf(request)
  const { publication } = await publishedFor(request)
  const values = { seal: publication.seal, inputs: publication.inputHash, head: publication.historyHead }
  return reply.page(
    'publication/verification',
    {
      smallLine: inLanguage(call.texts.title, lang),
      results: `/calls/${call.slug}/results`,
      bundle: publication.bundle ? `/calls/${call.slug}/results/bundle.json` : '',
      ...checkModel(lang, values)
    },
    { nav: publicNav(lang, call, 'results'), scripts: SCRIPTS, modules: true }
  )
}

/** The same for a file from anywhere. */
export async function showVerify({ lang }: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply.page(
    'publication/verification',
    { smallLine: '', results: '', bundle: '', ...checkModel(lang, NONE) },
    { scripts: SCRIPTS, modules: true }
  )
}

/** A digest as the results page shows it: without the name of its kind. */
const bare = (digest: string) => digest.replace(/^sha256:/, '')

function checkModel(lang: string, values: typeof NONE) {
  const t = (key: string, facts?: Record<string, unknown>) => sentence(lang, `verify.${key}`, facts)
  // Places that the browser fills with what it finds.
  const places = { path: '{path}', stated: '{stated}', found: '{found}' }
  const options = VALUES.map(name => (values[name] ? ` \\\n  --${name} ${bare(values[name])}` : '')).join('')
  return {
    title: t('page.title'),
    lede: t('page.lede'),
    values: VALUES.map(name => ({ name, label: t(`page.${name}`), value: bare(values[name]) })),
    words: {
      steps: STEPS.map(step => ({ key: step, text: t(`step.${step}`) })),
      answers: ANSWERS.map(answer => ({ key: answer, text: t(`is.${answer}`) })),
      absent: (['ties', 'draw', 'labels', 'signed'] as const).map(step => ({ key: step, text: t(`absent.${step}`) })),
      differences: (['recomputed', 'form', 'given'] as const).map(against => ({
        key: against,
        text: t(`difference.${against}`, places)
      })),
      mistakes: (['cannot_fetch', 'no_file', 'no_json'] as const).map(key => ({ key, text: t(`page.${key}`) })),
      noBundle: t('bad.no_bundle', { format: BUNDLE_FORMAT })
    },
    command: `npm run -s laurel -- verify bundle.json${options}`,
    schema: SCHEMA_PATH
  }
}
