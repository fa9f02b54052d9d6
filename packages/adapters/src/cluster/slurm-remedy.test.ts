import { expect, test } from '@jest/globals'
import { slurmRemedy } from './slurm-remedy.ts'

test.each([
  ['Batch job submission failed: Invalid partition name specified', 'cluster.partition'],
  ['Batch job submission failed: Requested node configuration is not available', 'lower cluster.gpusPerNode'],
  ['PartitionConfig', 'cpusPerNode'],
  ['PartitionNodeLimit', 'lower cluster.nodes'],
  [
    'Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)',
    'cluster.timeLimitMinutes',
  ],
  ['Batch job submission failed: Invalid account or account/partition combination specified', 'cluster.account'],
  ['Batch job submission failed: Invalid qos specification', 'cluster.qos'],
  ["unrecognized option '--nonsense=1'", 'cluster.options'],
])('%s', (said, field) => {
  expect(slurmRemedy(said)).toContain(field)
})

test('what merely waits has none', () => {
  for (const reason of ['Resources', 'Priority', 'JobHeldUser']) expect(slurmRemedy(reason)).toBeNull()
})
