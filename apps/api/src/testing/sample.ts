import { createHash } from 'node:crypto'
import { type Checkpoint, checkpointPrefix } from '@ratchet/domain/checkpoint.ts'
import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { ApiWorld } from '../api-world.ts'

/** A recipe over the problem set `chains`. */
export const sampleRecipe = {
  name: 'sample',
  baseModel: '/models/base',
  problems: 'chains',
  rounds: 1,
  imitate: { from: 'teacher', teacher: { model: 'teacher', endpoints: [{ url: 'http://127.0.0.1:1/v1' }] } },
  train: { sft: { learningRate: 0.001, maxSteps: 10 } },
  evaluate: { benchmarks: [{ name: 'held-out', problemSet: 'held-out' }] },
}

export function sampleProblems(count: number, prefix = 'p') {
  return Array.from({ length: count }, (_, at) => ({
    id: `${prefix}-${at}`,
    prompt: `${at}+1`,
    verification: { kind: 'exact' as const, gold: [String(at + 1)] },
  }))
}

export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** The sets that the recipe names. */
export async function storeSampleSets(world: ApiWorld): Promise<{ problemSetId: string }> {
  const { id } = await world.problems.create('chains', sampleProblems(3))
  await world.problems.create('held-out', sampleProblems(2, 'h'))
  return { problemSetId: id }
}

export function sampleTrajectory(roundId: string, problemSetId: string, index: number): TrajectoryWithText {
  const text = `<think>thinking ${index}</think>${index}`
  return {
    id: `tr-${roundId}-${index}`,
    roundId,
    purpose: 'explore',
    problemSetId,
    problemId: 'p-0',
    index,
    policyVersion: 'teacher',
    endpoint: 'http://127.0.0.1:1/v1',
    seed: index,
    templateHash: 'abc',
    finish: 'stop',
    failure: null,
    promptTokens: 3,
    completionTokens: 5,
    logprobSum: -1.5,
    textSha256: createHash('sha256').update(text).digest('hex'),
    verdict: {
      decision: index === 1 ? 'correct' : 'incorrect',
      reason: 'because',
      extracted: String(index),
      verifier: 'exact@1',
    },
    text,
  }
}

/** A dataset version of one file of those bytes, with its objects. */
export async function storeSampleDataset(
  world: ApiWorld,
  iterationId: string,
  roundId: string,
  content: Uint8Array,
): Promise<DatasetVersion> {
  const id = `ds_${'0'.repeat(32)}`
  const prefix = `datasets/${id}/`
  const version: DatasetVersion = {
    id,
    kind: 'sft',
    iterationId,
    roundId,
    prefix,
    manifest: {
      format: 1,
      kind: 'sft',
      name: 'sample',
      roundIndex: 0,
      rows: 2,
      rowsSha256: '0'.repeat(64),
      thoughtFormat: 'think',
      curation: { rules: [] },
      funnel: [{ rule: 'correct', before: 3, after: 2 }],
      files: [
        {
          path: 'data/train-00000.jsonl.gz',
          format: 'jsonl.gz',
          rows: 2,
          bytes: content.length,
          sha256: sha256(content),
        },
      ],
    },
  }
  await world.objects.put(`${prefix}data/train-00000.jsonl.gz`, content)
  await world.objects.put(`${prefix}manifest.json`, Buffer.from(JSON.stringify(version.manifest)))
  await world.objects.put(`${prefix}README.md`, Buffer.from('# sample\n'))
  await world.datasets.record(version, 'recipe')
  return version
}

/** A pushed checkpoint of one file of those bytes, with its objects and what its trainer wrote beside the files. */
export async function storeSampleCheckpoint(
  world: ApiWorld,
  iterationId: string,
  roundId: string,
  content: Uint8Array,
): Promise<Checkpoint> {
  const id = `ck-${roundId}`
  const prefix = checkpointPrefix(id)
  const files = [{ path: 'model.safetensors', bytes: content.length, sha256: sha256(content) }]
  const manifest = Buffer.from(JSON.stringify({ format: 1, kind: 'full', files, canary: null }))
  const checkpoint: Checkpoint = {
    id,
    iterationId,
    roundId,
    path: `/runs/${roundId}/checkpoint`,
    manifestSha256: sha256(manifest),
    uri: `${world.objects.location.uri}/checkpoints/${id}`,
    metrics: { phases: [] },
  }
  await world.objects.put(`${prefix}model.safetensors`, content)
  await world.objects.put(`${prefix}manifest.json`, manifest)
  await world.checkpoints.record(checkpoint)
  return checkpoint
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
