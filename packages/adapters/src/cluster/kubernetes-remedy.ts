/** What Kubernetes says of a run that does not start, with what an operator can do about it, by the fields of the recipe. */
export function withRemedy(reason: string): string {
  const remedy = remedyOf(reason)
  return remedy === null ? reason : `${reason.replace(/\.$/, '')}; ${remedy}`
}

function remedyOf(reason: string): string | null {
  const lacking = [...new Set([...reason.matchAll(/Insufficient ([\w./-]*\w)/g)].map(([, what = '']) => fieldOf(what)))]
  if (lacking.length > 0) return ofLacking(reason, lacking)
  return remedies.find(([sign]) => sign.test(reason))?.[1] ?? null
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^(ErrImage|ImagePull|InvalidImageName|ImageInspect|RegistryUnavailable)/,
    'correct cluster.image, or cluster.imagePullSecrets where its registry wants credentials',
  ],
  [/secret "[^"]*" not found|couldn't find key/, 'create it in the namespace, or correct cluster.secrets'],
  [/persistentvolumeclaim "[^"]*" not found/, 'create it in the namespace, or correct cluster.volumes'],
  [/didn't match Pod's node affinity\/selector/, 'correct cluster.nodeSelector, or label a node so'],
  [/untolerated taint/, 'add the taint to cluster.tolerations, or choose other nodes by cluster.nodeSelector'],
  [/no PriorityClass/, 'correct cluster.priorityClass'],
  [/serviceaccount "[^"]*" not found/, 'create it in the namespace, or correct cluster.serviceAccount'],
  [/exceeded quota/, 'it starts when the quota has room: ask for less, or have the quota raised'],
  [/failed quota: .*must specify/, 'the quota wants it said: set cluster.memoryPerNodeGb and cluster.cpusPerNode'],
]

function fieldOf(resource: string): string {
  if (resource === 'cpu') return 'cluster.cpusPerNode'
  return resource === 'memory' ? 'cluster.memoryPerNodeGb' : 'cluster.gpusPerNode'
}

/** Kubernetes calls preemption of no help on each node that is too small even when nothing else runs there. */
function ofLacking(reason: string, fields: readonly string[]): string {
  const [, of, helpless] =
    /preemption: 0\/(\d+) nodes are available: (\d+) Preemption is not helpful/.exec(reason) ?? []
  if (of === undefined || of !== helpless) return 'it starts when a node has that free'
  return `no node is large enough: lower ${fields.join(' and ')}, or add a larger node`
}
