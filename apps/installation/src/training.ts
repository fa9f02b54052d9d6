import { join, posix } from 'node:path'
import { createClusterOn } from '@ratchet/adapters/cluster/cluster-on.ts'
import { createCommandCluster } from '@ratchet/adapters/cluster/command.ts'
import type { Distribution } from '@ratchet/adapters/cluster/launch.ts'
import { createLocalCluster } from '@ratchet/adapters/cluster/local-process.ts'
import { createCommandServing } from '@ratchet/adapters/serving/command.ts'
import { createEmbeddedPolicyServer } from '@ratchet/adapters/serving/embedded-policy-server.ts'
import { createPolicyServerServing } from '@ratchet/adapters/serving/policy-server.ts'
import { createJobServing } from '@ratchet/adapters/serving/server-job.ts'
import { createUntriedSglangServing } from '@ratchet/adapters/serving/sglang-in-place.ts'
import { createStaticServing } from '@ratchet/adapters/serving/static.ts'
import { createVllmInPlaceServing } from '@ratchet/adapters/serving/vllm-in-place.ts'
import { createVllmLoraServing } from '@ratchet/adapters/serving/vllm-lora.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { openJobScheduler } from './job-scheduler.ts'
import { pythonPath } from './python.ts'
import { sourceFile } from './source-file.ts'

export type TrainingSettings = {
  readonly dataDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly pythonEnvironment: string | null
  readonly python: () => Promise<string>
}

/** The clusters and servings that recipes choose, each opened once. */
export function createTraining(settings: TrainingSettings) {
  const clusters = new Map<string, Promise<Cluster>>()
  const servings = new Map<string, Promise<Serving>>()
  return {
    cluster: (choice: ClusterChoice) => once(clusters, JSON.stringify(choice), () => openCluster(settings, choice)),
    serving: (choice: ServingChoice) => once(servings, JSON.stringify(choice), () => openServing(settings, choice)),
    close: async (): Promise<void> => {
      const opened = await Promise.allSettled([...clusters.values(), ...servings.values()])
      for (const each of opened) if (each.status === 'fulfilled') await each.value.close()
    },
  }
}

/** Opens what a key stands for and keeps it; a failure is not kept. */
function once<Opened>(kept: Map<string, Promise<Opened>>, key: string, open: () => Promise<Opened>): Promise<Opened> {
  const known = kept.get(key)
  if (known !== undefined) return known
  const opening = open()
  kept.set(key, opening)
  opening.catch(() => kept.delete(key))
  return opening
}

async function openCluster(settings: TrainingSettings, choice: ClusterChoice): Promise<Cluster> {
  const { dataDirectory, env, objects, clock, python } = settings
  const ours = {
    trainer: [pythonPath(settings), sourceFile('infra/trainer/train.py')],
    prepare: () => python(),
    preparesAtOnce: settings.pythonEnvironment !== null,
  }
  const { graceSeconds, hungAfterMinutes, scratchDirectory } = choice
  const shared = { objects: objects.location, clock, graceSeconds, hungAfterMinutes, scratchDirectory }
  const runsDirectory = join(dataDirectory, 'runs')
  const elsewhere = ({ trainer, runsDirectory: given, ...distributed }: Remote, gpusPerNode: number) => ({
    ...shared,
    ...(trainer === undefined ? ours : { trainer }),
    distribution: distributionOf(distributed, gpusPerNode, trainer ?? ours.trainer),
    runsDirectory: given ?? runsDirectory,
  })
  switch (choice.backend) {
    case 'local':
      // The trainer says in its events when it runs on the CPU.
      return createLocalCluster({
        ...shared,
        ...ours,
        gpusPerRun: 1,
        runsDirectory,
        env,
        credentials: storeCredentials(settings),
      })
    case 'slurm':
    case 'kubernetes':
    case 'ray': {
      const gpusPerNode = choice.backend === 'ray' ? choice.gpus : choice.gpusPerNode
      const gpusPerRun = choice.nodes * gpusPerNode
      return createClusterOn(openJobScheduler(choice, settings), { ...elsewhere(choice, gpusPerNode), gpusPerRun })
    }
    case 'command': {
      const { logs = null, env: more, ...launcher } = choice
      return createCommandCluster({
        // A process has a GPU of its own.
        gpusPerRun: choice.processesPerNode ?? 1,
        ...launcher,
        ...elsewhere(choice, 0),
        logs,
        env: more,
        inherited: env,
      })
    }
    default:
      return assertNever(choice)
  }
}

