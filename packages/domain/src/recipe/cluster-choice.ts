import { z } from 'zod'

const positiveInt = z.number().int().positive()

/** What holds for every cluster. */
const shared = {
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  /** CPU threads of the trainer. */
  threads: positiveInt.default(1),
  /** Of one attempt; one that saved a checkpoint before its end is followed by another. */
  timeLimitMinutes: positiveInt.default(24 * 60),
  /** Attempts that may fail or get lost; what the cluster ends by preemption or with a node does not count. */
  maxAttempts: positiveInt.default(3),
  /** What a trainer gets to save a checkpoint when it is asked to end. */
  graceSeconds: positiveInt.default(60),
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

/** Who trains. */
export const ClusterChoice = z.discriminatedUnion('backend', [
  /** A child process on the worker's own machine. */
  z.strictObject({ backend: z.literal('local'), ...shared }),
  /** A batch job of Slurm, by its commands here or on a login node. */
  z.strictObject({
    backend: z.literal('slurm'),
    ...remote,
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
    /** Shell lines before the trainer: modules, a virtual environment, variables. */
    setup: z.array(z.string()).default([]),
    ssh: SshChoice.optional(),
  }),
])
export type ClusterChoice = z.infer<typeof ClusterChoice>
