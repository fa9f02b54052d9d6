import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { sourceFile } from './source-file.ts'
import { previewTraining } from './testing/preview-training.ts'

const directory = mkdtempSync(join(tmpdir(), 'ratchet-examples-'))
const kubeconfig = join(directory, 'kubeconfig')
writeFileSync(
  kubeconfig,
  JSON.stringify({
    'current-context': 'site',
    contexts: [{ name: 'site', context: { cluster: 'site', user: 'ratchet' } }],
    clusters: [{ name: 'site', cluster: { server: 'https://kubernetes.example' } }],
    users: [{ name: 'ratchet', user: { token: 'token' } }],
  }),
)
afterAll(() => rmSync(directory, { recursive: true }))

const common = {
  device: 'cuda',
  nodes: 4,
  timeLimitMinutes: 1440,
  graceSeconds: 600,
  runsDirectory: '/shared/ratchet/runs',
  trainer: ['python', '/app/infra/trainer/train.py'],
}

/** What training at size comes to on each scheduler, kept as files for those who run one. */
const examples = {
  'infra/slurm/training.sbatch': {
    ...common,
    backend: 'slurm',
    partition: 'gpu',
    gpusPerNode: 8,
    gpuType: 'h100',
    cpusPerNode: 64,
    memoryPerNodeGb: 400,
    setup: ['. /etc/profile.d/modules.sh', 'module load cuda'],
    trainer: ['/shared/ratchet/python/bin/python', '/shared/ratchet/infra/trainer/train.py'],
  },
  'infra/kubernetes/training-job.yaml': {
    ...common,
    backend: 'kubernetes',
    kubeconfig,
    namespace: 'ratchet',
    image: 'registry.example/ratchet-trainer:1',
    gpusPerNode: 8,
    cpusPerNode: 64,
    memoryPerNodeGb: 900,
    volumes: [{ claim: 'ratchet-shared', mountPath: '/shared/ratchet' }],
    secrets: { AWS_ACCESS_KEY_ID: { secret: 'object-store', key: 'id' } },
    runAsUser: 1000,
    runAsGroup: 1000,
  },
}

test.each(Object.entries(examples))('%s is what is submitted', async (name, choice) => {
  const preview = await previewTraining(choice, 'ROUND-ID', common.timeLimitMinutes)
  const file = sourceFile(name)
  if (process.env['UPDATE_EXAMPLES'] !== undefined) writeFileSync(file, preview)
  expect(preview).toBe(readFileSync(file, 'utf8'))
})
