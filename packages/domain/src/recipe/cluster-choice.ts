import { z } from 'zod'
import { kubernetesResources, rayResources, slurmResources } from './job-resources.ts'

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
    ...slurmResources,
  }),
  /** A Job of Kubernetes, of one pod a node. */
  z.strictObject({
    backend: z.literal('kubernetes'),
    ...remote,
    ...distributed,
    /** Pods that train one job together, all or none; each gets what is asked for a node. */
    nodes: positiveInt.default(1),
    ...kubernetesResources,
  }),
  /** A job of Ray's Jobs API. */
  z.strictObject({
    backend: z.literal('ray'),
    ...remote,
    ...distributed,
    /** Nodes that train one job together, all or none; each must have what is asked for. */
    nodes: positiveInt.default(1),
    ...rayResources,
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

/** What holds for a server in a job: the storage, and the job's time. */
const server = {
  /** Where servers leave their addresses and logs, on storage that workers and nodes share under this absolute path; default `DATA_DIR/runs`. */
  runsDirectory: z.string().startsWith('/').optional(),
  /** Of one job; at its end the next one begins. */
  timeLimitMinutes: positiveInt.default(24 * 60),
  /** What a server gets to end when it is asked to. */
  graceSeconds: positiveInt.default(60),
}

/** Who runs a model server, on one node. */
export const ServerCluster = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('slurm'), ...server, ...slurmResources }),
  z.strictObject({ backend: z.literal('kubernetes'), ...server, ...kubernetesResources }),
  z.strictObject({ backend: z.literal('ray'), ...server, ...rayResources }),
])
export type ServerCluster = z.infer<typeof ServerCluster>
