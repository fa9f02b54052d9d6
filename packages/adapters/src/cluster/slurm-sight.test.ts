import { describe, expect, test } from '@jest/globals'
import { readSacct, readSqueue, type SlurmJob, slurmSight } from './slurm-sight.ts'

const now = new Date('2026-01-01T00:10:00Z')
const job = (state: string, more: Partial<SlurmJob> = {}): SlurmJob => ({
  id: '7',
  state,
  reason: '',
  elapsedSeconds: 60,
  nodes: 1,
  partition: 'batch',
  directory: '/runs/a',
  exitCode: null,
  ...more,
})

describe('what Slurm shows of a job', () => {
  test.each<[SlurmJob, object]>([
    [
      job('PENDING', { reason: 'Resources' }),
      { state: 'waiting', reason: "waits in Slurm's queue (Resources)", queuePosition: 3, hopeless: false },
    ],
    [job('PENDING', { reason: 'JobHeldUser' }), { state: 'waiting', hopeless: false }],
    [job('PENDING', { reason: 'BadConstraints' }), { state: 'waiting', hopeless: true }],
    [job('PENDING', { reason: 'DependencyNeverSatisfied' }), { hopeless: true }],
    [job('PENDING', { reason: 'AssocMaxWallDurationPerJobLimit' }), { hopeless: true }],
    [job('SUSPENDED'), { state: 'waiting', reason: 'suspended in Slurm', queuePosition: null }],
    [job('RUNNING'), { state: 'running', since: new Date('2026-01-01T00:09:00Z') }],
    [job('COMPLETING'), { state: 'running' }],
    [job('COMPLETED', { exitCode: '0:0' }), { state: 'ended', cause: 'exited', detail: 'Slurm job 7 completed' }],
    [job('FAILED', { exitCode: '3:0' }), { cause: 'exited', detail: 'Slurm job 7 failed, exit code 3' }],
    [
      job('FAILED', { exitCode: '127:0' }),
      { cause: 'impossible', detail: expect.stringContaining('correct cluster.trainer') },
    ],
    [job('FAILED', { exitCode: '0:11' }), { cause: 'exited', detail: 'Slurm job 7 failed, signal 11' }],
    [job('TIMEOUT', { exitCode: '0:0' }), { cause: 'time-limit' }],
    [job('NODE_FAIL'), { cause: 'node-lost' }],
    [job('PREEMPTED'), { cause: 'preempted' }],
    [job('CANCELLED'), { cause: 'stopped' }],
    [job('OUT_OF_MEMORY'), { cause: 'impossible', detail: expect.stringContaining('raise cluster.memoryPerNodeGb') }],
    [job('SOMETHING_NEW'), { state: 'ended', cause: 'exited' }],
  ])('$state $reason', (given, sight) => {
    expect(slurmSight(given, now, { position: 3, outgrows: false })).toMatchObject(sight)
  })

  test('a number of nodes over that of the partition is hopeless, and nodes that are away are waited for', () => {
    const given = job('PENDING', { reason: 'PartitionNodeLimit' })
    expect(slurmSight(given, now, { position: 0, outgrows: true })).toMatchObject({
      hopeless: true,
      reason: expect.stringContaining('lower cluster.nodes'),
    })
    expect(slurmSight(given, now, { position: 0, outgrows: false })).toMatchObject({
      hopeless: false,
      reason:
        "waits in Slurm's queue (PartitionNodeLimit): nodes of the partition that it needs are down, drained or reserved",
    })
  })

  test('squeue writes elapsed times in several ways', () => {
    const rows = [
      '7|RUNNING|None|2-01:00:05|4|a|/a',
      '8|PENDING|Priority|0:00|2|a,b|/b',
      '9|RUNNING|None|INVALID|1|a|/c',
    ]
    const jobs = readSqueue(`${rows.join('\n')}\nnoise\n`)
    expect(jobs.map(({ elapsedSeconds, nodes, partition }) => [elapsedSeconds, nodes, partition])).toEqual([
      [176_405, 4, 'a'],
      [0, 2, 'a,b'],
      [0, 1, 'a'],
    ])
  })

  test('sacct says who cancelled', () => {
    expect(readSacct('7|CANCELLED by 1000|0:15|12|/a b\n')).toEqual([
      {
        id: '7',
        state: 'CANCELLED',
        reason: '',
        elapsedSeconds: 12,
        nodes: 0,
        partition: '',
        directory: '/a b',
        exitCode: '0:15',
      },
    ])
  })
})
