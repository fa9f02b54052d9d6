import { z } from 'zod'
import { commandMissing, isCommandMissing } from './command-missing.ts'
import type { Sight } from './scheduler.ts'
import { tempFail } from './temp-fail.ts'

const Amounts = z.record(z.string(), z.number())

/** What `GET /api/jobs/{id}` tells, as far as we read it. */
export const RayJob = z.looseObject({
  status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
  message: z.string().nullish(),
  error_type: z.string().nullish(),
  driver_exit_code: z.number().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
})
export type RayJob = z.infer<typeof RayJob>

/** What `GET /api/v0/nodes` tells. */
export const RayNodes = z.object({
  data: z.object({ result: z.object({ result: z.array(z.object({ state: z.string(), resources_total: Amounts })) }) }),
})
export type RayNodes = z.infer<typeof RayNodes>

/** What one node must have free for a run. One that asks for nothing at all runs on the head. */
export type RayDemand = {
  /** Ray sets CUDA_VISIBLE_DEVICES to those that it gives. */
  readonly gpus: number
  readonly cpus: number
  /** Null: any. Ray counts it and enforces nothing. */
  readonly memoryBytes: number | null
  /** Custom resources by their names, as `accelerator_type:H100`. */
  readonly resources: Readonly<Record<string, number>>
}

type Ended = Extract<Sight, { state: 'ended' }>

/** Whether Ray has done with it. */
export function isTerminal({ status }: RayJob): boolean {
  return status !== 'PENDING' && status !== 'RUNNING'
}

/** How many nodes it was submitted for. */
export function nodesOf({ metadata }: RayJob): number {
  return Number(metadata?.['nodes'] ?? 1)
}

/** What a job that Ray is not done with any more came to. Null while it is not. */
export function endOfRayJob(job: RayJob, demand: RayDemand): Ended | null {
  switch (job.status) {
    case 'PENDING':
    case 'RUNNING':
      return null
    case 'STOPPED':
      return { state: 'ended', cause: 'stopped', detail: '' }
    case 'SUCCEEDED':
      return { state: 'ended', cause: 'exited', detail: '' }
    case 'FAILED':
      return failureOf(job, demand)
  }
}

function failureOf(job: RayJob, demand: RayDemand): Ended {
  const ended = (cause: Ended['cause'], detail: string): Ended => ({ state: 'ended', cause, detail })
  const said = firstLine(job.message ?? '')
  switch (job.error_type) {
    case 'JOB_ENTRYPOINT_COMMAND_ERROR':
      if (isCommandMissing(job.driver_exit_code))
        return ended('impossible', `exit code ${job.driver_exit_code}: ${commandMissing}`)
      // Over several nodes our own program ends so when one of them is lost.
      if (nodesOf(job) > 1 && job.driver_exit_code === tempFail) return ended('node-lost', lostNode(job.message ?? ''))
      return ended('exited', `exit code ${job.driver_exit_code ?? 'unknown'}`)
    case 'RUNTIME_ENV_SETUP_FAILURE':
      return ended('impossible', `Ray could not set up its runtime environment: ${said}`)
    case 'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE':
      return ended('impossible', `no node of the Ray cluster can take it: ${said}`)
    case 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT':
      return ended(
        'impossible',
        `the Ray cluster had no room for ${amounts(byName(demand)) || 'it'} in time: ask for less, or raise RAY_JOB_START_TIMEOUT_SECONDS on its head`,
      )
    case 'JOB_SUPERVISOR_ACTOR_DIED':
      // Memory that the trainer itself used up would run out again.
      if (/out of memory|low on memory|OutOfMemory/i.test(job.message ?? ''))
        return ended('exited', 'its node ran out of memory')
      return ended('node-lost', said)
    default:
      return ended('exited', [job.error_type, said].filter((part) => part != null && part !== '').join(': '))
  }
}

/** Why a run waits: what it asks for, and whether the cluster's nodes have it. `nodes` is null when that is not known. */
export function waitingReason(asked: RayDemand, nodes: RayNodes | null, wanted = 1): string {
  const demand = byName(asked)
  if (demand.size === 0) return 'Ray starts it'
  const asks = `it asks for ${amounts(demand)} on ${wanted === 1 ? 'one node' : `each of ${wanted} nodes`}`
  if (nodes === null) return asks
  const alive = nodes.data.result.result.filter(({ state }) => state === 'ALIVE').map((node) => node.resources_total)
  const large = alive.filter((node) => [...demand].every(([name, amount]) => (node[name] ?? 0) >= amount))
  const are = `${large.length} of ${alive.length} nodes are large enough`
  if (large.length >= wanted)
    return `${asks}; ${are}: it starts when ${wanted === 1 ? 'one has' : `${wanted} of them have`} that free`
  if (large.length > 0) return `${asks}; only ${are}`
  const most = new Map([...demand.keys()].map((name) => [name, Math.max(0, ...alive.map((node) => node[name] ?? 0))]))
  return `${asks}; none of the Ray cluster's ${alive.length} nodes has as much, they have ${amounts(most)} at most: ask for less in ${[...demand.keys()].map(fieldOf).join(', ')}, or add a larger node`
}

/** Where the recipe asks for it. */
function fieldOf(resource: string): string {
  return { GPU: 'cluster.gpus', CPU: 'cluster.cpus', memory: 'cluster.memoryGb' }[resource] ?? 'cluster.resources'
}

/** By Ray's names of resources. */
export function byName({ gpus, cpus, memoryBytes, resources }: RayDemand): ReadonlyMap<string, number> {
  const asked = { GPU: gpus, CPU: cpus, memory: memoryBytes ?? 0, ...resources }
  return new Map(Object.entries(asked).filter(([, amount]) => amount > 0))
}

function amounts(resources: ReadonlyMap<string, number>): string {
  return [...resources].map(([name, amount]) => `${inUnits(name, amount)} ${name}`).join(', ')
}

function inUnits(name: string, amount: number): string {
  return name === 'memory' ? `${Number((amount / 2 ** 30).toFixed(1))} GiB` : String(amount)
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 300) ?? ''
}

/** What the program of several nodes said of the one that was lost, among what Ray says itself. */
function lostNode(text: string): string {
  return /^(?:node \d+ at \S+|a node) was lost.*$/m.exec(text)?.[0].slice(0, 300) ?? 'one of several'
}
