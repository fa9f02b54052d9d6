import { commandEnvironment, localRunner, sshRunner } from '@ratchet/adapters/cluster/command-runner.ts'
import { createKubernetesScheduler } from '@ratchet/adapters/cluster/kubernetes.ts'
import { createRayScheduler } from '@ratchet/adapters/cluster/ray.ts'
import type { Scheduler } from '@ratchet/adapters/cluster/scheduler.ts'
import { createSlurmScheduler } from '@ratchet/adapters/cluster/slurm.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { ServerCluster } from '@ratchet/domain/recipe/cluster-choice.ts'
import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { sourceFile } from './source-file.ts'

export type JobSchedulerSettings = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

/** The scheduler of a recipe's cluster, whatever runs in its jobs. Throws PortError where its credentials are missing. */
export function openJobScheduler(choice: ServerCluster, { env, clock }: JobSchedulerSettings): Scheduler {
  switch (choice.backend) {
    case 'slurm': {
      const { ssh, ...resources } = choice
      const run = ssh === undefined ? localRunner(commandEnvironment(env)) : sshRunner(ssh, commandEnvironment(env))
      return createSlurmScheduler({ resources, run, clock })
    }
    case 'kubernetes': {
      const { keepHours, env: environment, memoryPerNodeGb, sharedMemoryGb, ...pod } = choice
      return createKubernetesScheduler({
        ...pod,
        env,
        clock,
        environment,
        environmentFromSecrets: choice.secrets,
        gpus: choice.gpusPerNode,
        cpus: choice.cpusPerNode,
        memory: gibibytes(memoryPerNodeGb),
        sharedMemory: gibibytes(sharedMemoryGb),
        priorityClassName: choice.priorityClass,
        serviceAccountName: choice.serviceAccount,
        queueName: choice.queue,
        keepSeconds: Math.ceil(keepHours * 3600),
      })
    }
    case 'ray': {
      const { tokenEnv, memoryGb, ...demand } = choice
      return createRayScheduler({
        ...demand,
        clock,
        memoryBytes: memoryGb === undefined ? null : Math.ceil(memoryGb * 2 ** 30),
        token: tokenOf(tokenEnv, env),
        nodesProgram: sourceFile('infra/ray/over_nodes.py'),
      })
    }
    default:
      return assertNever(choice)
  }
}

function gibibytes(amount: number | undefined): string | undefined {
  return amount === undefined ? undefined : `${amount}Gi`
}

function tokenOf(name: string | undefined, env: JobSchedulerSettings['env']): string | null {
  if (name === undefined) return null
  const token = env[name]
  if (token !== undefined && token !== '') return token
  throw new PortError(`cluster.tokenEnv names ${name}, which this process does not have: set it for the worker`, {
    retryable: false,
  })
}
