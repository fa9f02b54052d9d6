/** What an operator can do about a refusal of Slurm or a reason for which a job does not start, by the fields of the recipe. */
export function slurmRemedy(said: string): string | null {
  return remedies.find(([sign]) => sign.test(said))?.[1] ?? null
}

const less = 'lower cluster.gpusPerNode, cpusPerNode, memoryPerNodeGb or nodes, or choose another partition or gpuType'

const remedies: readonly (readonly [RegExp, string])[] = [
  [/invalid partition/i, 'correct cluster.partition; sinfo lists those that there are'],
  [/node configuration is not available|BadConstraints/i, `no node has what it asks for: ${less}`],
  [/PartitionConfig/, `the partition does not have what it asks for: ${less}`],
  [/PartitionNodeLimit|node count/i, 'lower cluster.nodes, or choose another cluster.partition'],
  [/time limit|PartitionTimeLimit/i, 'lower cluster.timeLimitMinutes, or choose another cluster.partition'],
  [/invalid account|InvalidAccount|AccountNotAllowed/i, 'correct cluster.account or cluster.partition'],
  [/invalid qos|InvalidQOS|QOSNotAllowed/i, 'correct cluster.qos or cluster.partition'],
  [/unrecognized option|option requires|invalid option/i, 'correct cluster.options'],
]
