import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { localRunner } from '@ratchet/adapters/cluster/command-runner.ts'
import { createKubernetesScheduler } from '@ratchet/adapters/cluster/kubernetes.ts'
import { createLocalScheduler } from '@ratchet/adapters/cluster/local-process.ts'
import { createRayScheduler } from '@ratchet/adapters/cluster/ray.ts'
import type { Scheduler } from '@ratchet/adapters/cluster/scheduler.ts'
import { createSlurmScheduler } from '@ratchet/adapters/cluster/slurm.ts'
import type { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'

export type Backend = { readonly name: ClusterChoice['backend']; readonly scheduler: Scheduler }

type Service = { readonly skipped?: string; readonly close?: () => Promise<void> } & Record<string, unknown>
type Start = (options: { readonly directory: string; readonly log: (line: string) => void }) => Promise<Service>

/** Starts every cluster that is installed. `skipped` says of the others why they are not. */
export async function openBackends(log: (line: string) => void) {
  const clock = createSystemClock()
  const backends: Backend[] = [{ name: 'local', scheduler: createLocalScheduler({ env: process.env, clock }) }]
  const skipped: string[] = []
  const closing: (() => Promise<void>)[] = []
  const open = async (name: Backend['name'], start: Start, make: (service: Service) => Scheduler): Promise<void> => {
    const directory = mkdtempSync(join(tmpdir(), `rb-${name}-`))
    const service = await start({ directory, log })
    closing.push(async () => {
      await service.close?.()
      rmSync(directory, { recursive: true, force: true })
    })
    if (service.skipped === undefined) backends.push({ name, scheduler: make(service) })
    else skipped.push(`${name}: ${service.skipped}`)
  }
  const slurm: { startSlurm: Start } = await import(service('slurm'))
  await open('slurm', slurm.startSlurm, ({ conf }) =>
    createSlurmScheduler({
      run: localRunner({ PATH: process.env['PATH'], SLURM_CONF: String(conf) }),
      clock,
      resources: { partition: 'batch', gpusPerNode: 1, cpusPerNode: 1, options: [], setup: [], env: {} },
    }),
  )
  const kubernetes: { startKubernetes: Start } = await import(service('kubernetes'))
  await open('kubernetes', kubernetes.startKubernetes, ({ kubeconfig }) =>
    createKubernetesScheduler({ kubeconfig: String(kubeconfig), image: 'trainer', env: {}, clock }),
  )
  const ray: { startRay: Start } = await import(service('ray'))
  await open('ray', ray.startRay, ({ address, token }) =>
    createRayScheduler({
      address: String(address),
      token: typeof token === 'string' ? token : null,
      gpus: 0,
      cpus: 1,
      memoryBytes: null,
      resources: {},
      env: {},
      nodesProgram: fileURLToPath(new URL('../../infra/ray/over_nodes.py', import.meta.url)),
      clock,
    }),
  )
  const close = async (): Promise<void> => {
    for (const each of closing.reverse()) await each()
  }
  return { backends, skipped, close }
}

function service(name: string): string {
  return new URL(`../../tools/services/${name}.mjs`, import.meta.url).href
}
