import { z } from 'zod'

const positiveInt = z.number().int().positive()

/** What a round's training may cost. */
export const clusterBudget = {
  /** Of one GPU for one hour, in a currency of the recipe's own. */
  gpuHourCost: z.number().min(0).optional(),
  /** Over all attempts of a round's job; one that uses more is stopped with a checkpoint, and the round fails. */
  maxGpuHours: z.number().positive().optional(),
}

/** What holds for every cluster. */
const shared = {
  ...clusterBudget,
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  /** CPU threads of the trainer. */
  threads: positiveInt.default(1),
  /** Of one attempt; one that saved a checkpoint before its end is followed by another. */
  timeLimitMinutes: positiveInt.default(24 * 60),
  /** Attempts that may fail or get lost; what the cluster ends by preemption or with a node does not count. */
  maxAttempts: positiveInt.default(3),
  /** Without a step of a trainer that lives, after which the attempt is ended; one with slow steps gets ten of them. */
  hungAfterMinutes: positiveInt.default(30),
  /** What a trainer gets to save a checkpoint when it is asked to end. */
  graceSeconds: positiveInt.default(60),
  /** Where each node keeps the datasets while it trains; default beside the run. `RATCHET_SCRATCH` on the node wins. */
  scratchDirectory: z.string().startsWith('/').optional(),
}

/** Several processes for one job: on one node for each of its GPUs unless it says otherwise. */
const distributed = {
  /** Processes on each node; default one for each GPU, and one where `device` is `cpu`. */
  processesPerNode: positiveInt.optional(),
  /** How several processes hold the model: each the whole of it, or shards by FSDP2 or ZeRO-3. */
  sharding: z.enum(['replicate', 'fsdp2', 'zero3']).default('fsdp2'),
}

/** What holds for every cluster whose machines are not the worker's. */
const remote = {
  ...shared,
  /** Where runs and checkpoints are, on storage that workers, trainers and servers share under this absolute path; default `DATA_DIR/runs`. */
  runsDirectory: z.string().startsWith('/').optional(),
  /** The trainer's command there, to which the attempt's directory is appended; default the worker's own interpreter and trainer. */
  trainer: z.array(z.string().min(1)).min(1).optional(),
}

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

/** Who trains. */
export const ClusterChoice = z.discriminatedUnion('backend', [
  /** A child process on the worker's own machine. */
  z.strictObject({ backend: z.literal('local'), ...shared }),
  /** A batch job of Slurm, by its commands here or on a login node. */
  z.strictObject({
    backend: z.literal('slurm'),
    ...remote,
    ...distributed,
    nodes: positiveInt.default(1),
    partition: word.optional(),
    account: word.optional(),
    qos: word.optional(),
    gpusPerNode: z.number().int().min(0).default(1),
    /** As in `h100`; any when left out. */
    gpuType: word.optional(),
    cpusPerNode: positiveInt.optional(),
    memoryPerNodeGb: positiveInt.optional(),
    /** Further options of sbatch, as in `--constraint=ib`. */
    options: z.array(z.string().regex(/^--[a-z][^\n]*$/, 'a long option of sbatch, as in --constraint=ib')).default([]),
    /** Shell lines before the trainer: modules, a virtual environment. Each must end with 0. */
    setup: z.array(z.string()).default([]),
    /** For the trainer; stored with the recipe, so no secrets. */
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and underscores'), z.string())
      .default({}),
    ssh: SshChoice.optional(),
  }),
  /** A Job of Kubernetes, of one pod a node. */
  z.strictObject({
    backend: z.literal('kubernetes'),
    ...remote,
    ...distributed,
    /** Pods that train one job together, all or none; each gets what is asked for a node. */
    nodes: positiveInt.default(1),
    /** Path of a kubeconfig on the worker; default the service account of the worker's own pod. */
    kubeconfig: z.string().min(1).optional(),
    context: z.string().min(1).optional(),
    namespace: kubernetesName.optional(),
    /** An image in which the trainer's command can be run. */
    image: z.string().min(1),
    imagePullSecrets: z.array(kubernetesName).default([]),
    gpusPerNode: z.number().int().min(0).default(1),
    /** What the cluster calls its GPUs. */
    gpuResource: z.string().min(1).default('nvidia.com/gpu'),
    cpusPerNode: z.number().positive().optional(),
    /** Reserved, and the limit at which the trainer is killed. */
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
    /** The numeric user and group of the trainer, which must be able to write to the runs; default the image's. */
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
    /** For the trainer; stored with the recipe, so no secrets. */
    env: z.record(z.string(), z.string()).default({}),
    /** Variables of the trainer whose values are keys of secrets of the namespace. */
    secrets: z.record(z.string(), z.strictObject({ secret: kubernetesName, key: z.string().min(1) })).default({}),
    /** The local queue of Kueue through which the Jobs go. */
    queue: kubernetesName.optional(),
    /** How long an ended Job and its log are kept. */
    keepHours: z.number().positive().default(24),
  }),
  /** A job of Ray's Jobs API. */
  z.strictObject({
    backend: z.literal('ray'),
    ...remote,
    ...distributed,
    /** Nodes that train one job together, all or none; each must have what is asked for. */
    nodes: positiveInt.default(1),
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
    /** For the trainer; stored with the recipe and shown by Ray, so no secrets. */
    env: z.record(z.string(), z.string()).default({}),
  }),
  /** A site's own launcher, as commands on the worker's machine; what they must do is in docs/clusters/command.md. */
  z.strictObject({
    backend: z.literal('command'),
    ...remote,
    ...distributed,
    submit: z.array(z.string().min(1)).min(1),
    look: z.array(z.string().min(1)).min(1),
    stop: z.array(z.string().min(1)).min(1),
    /** Prints the end of the log; left out where it is in `trainer.log` in the attempt's directory. */
    logs: z.array(z.string().min(1)).min(1).optional(),
    /** Whether the launcher ends a run at its time limit by itself. */
    keepsTimeLimits: z.boolean().default(false),
    /** How long after its submission a run may still be absent from what `look` shows. */
    showsAfterSeconds: positiveInt.default(30),
    env: z.record(z.string(), z.string()).default({}),
  }),
])
export type ClusterChoice = z.infer<typeof ClusterChoice>
