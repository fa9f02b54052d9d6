import { expect, test } from '@jest/globals'
import { withRemedy } from './kubernetes-remedy.ts'

const none = 'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'
const later = 'preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.'

test.each([
  [
    'GPUs that no node has',
    `0/2 nodes are available: 2 Insufficient nvidia.com/gpu. ${none}`,
    'lower cluster.gpusPerNode, or add a larger node',
  ],
  [
    'memory and cores that no node has',
    `0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory. ${none}`,
    'lower cluster.cpusPerNode and cluster.memoryPerNodeGb, or',
  ],
  [
    'GPUs that others have',
    `0/2 nodes are available: 2 Insufficient nvidia.com/gpu. ${later}`,
    'it starts when a node has that free',
  ],
  [
    'a selector of no node',
    `0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. ${none}`,
    'correct cluster.nodeSelector',
  ],
  ['a tainted node', '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}.', 'cluster.tolerations'],
  [
    'a claim that is not there',
    '0/2 nodes are available: persistentvolumeclaim "runs" not found.',
    'correct cluster.volumes',
  ],
  ['a secret that is not there', 'CreateContainerConfigError: secret "hub" not found', 'correct cluster.secrets'],
  ['an image that is not there', 'ImagePullBackOff: Back-off pulling image "x"', 'correct cluster.image'],
  ['a quota that is used up', 'FailedCreate: pods "a" is forbidden: exceeded quota: none', 'have the quota raised'],
  [
    'a quota on what is not asked for',
    'FailedCreate: pods "a" is forbidden: failed quota: q: must specify requests.memory for: trainer',
    'set cluster.memoryPerNodeGb',
  ],
])('%s', (_what, said, remedy) => {
  const reason = withRemedy(said)
  expect(reason.startsWith(`${said.replace(/\.$/, '')}; `)).toBe(true)
  expect(reason).toContain(remedy)
})

test('what has no remedy is left as it is', () => {
  expect(withRemedy('the pod waits for a node')).toBe('the pod waits for a node')
})
