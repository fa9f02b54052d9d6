import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Hyperparameters } from '@ratchet/domain/recipe/recipe.ts'
import type { TrainingJob } from '@ratchet/ports/cluster.ts'
import type { ObjectStoreLocation } from '@ratchet/ports/object-store.ts'
import type { ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { z } from 'zod'
import { createSystemClock } from '../clock/system-clock.ts'
import type { ClusterSettings } from '../cluster/cluster-on.ts'
import { type Distribution, singleProcess } from '../cluster/launch.ts'
import { createLocalCluster } from '../cluster/local-process.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')

export const trainerScript = join(root, 'infra/trainer/train.py')
export const policyServerScript = join(root, 'infra/policy-server/serve.py')

/** The interpreter that has torch: `RATCHET_PYTHON`, or the one of the environment in `.ratchet/python`. Null when there is none. */
export function findRealPython(): string | null {
  const candidates = [
    process.env['RATCHET_PYTHON'],
    join(root, '.ratchet/python/bin/python'),
    join(root, '.cache/python/bin/python'),
  ]
  return candidates.find((path) => path !== undefined && existsSync(path)) ?? null
}

/** Why tests that need the real trainer or policy server are skipped. */
export const noPython = 'skipped: no Python environment; run infra/python/ensure.py and set RATCHET_PYTHON'

/** A directory of dataset files on this machine, as an object store. */
export function fileObjects(directory: string): ObjectStoreLocation {
  return { uri: pathToFileURL(directory).href, endpoint: null, region: null }
}

/** Additions of two digits: enough to train a tiny model on. */
export function writeAdditions(directory: string) {
  const prefix = 'datasets/additions/'
  mkdirSync(join(directory, prefix), { recursive: true })
  const rows = Array.from({ length: 100 }, (_, index) => {
    const [a, b] = [index % 10, Math.floor(index / 10)]
    const prompt = [{ role: 'user', content: `${a}+${b}` }]
    const completion = [{ role: 'assistant', content: `<think>${a}+${b}=${a + b}</think>Answer: ${a + b}` }]
    return { id: String(index), prompt, completion }
  })
  const bytes = gzipSync(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`)
  const path = 'additions.jsonl.gz'
  writeFileSync(join(directory, prefix, path), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { datasetId: 'ds_additions', prefix, files: [{ path, bytes: bytes.length, sha256, rows: rows.length }] }
}

/** `test` is the smallest model; `quickstart` has attention heads of a size that vLLM's CPU kernels know. */
export type TinyModel = 'test' | 'quickstart'

export function realJob(
  directory: string,
  id: string,
  seed: number,
  maxSteps: number,
  kind: TinyModel = 'test',
): TrainingJob {
  const model = join(directory, `model-${kind}`)
  const python = findRealPython()
  if (python === null) throw new Error(noPython)
  if (!existsSync(model))
    execFileSync(python, [join(root, 'infra/trainer/make_tiny_model.py'), '--out', model, '--kind', kind])
  const hyperparameters = Hyperparameters.parse({
    maxSteps,
    batchSize: 8,
    learningRate: 0.003,
    maxLength: 128,
    dtype: 'float32',
  })
  return {
    id,
    seed,
    startPath: model,
    referencePath: null,
    phases: [{ method: 'sft', dataset: writeAdditions(directory), hyperparameters }],
    publishPrefix: `checkpoints/${id}/`,
    checkpointEverySteps: 10,
    canaryText: '3+4',
    device: 'cpu',
    threads: 1,
    timeLimitMinutes: 5,
    maxAttempts: 2,
    firstAttempt: 1,
    usageBefore: { seconds: 0, gpuSeconds: 0 },
  }
}

export function realClusterSettings(directory: string): ClusterSettings {
  return {
    runsDirectory: join(directory, 'runs'),
    trainer: [findRealPython() ?? 'python3', trainerScript],
    objects: fileObjects(directory),
    clock: createSystemClock(),
    gpusPerRun: 0,
    heartbeatSeconds: 1,
  }
}

export function realCluster(directory: string, distribution: Distribution = singleProcess) {
  return createLocalCluster({ ...realClusterSettings(directory), distribution, env: process.env })
}

const Metrics = z.looseObject({
  canary: z.object({ text: z.string(), tokenIds: z.array(z.number()), logprobs: z.array(z.number().nullable()) }),
})

/** A tiny checkpoint from the real trainer. */
export async function trainCheckpoint(
  directory: string,
  seed: number,
  kind: TinyModel = 'test',
): Promise<ServedCheckpoint> {
  const cluster = realCluster(directory)
  const job = realJob(directory, `checkpoint-${seed}`, seed, 40, kind)
  for (;;) {
    const report = await cluster.ensure(job)
    if (report.state === 'failed') throw new Error(report.reason)
    if (report.state === 'succeeded')
      return { path: report.checkpointPath, canary: Metrics.parse(report.metrics).canary }
    await sleep(100)
  }
}
