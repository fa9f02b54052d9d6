import { join } from 'node:path'
import { createLocalCluster } from '@ratchet/adapters/cluster/local-process.ts'
import { createCommandServing } from '@ratchet/adapters/serving/command.ts'
import { createEmbeddedPolicyServer } from '@ratchet/adapters/serving/embedded-policy-server.ts'
import { createPolicyServerServing } from '@ratchet/adapters/serving/policy-server.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { ClusterChoice, ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { sourceFile } from './source-file.ts'

export type TrainingSettings = {
  readonly dataDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly python: () => Promise<string>
}

/** The clusters and servings that recipes choose, each opened once. */
export function createTraining(settings: TrainingSettings) {
  const clusters = new Map<string, Promise<Cluster>>()
  const servings = new Map<string, Promise<Serving>>()
  return {
    cluster: (choice: ClusterChoice) => once(clusters, choice.backend, () => openCluster(settings)),
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

async function openCluster({ dataDirectory, env, objects, clock, python }: TrainingSettings): Promise<Cluster> {
  return createLocalCluster({
    runsDirectory: join(dataDirectory, 'runs'),
    trainer: [await python(), sourceFile('infra/trainer/train.py')],
    objects,
    clock,
    // The trainer says in its events when it runs on the CPU.
    gpus: 1,
    env,
  })
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
    default:
      return assertNever(choice)
  }
}
