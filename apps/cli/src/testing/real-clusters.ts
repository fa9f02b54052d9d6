/** A cluster that the test command starts where it is installed. */
export type RealCluster = {
  readonly name: string
  /** How to have it, or null where it runs. */
  readonly missing: string | null
  /** The `cluster` of a recipe. */
  readonly choice: Readonly<Record<string, unknown>>
  /** The `serving.cluster` of a recipe. */
  readonly server: Readonly<Record<string, unknown>>
  /** What a worker needs to reach it. */
  readonly env: Readonly<Record<string, string>>
}

const slurmConf = process.env['SLURM_CONF_TEST']
const kubeconfig = process.env['KUBERNETES_TEST']
const rayAddress = process.env['RAY_TEST']

export const slurm: RealCluster = {
  name: 'Slurm',
  missing: slurmConf === undefined ? 'run node tools/services/slurm.mjs install' : null,
  choice: { backend: 'slurm', device: 'cpu', gpusPerNode: 1, partition: 'batch' },
  server: { backend: 'slurm', gpusPerNode: 4, partition: 'batch' },
  env: { SLURM_CONF: slurmConf ?? '' },
}

export const kubernetes: RealCluster = {
  name: 'Kubernetes',
  missing: kubeconfig === undefined ? 'run node tools/services/kubernetes.mjs install' : null,
  // Its pods are processes of this machine, so the image is only a name.
  choice: { backend: 'kubernetes', device: 'cpu', kubeconfig, image: 'trainer' },
  server: { backend: 'kubernetes', kubeconfig, image: 'server', gpusPerNode: 0 },
  env: {},
}

export const ray: RealCluster = {
  name: 'Ray',
  missing: rayAddress === undefined ? 'run node tools/services/ray.mjs install' : null,
  choice: { backend: 'ray', device: 'cpu', address: rayAddress, tokenEnv: 'RAY_TOKEN', gpus: 0, cpus: 0 },
  server: { backend: 'ray', address: rayAddress, tokenEnv: 'RAY_TOKEN', gpus: 0, cpus: 0 },
  env: { RAY_TOKEN: process.env['RAY_TEST_TOKEN'] ?? '' },
}

export const realClusters: readonly RealCluster[] = [slurm, kubernetes, ray]
