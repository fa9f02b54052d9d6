import { describe, expect, test } from '@jest/globals'
import type { RayDemand } from './ray-sight.ts'
import { endOfRayJob, RayJob, RayNodes, waitingReason } from './ray-sight.ts'
import type { EndCause } from './scheduler.ts'

const nothing: RayDemand = { gpus: 0, cpus: 0, memoryBytes: null, resources: {} }
const failed = (error_type: string, message: string, more = {}) => ({ status: 'FAILED', error_type, message, ...more })

describe('the end of a Ray job', () => {
  test.each([{ status: 'PENDING' }, { status: 'RUNNING' }])('$status is none', (job) => {
    expect(endOfRayJob(RayJob.parse(job), { ...nothing, gpus: 8, resources: { H100: 1 } })).toBeNull()
  })

  const cases: [string, object, EndCause, string | RegExp][] = [
    ['a stopped job was stopped', { status: 'STOPPED', message: 'Job was intentionally stopped.' }, 'stopped', ''],
    ['a job that ended well has exited', { status: 'SUCCEEDED' }, 'exited', ''],
    [
      'a job that ended badly has exited with its code and not with its log',
      failed('JOB_ENTRYPOINT_COMMAND_ERROR', 'Job entrypoint command failed with exit code 3, last …', {
        driver_exit_code: 3,
      }),
      'exited',
      'exit code 3',
    ],
    [
      'a shell that could not be started counts as an attempt',
      failed('JOB_ENTRYPOINT_COMMAND_START_ERROR', 'Traceback (most recent call last):\n  File …'),
      'exited',
      /^JOB_ENTRYPOINT_COMMAND_START_ERROR/,
    ],
    [
      'a runtime environment that cannot be made is no use to try again',
      failed('RUNTIME_ENV_SETUP_FAILURE', 'runtime_env setup failed: no such wheel\nmore'),
      'impossible',
      'Ray could not set up its runtime environment: runtime_env setup failed: no such wheel',
    ],
    [
      'a job that no node can take is no use to try again',
      failed('JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE', 'the node is gone'),
      'impossible',
      /^no node of the Ray cluster can take it/,
    ],
    [
      'a job that waited too long says what it asked for, and the remedy',
      failed('JOB_SUPERVISOR_ACTOR_START_TIMEOUT', '…'),
      'impossible',
      /no room for 8 GPU, 1 H100 in time: .*RAY_JOB_START_TIMEOUT_SECONDS/,
    ],
    [
      'a supervisor that died is a lost node',
      failed('JOB_SUPERVISOR_ACTOR_DIED', 'Job supervisor actor died: its node died\n\tclass_name: JobSupervisor'),
      'node-lost',
      'Job supervisor actor died: its node died',
    ],
    [
      'a supervisor that died of too little memory counts as an attempt',
      failed('JOB_SUPERVISOR_ACTOR_DIED', 'the actor died\nTask was killed due to the node running low on memory.'),
      'exited',
      'its node ran out of memory',
    ],
    [
      'a job that lost one of its nodes says which',
      failed(
        'JOB_ENTRYPOINT_COMMAND_ERROR',
        'Job entrypoint command failed …\nnode 1 at 10.0.0.2 was lost: its daemon died\n\t(2) raylet is slow',
        {
          driver_exit_code: 75,
          metadata: { nodes: '2' },
        },
      ),
      'node-lost',
      'node 1 at 10.0.0.2 was lost: its daemon died',
    ],
    [
      'the same exit code of a job of one node is its own',
      failed('JOB_ENTRYPOINT_COMMAND_ERROR', '…', { driver_exit_code: 75, metadata: { started_by: 'ratchet' } }),
      'exited',
      'exit code 75',
    ],
    ['an error of another kind counts as an attempt', failed('SOMETHING_NEW', 'what'), 'exited', 'SOMETHING_NEW: what'],
  ]
  test.each(cases)('%s', (_title, job, cause, detail) => {
    const end = endOfRayJob(RayJob.parse(job), { ...nothing, gpus: 8, resources: { H100: 1 } })
    expect(end).toMatchObject({ state: 'ended', cause })
    expect(end?.detail).toMatch(typeof detail === 'string' ? new RegExp(`^${detail}$`) : detail)
  })
})

describe('why a run on Ray waits', () => {
  const job = { ...nothing, gpus: 8, memoryBytes: 2 ** 31 }
  const nodes = (...each: object[]) =>
    RayNodes.parse({
      data: { result: { result: each.map((resources_total) => ({ state: 'ALIVE', resources_total })) } },
    })

  test('one that asks for nothing is being started', () => {
    expect(waitingReason(nothing, null)).toBe('Ray starts it')
  })

  test('what it asks for is told when the nodes are not known', () => {
    expect(waitingReason(job, null)).toBe('it asks for 8 GPU, 2 GiB memory on one node')
  })

  test('nodes that are large enough are counted', () => {
    const known = nodes({ GPU: 8, memory: 2 ** 32 }, { GPU: 4, memory: 2 ** 32 }, { CPU: 8 })
    expect(waitingReason(job, known)).toMatch(/; 1 of 3 nodes are large enough: it starts when one has that free$/)
  })

  test('nodes that are too small are told with what they have', () => {
    const known = nodes({ GPU: 4, memory: 2 ** 32 }, { CPU: 8 })
    expect(waitingReason(job, known)).toMatch(/none of the Ray cluster's 2 nodes has as much, they have 4 GPU, 4 GiB/)
  })

  test('a run of several nodes tells how many are large enough', () => {
    const known = nodes({ GPU: 8, memory: 2 ** 32 }, { GPU: 8, memory: 2 ** 32 }, { CPU: 8 })
    expect(waitingReason(job, known, 2)).toBe(
      'it asks for 8 GPU, 2 GiB memory on each of 2 nodes; 2 of 3 nodes are large enough: it starts when 2 of them have that free',
    )
    expect(waitingReason(job, known, 4)).toMatch(/ on each of 4 nodes; only 2 of 3 nodes are large enough$/)
  })

  test('a dead node does not count', () => {
    const dead = { data: { result: { result: [{ state: 'DEAD', resources_total: { GPU: 8, memory: 2 ** 32 } }] } } }
    expect(waitingReason(job, RayNodes.parse(dead))).toContain("none of the Ray cluster's 0 nodes")
  })
})
