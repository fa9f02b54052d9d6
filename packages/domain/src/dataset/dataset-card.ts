import type { DatasetKind, DatasetManifest } from '../dataset-version.ts'
import { canonicalJson } from './canonical-json.ts'

/**
 * A dataset card: the README.md that the Hugging Face `datasets` library reads to load the directory as it is. The same manifest gives
 * the same card.
 */
export function datasetCard(manifest: DatasetManifest, id: string): string {
  const { kind, name, roundIndex, rows, rowsSha256, thoughtFormat, curation, funnel } = manifest
  return [
    '---',
    `pretty_name: ${JSON.stringify(`${name}, round ${roundIndex}, ${kind}`)}`,
    'task_categories:',
    '- text-generation',
    'tags:',
    '- reasoning',
    `- ${kind}`,
    'size_categories:',
    `- ${sizeCategory(rows)}`,
    'configs:',
    '- config_name: default',
    '  data_files:',
    '  - split: train',
    '    path: train-*.parquet',
    '---',
    '',
    `# ${name}, round ${roundIndex}: ${kind}`,
    '',
    purposes[kind],
    '',
    '| | |',
    '|---|---|',
    `| dataset version | \`${id}\` |`,
    `| rows | ${rows} |`,
    `| thought format | ${cell(thoughtFormat)} |`,
    `| sha256 of the rows | \`${rowsSha256}\` |`,
    '',
    'The id is the hash of the manifest without its files; the hash of the rows is that of the unpacked JSON Lines.',
    '',
    '## Funnel',
    '',
    '| rule | before | after | dropped |',
    '|---|---:|---:|---:|',
    ...funnel.map(({ rule, before, after }) => `| ${cell(rule)} | ${before} | ${after} | ${before - after} |`),
    '',
    '## Curation',
    '',
    '```json',
    canonicalJson(curation ?? null),
    '```',
    '',
    '## Columns',
    '',
    ...columns[kind].map(([column, meaning]) => `- \`${column}\`: ${meaning}`),
    '',
  ].join('\n')
}

const purposes: Readonly<Record<DatasetKind, string>> = {
  sft: 'Verified solutions with their thoughts, for supervised fine-tuning. Written by a model, kept by the rules below.',
  preference: 'Pairs of a correct and an incorrect attempt at the same problem, for preference optimisation.',
}

const columns: Readonly<Record<DatasetKind, readonly (readonly [string, string])[]>> = {
  sft: [
    ['id', 'unique in this dataset'],
    ['problemId', 'the problem, with its problem set'],
    ['roundIndex, index', 'the round that found it and the number of the attempt'],
    ['prompt, completion', 'chat messages'],
    ['completionTokens', 'tokens of the completion; null when nobody counted them'],
    ['perplexity', 'exp of the mean negative log-probability of its tokens; null when unknown'],
    ['policyVersion', 'the model that wrote it'],
  ],
  preference: [
    ['id', 'unique in this dataset'],
    ['problemId, roundIndex', 'the problem, with its problem set, and the round of both attempts'],
    ['prompt, chosen, rejected', 'chat messages'],
    ['chosenIndex, rejectedIndex', 'the numbers of the attempts'],
    ['chosenPerplexity, rejectedPerplexity', 'null when unknown'],
  ],
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** The buckets that the Hugging Face Hub knows. */
function sizeCategory(rows: number): string {
  const bounds = ['1K', '10K', '100K', '1M', '10M', '100M', '1B', '10B', '100B', '1T']
  for (const [at, bound] of bounds.entries())
    if (rows < 1000 * 10 ** at) return at === 0 ? `n<${bound}` : `${bounds[at - 1]}<n<${bound}`
  return 'n>1T'
}
