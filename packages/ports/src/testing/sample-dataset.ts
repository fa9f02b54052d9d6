import { createHash } from 'node:crypto'
import { datasetCard } from '@ratchet/domain/dataset/dataset-card.ts'
import { datasetId, manifestOf } from '@ratchet/domain/dataset/describe-dataset.ts'
import type { DatasetKind, PreferenceRow, SftRow } from '@ratchet/domain/dataset-version.ts'
import type { WritableDataset } from '../dataset-writer.ts'

/** A dataset version of rows, described as curation describes it. */
export function writable(
  kind: DatasetKind,
  rows: readonly (SftRow | PreferenceRow)[],
  name = 'contract',
): WritableDataset {
  const manifest = manifestOf({
    kind,
    name,
    roundIndex: 1,
    rows,
    thoughtFormat: 'think',
    curation: { rules: [{ rule: 'correct' }] },
    funnel: [{ rule: 'correct', before: rows.length + 1, after: rows.length }],
    sha256: sha256Of,
  })
  const id = datasetId(manifest, sha256Of)
  return { id, kind, manifest, rows, card: datasetCard(manifest, id), prefix: `datasets/${id}/` }
}

export function sftRow(index: number, completion = `<think>${index}</think>${index}`): SftRow {
  return {
    id: `set/p/r1/${index}`,
    problemId: 'set/p',
    roundIndex: 1,
    index,
    prompt: [
      { role: 'system', content: '' },
      { role: 'user', content: 'What is 1 + 1?' },
    ],
    completion: [{ role: 'assistant', content: completion }],
    completionTokens: 2 ** 33 + index,
    perplexity: index % 2 === 0 ? null : 1 + 0.1 * index,
    policyVersion: 'policy-0',
  }
}

export function preferenceRow(index: number): PreferenceRow {
  return {
    id: `set/p/r1/${index}-${index + 1}`,
    problemId: 'set/p',
    roundIndex: 1,
    prompt: [{ role: 'user', content: 'What is 1 + 1?' }],
    chosen: [{ role: 'assistant', content: '2' }],
    rejected: [{ role: 'assistant', content: `${index + 3}` }],
    chosenIndex: index,
    rejectedIndex: index + 1,
    chosenPerplexity: 1.5,
    rejectedPerplexity: null,
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
