import { createReadStream } from 'node:fs'
import type { Answers } from '../../proposals/answers.ts'
import { addAttachment, beginProposal, saveDraft, screenProposal, submitProposal } from '../../proposals/commands.ts'
import { EXAMPLE, type ProposalFile } from './data.ts'

import { by, type Happening, instant, known } from './replay.ts'

export function applying(file: ProposalFile): Happening[] {
  return [
    {
      at: instant(file.created_at),
      does: async stage => {
        const person = by(stage, file.participant)
        const proposalId = await beginProposal(stage.db, { callId: stage.cast.callId, by: person })
        stage.cast.proposals.set(file.id, proposalId)
        await saveDraft(stage.db, { proposalId, answers: { title: file.title }, by: person })
      }
    },
    {
      at: instant(file.submitted_at),
      does: async stage => {
        const person = by(stage, file.participant)
        const proposalId = known(stage.cast.proposals, file.id)
        await saveDraft(stage.db, { proposalId, answers: answersOf(file), by: person })
        for (const { field, path, name, mime } of file.attachments) {
          const stored = await stage.store.put(createReadStream(new URL(encodePath(path), EXAMPLE)))
          await addAttachment(stage.db, {
            proposalId,
            field,
            file: { key: stored.key, name, mime, bytes: stored.bytes, sha256: stored.sha256 },
            by: person
          })
        }
        await submitProposal(stage.db, { proposalId, by: person, number: file.id })
      }
    }
  ]
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/')

/** What was typed: numbers as text, as the form keeps them. */
function answersOf(file: ProposalFile): Answers {
  return {
    ...file.eligibility.answers,
    language: file.language,
    title: file.title,
    title_en: file.title_en,
    summary: file.summary,
    summary_en: file.summary_en,
    theme: file.theme,
    keywords: file.keywords,
    ...file.answers,
    milestones: file.milestones.map(({ month, what }) => ({ month: String(month), what })),
    partners: file.partners,
    budget: file.budget.map(({ category, item, quantity, unit_cost, own }) => ({
      category,
      item,
      quantity: String(quantity),
      unit_cost: unit_cost.toFixed(2),
      own: own.toFixed(2)
    })),
    decl_true: true,
    decl_rules: true,
    decl_publish: true
  }
}

export function screening({ id, eligibility }: ProposalFile): Happening {
  return {
    at: instant(eligibility.checked_at),
    does: stage =>
      screenProposal(stage.db, {
        proposalId: known(stage.cast.proposals, id),
        outcome: 'eligible',
        reason: '',
        by: by(stage, eligibility.checked_by)
      })
  }
}
