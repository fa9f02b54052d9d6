import { expect, test } from '@jest/globals'
import { commandMissing } from '../cluster/command-missing.ts'
import { withRemedy } from '../cluster/kubernetes-remedy.ts'
import { slurmRemedy } from '../cluster/slurm-remedy.ts'
import { serverWords } from './server-words.ts'

test.each([
  [slurmRemedy('Invalid partition name') ?? '', 'correct serving.cluster.partition; sinfo lists those that there are'],
  [
    withRemedy('ErrImagePull: no such image.'),
    'ErrImagePull: no such image; correct serving.cluster.image, or serving.cluster.imagePullSecrets where its registry wants credentials',
  ],
  [
    commandMissing,
    "its command is not there or may not be run; its log names it: correct serving.command, or put it under that path on the cluster's machines",
  ],
  ['raise cluster.memoryPerNodeGb, or lower batchSize', 'raise serving.cluster.memoryPerNodeGb, or lower batchSize'],
  ['serving.cluster.options is right', 'serving.cluster.options is right'],
  ['https://api.cluster.local and my-cluster.example', 'https://api.cluster.local and my-cluster.example'],
])('what a scheduler says of a training is said of a server: %s', (said, right) => {
  expect(serverWords(said)).toBe(right)
})
