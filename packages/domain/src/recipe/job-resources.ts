import { z } from 'zod'

const positiveInt = z.number().int().positive()

/** Over the system's own ssh, by keys or an agent: it is never asked for a password. */
export const SshChoice = z.strictObject({
  /** A host, `user@host`, or a name in ssh's configuration. */
  destination: z.string().regex(/^[^-\s]\S*$/, 'a host, user@host, or a name in the configuration of ssh'),
  /** More arguments, as in `[-J, gateway]`. */
  options: z.array(z.string().min(1)).default([]),
})
export type SshChoice = z.infer<typeof SshChoice>

const word = z.string().regex(/^[A-Za-z0-9_.,:-]+$/, 'letters, digits and _ . , : -')

const kubernetesName = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'lower-case letters, digits, - and .')

/** What a batch job of Slurm asks for, by its commands here or on a login node. */
export const slurmResources = {
  partition: word.optional(),
  account: word.optional(),
  qos: word.optional(),
  gpusPerNode: z.number().int().min(0).default(1),
  /** As in `h100`; any when left out. */
  gpuType: word.optional(),
  cpusPerNode: positiveInt.optional(),
  memoryPerNodeGb: positiveInt.optional(),
  /** Further options of sbatch, as in `--constraint=ib`; none that every job is given anyway. */
  options: z.array(z.string().regex(/^--[a-z][^\n]*$/, 'a long option of sbatch, as in --constraint=ib')).default([]),
  /** Shell lines before the program: modules, a virtual environment. Each must end with 0. */
  setup: z.array(z.string()).default([]),
  /** For the program; stored with the recipe, so no secrets. */
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and underscores'), z.string())
    .default({}),
  ssh: SshChoice.optional(),
}

/** What a pod of Kubernetes is like, and where. */
export const kubernetesResources = {
  /** Path of a kubeconfig on the worker; default the service account of the worker's own pod. */
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  namespace: kubernetesName.optional(),
  /** An image in which the command can be run. */
  image: z.string().min(1),
  imagePullSecrets: z.array(kubernetesName).default([]),
  gpusPerNode: z.number().int().min(0).default(1),
  /** What the cluster calls its GPUs. */
  gpuResource: z.string().min(1).default('nvidia.com/gpu'),
  cpusPerNode: z.number().positive().optional(),
  /** Reserved, and the limit at which the program is killed. */
  memoryPerNodeGb: positiveInt.optional(),
  /** The size of `/dev/shm`; it counts as memory. Default 8 where a pod has several GPUs, else the cluster's. */
  sharedMemoryGb: positiveInt.optional(),
  nodeSelector: z.record(z.string(), z.string()).default({}),
  tolerations: z
    .array(
      z.strictObject({
        key: z.string().min(1).optional(),
        operator: z.enum(['Exists', 'Equal']).optional(),
        value: z.string().optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
        tolerationSeconds: z.number().int().min(0).optional(),
      }),
    )
    .default([]),
  priorityClass: kubernetesName.optional(),
  serviceAccount: kubernetesName.optional(),
  /** The numeric user and group of the program, which must be able to write to the runs; default the image's. */
  runAsUser: z.number().int().min(0).optional(),
  runAsGroup: z.number().int().min(0).optional(),
  /** Claims and where they are mounted; `runsDirectory` must be in one of them, under the path that it has for the worker. */
  volumes: z
    .array(
      z.strictObject({
        claim: kubernetesName,
        mountPath: z.string().startsWith('/'),
        subPath: z.string().min(1).optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .default([]),
  /** For the program; stored with the recipe, so no secrets. */
  env: z.record(z.string(), z.string()).default({}),
  /** Variables of the program whose values are keys of secrets of the namespace. */
  secrets: z.record(z.string(), z.strictObject({ secret: kubernetesName, key: z.string().min(1) })).default({}),
  /** The local queue of Kueue through which the Jobs go. */
  queue: kubernetesName.optional(),
  /** How long an ended Job and its log are kept. */
  keepHours: z.number().positive().default(24),
}

/** What a job of Ray's Jobs API asks of a node. */
export const rayResources = {
  /** The dashboard of the head, as in `http://head:8265`. */
  address: z.url({ protocol: /^https?$/ }),
  /** The worker's environment variable with the cluster's token. Whoever reaches a cluster without one may run any program on it. */
  tokenEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional(),
  gpus: z.number().min(0).default(1),
  cpus: z.number().min(0).default(1),
  memoryGb: z.number().positive().optional(),
  /** Custom resources by their names, as `accelerator_type:H100`. */
  resources: z.record(z.string(), z.number().positive()).default({}),
  /** For the program; stored with the recipe and shown by Ray, so no secrets. */
  env: z.record(z.string(), z.string()).default({}),
}
