import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { DatasetManifest, type SftRow } from '../dataset-version.ts'
import { datasetCard } from './dataset-card.ts'
import { type DatasetDescription, datasetId, datasetLine, manifestOf } from './describe-dataset.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const row: SftRow = {
  id: 'ps_1/p/r1/0',
  problemId: 'ps_1/p',
  roundIndex: 1,
  index: 0,
  prompt: [{ role: 'user', content: '2 + 2?' }],
  completion: [{ role: 'assistant', content: '<think>4</think>4' }],
  completionTokens: 7,
  perplexity: null,
  policyVersion: 'm',
}
const description: DatasetDescription = {
  kind: 'sft',
  name: 'still-2',
  roundIndex: 1,
  rows: [row, { ...row, id: 'ps_1/q/r1/0' }],
  thoughtFormat: 'think',
  curation: { rules: [{ rule: 'correct' }] },
  funnel: [{ rule: 'correct', before: 5, after: 2 }],
  sha256,
}

describe('the manifest', () => {
  const manifest = manifestOf(description)

  test('has the form of its schema', () => expect(DatasetManifest.parse(manifest)).toEqual(manifest))
  test('hashes the canonical JSON Lines of the rows', () =>
    expect(manifest.rowsSha256).toBe(sha256(description.rows.map(datasetLine).join(''))))
  test('names a version that never changes between releases', () =>
    expect(datasetId(manifest, sha256)).toBe('ds_ca987efa55d905dd9306625c2b35e509'))
  test('names the same version before and after its files are written', () => {
    const file = { path: 'train-0.parquet', format: 'parquet', rows: 2, bytes: 9, sha256: 'a' } as const
    expect(datasetId({ ...manifest, files: [file] }, sha256)).toBe(datasetId(manifest, sha256))
  })
  test('names another version when the rows, their order or the rules differ', () => {
    const ids = [
      description,
      { ...description, rows: description.rows.toReversed() },
      { ...description, rows: [row] },
      { ...description, curation: { rules: [] } },
      { ...description, kind: 'preference' as const },
    ].map((each) => datasetId(manifestOf(each), sha256))
    expect(new Set(ids).size).toBe(5)
  })
})

describe('the card', () => {
  const manifest = manifestOf(description)
  const card = datasetCard(manifest, datasetId(manifest, sha256))
  const [, frontMatter = '', body = ''] = card.split(/^---$/m)

  test('tells the datasets library where the rows are', () => {
    expect(parse(frontMatter)).toMatchObject({
      configs: [{ config_name: 'default', data_files: [{ split: 'train', path: 'train-*.parquet' }] }],
      size_categories: ['n<1K'],
      pretty_name: 'still-2, round 1, sft',
    })
  })
  test('shows the funnel and the rules', () => {
    expect(body).toContain('| correct | 5 | 2 | 3 |')
    expect(body).toContain('{"rules":[{"rule":"correct"}]}')
  })
  test('is the same for the same manifest', () =>
    expect(datasetCard(manifest, 'ds_x')).toBe(datasetCard(manifest, 'ds_x')))
  test.each([
    [0, 'n<1K'],
    [999, 'n<1K'],
    [1000, '1K<n<10K'],
    [1_000_000, '1M<n<10M'],
  ])('of %i rows has the size category %s', (rows, category) =>
    expect(datasetCard({ ...manifest, rows }, 'ds_x')).toContain(`- ${category}\n`),
  )
})