/** What a trainer on this machine needs for the bucket, as this process has it. Trainers elsewhere get theirs from their site. */
function storeCredentials({ env, objects }: TrainingSettings): Record<string, string> {
  if (!objects.location.uri.startsWith('s3:')) return {}
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (/^AWS_\w+$/.test(name) && value ? [[name, value]] : [])),
  )
}

/** One process for each GPU, unless the recipe says otherwise. Accelerate's configuration is the one beside the trainer's script, which may be in an image. */
function distributionOf(
  { device, nodes = 1, processesPerNode, sharding }: Distributed,
  gpusPerNode: number,
  trainer: readonly string[],
): Distribution {
  const configuration = posix.join(posix.dirname(trainer.at(-1) ?? ''), 'accelerate', `${sharding}.yaml`)
  return {
    nodes,
    processesPerNode: processesPerNode ?? (device === 'cpu' ? 1 : Math.max(1, Math.floor(gpusPerNode))),
    sharding: sharding === 'replicate' ? sharding : { configuration },
  }
}

type Remote = Distributed & Pick<Extract<ClusterChoice, { backend: 'slurm' }>, 'trainer' | 'runsDirectory'>

type Distributed = Pick<Extract<ClusterChoice, { backend: 'slurm' }>, 'device' | 'processesPerNode' | 'sharding'> & {
  readonly nodes?: number
}

async function openServing(settings: TrainingSettings, choice: ServingChoice): Promise<Serving> {
  const { dataDirectory, env, clock, python } = settings
  const directory = join(dataDirectory, 'servers')
  switch (choice.backend) {
    case 'policy-server': {
      const { url, maxInFlight } = choice
      if (url !== undefined) return createPolicyServerServing({ url, maxInFlight })
      const server = [await python(), sourceFile('infra/policy-server/serve.py')]
      return createEmbeddedPolicyServer({ directory, server, maxInFlight, env, clock })
    }
    case 'command': {
      const { command, startTimeoutSeconds, maxInFlight } = choice
      return createCommandServing({
        directory,
        command,
        env: choice.env,
        inherited: env,
        startTimeoutSeconds,
        maxInFlight,
        clock,
      })
    }
    case 'job': {
      const { cluster, apiKeyEnv, startTimeoutSeconds, maxInFlight, command } = choice
      return createJobServing(openJobScheduler(cluster, settings), {
        directory: join(cluster.runsDirectory ?? join(dataDirectory, 'runs'), 'servers'),
        command,
        startTimeoutSeconds,
        timeLimitMinutes: cluster.timeLimitMinutes,
        graceSeconds: cluster.graceSeconds,
        maxInFlight,
        apiKey: keyOf(env, apiKeyEnv),
        apiKeyEnv,
        clock,
      })
    }
    case 'vllm-lora': {
      const { url, apiKeyEnv, maxInFlight } = choice
      return createVllmLoraServing({ url, apiKey: keyOf(env, apiKeyEnv), apiKeyEnv, maxInFlight, clock })
    }
    case 'vllm-in-place':
    case 'sglang-untried': {
      const { urls, apiKeyEnv, maxInFlight } = choice
      const server = { urls, directory, apiKey: keyOf(env, apiKeyEnv), apiKeyEnv, maxInFlight, clock }
      return choice.backend === 'vllm-in-place' ? createVllmInPlaceServing(server) : createUntriedSglangServing(server)
    }
    case 'static': {
      for (const { apiKeyEnv } of choice.endpoints) keyOf(env, apiKeyEnv)
      return createStaticServing({ model: choice.model, endpoints: choice.endpoints, env })
    }
    default:
      return assertNever(choice)
  }
}

function keyOf(env: TrainingSettings['env'], name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const key = env[name]
  if (key === undefined || key === '')
    throw new PortError(`the environment variable ${name}, which should hold the key of the model server, is not set`, {
      retryable: false,
    })
  return key
}
