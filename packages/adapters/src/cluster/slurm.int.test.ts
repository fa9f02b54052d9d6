import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { describeCluster } from '@ratchet/ports/testing/cluster-contract.ts'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { describeRealTraining } from '../testing/describe-real-training.ts'
import { fakeTrainerSettings, harnessData, losingReplies } from '../testing/local-cluster-harness.ts'
import { createClusterOn } from './cluster-on.ts'
import { localRunner } from './command-runner.ts'
import { createSlurmScheduler } from './slurm.ts'
import type { SlurmResources } from './slurm-script.ts'

const conf = process.env['SLURM_CONF_TEST'] ?? ''
const resources: SlurmResources = {
  partition: 'batch',
  gpusPerNode: 1,
  cpusPerNode: 1,
  options: [],
  setup: [],
  env: {},
}

function openScheduler(more: Partial<SlurmResources> = {}) {
  const run = localRunner({ PATH: process.env['PATH'], SLURM_CONF: conf })
  return createSlurmScheduler({ run, clock: createSystemClock(), resources: { ...resources, ...more } })
}

const suite = conf === '' ? describe.skip : describe
suite(
  conf === '' ? 'the Slurm cluster (skipped: no Slurm; run node tools/services/slurm.mjs install)' : 'on a real Slurm',
  () => {
    jest.setTimeout(300_000)

    describeCluster('the Slurm cluster', async () => {
      const runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
      return {
        open: (how) => {
          const scheduler = how === 'starved' ? openScheduler({ options: ['--hold'] }) : openScheduler()
          const settings = { ...fakeTrainerSettings(runs), silentAfterSeconds: 3 }
          return createClusterOn(how === 'losing-replies' ? losingReplies(scheduler) : scheduler, settings)
        },
        hasQueue: true,
        timeLimitMinutes: 1,
        patienceSeconds: 200,
        data: harnessData,
        runDirectory: (jobId) => join(runs, jobId),
        close: async () => rmSync(runs, { recursive: true, force: true }),
      }
    })

    describeRealTraining(
      'a job over two nodes of Slurm',
      (settings) => createClusterOn(openScheduler({ gpusPerNode: 8 }), settings),
      [{ title: 'preempted by a higher partition', happens: preempt }],
      { nodes: 2, processesPerNode: 1, sharding: 'replicate' },
    )

    describe('what Slurm refuses', () => {
      const runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
      afterAll(() => rmSync(runs, { recursive: true, force: true }))
      const reportOf = async (id: string, more: Partial<SlurmResources>, timeLimitMinutes = 10) => {
        const cluster = createClusterOn(openScheduler(more), fakeTrainerSettings(runs))
        const job = trainingJob(id, harnessData, {}, { timeLimitMinutes })
        let report = await cluster.ensure(job)
        for (let tries = 0; tries < 40 && report.state === 'pending'; tries += 1) {
          await sleep(250)
          report = await cluster.ensure(job)
        }
        return report
      }

      test.each([
        ['an unknown partition', { partition: 'nowhere' }],
        ['more GPUs than any node has', { gpusPerNode: 9 }],
        ['more memory than any node has', { memoryPerNodeGb: 900 }],
        ['an option that is none', { options: ['--nonsense=1'] }],
      ])('%s is refused by a check in the same words', async (what, more) => {
        const id = `checked-${what.replaceAll(' ', '-')}`
        const cluster = createClusterOn(openScheduler(more), fakeTrainerSettings(runs))
        const told = await cluster.check({ id, timeLimitMinutes: 10, startPath: runs }).catch((error: unknown) => error)
        expect(told).toMatchObject({ retryable: false })
        const report = await reportOf(id, more)
        expect(report).toMatchObject({ state: 'failed', reason: told instanceof Error ? told.message : '' })
        expect(slurm('squeue', '--noheader', `--name=ratchet-${id}-1,ratchet-${id}-1-check`)).toBe('')
      })

      test('nodes that are drained or busy are no refusal', async () => {
        const check = (more: Partial<SlurmResources>) => {
          const cluster = createClusterOn(openScheduler(more), fakeTrainerSettings(runs))
          return cluster.check({ id: 'no-room', timeLimitMinutes: 10, startPath: runs })
        }
        const all = ['--nodes=2', '--exclusive', '--output=/dev/null', '--job-name=all', '--wrap=sleep 60']
        slurm('sbatch', '--partition=batch', ...all)
        await sleep(1000)
        await check({})
        slurm('scancel', '--name=all')
        for (const node of ['n1', 'n2']) slurm('scontrol', 'update', `nodename=${node}`, 'state=drain', 'reason=test')
        try {
          await expect(check({})).rejects.toMatchObject({
            retryable: true,
            message: expect.stringMatching(/^Slurm takes it, but could not start it now: .*not available/),
          })
          await expect(check({ gpusPerNode: 9 })).rejects.toMatchObject({ retryable: false })
        } finally {
          for (const node of ['n1', 'n2']) slurm('scontrol', 'update', `nodename=${node}`, 'state=resume')
        }
        expect(slurm('squeue', '--noheader', '--name=ratchet-no-room-1,ratchet-no-room-1-check')).toBe('')
      })

      test('an unknown partition is named at once', async () => {
        const reason = expect.stringMatching(/^Slurm refused sbatch: .*invalid partition/i)
        expect(await reportOf('no-partition', { partition: 'nowhere' })).toMatchObject({
          state: 'failed',
          attempt: 1,
          reason,
        })
      })

      test('more GPUs than any node has are refused at once', async () => {
        const reason = expect.stringMatching(/^Slurm refused sbatch: .*configuration is not available/i)
        expect(await reportOf('nine-gpus', { gpusPerNode: 9 })).toMatchObject({ state: 'failed', attempt: 1, reason })
      })

      test('more nodes than the partition has are given up, as are more than it gives one job', async () => {
        const sightOf = async (name: string, nodes: number) => {
          const scheduler = openScheduler()
          const run = { name, directory: runs, command: ['true'], nodes, timeLimitMinutes: 10, graceSeconds: 60 }
          await scheduler.submit(run)
          await sleep(2000)
          const sight = await scheduler.look(run)
          slurm('scancel', `--name=${name}`)
          return sight
        }
        const reason = expect.stringContaining('(PartitionNodeLimit): lower cluster.nodes')
        expect(await sightOf('three-nodes', 3)).toMatchObject({ state: 'waiting', hopeless: true, reason })
        slurm('scontrol', 'update', 'partitionname=batch', 'maxnodes=1')
        try {
          expect(await sightOf('over-one-node', 2)).toMatchObject({ state: 'waiting', hopeless: true, reason })
        } finally {
          slurm('scontrol', 'update', 'partitionname=batch', 'maxnodes=unlimited')
        }
      })

      test('as many nodes as the partition has are waited for while they are drained', async () => {
        const name = 'two-nodes'
        const scheduler = openScheduler()
        for (const node of ['n1', 'n2']) slurm('scontrol', 'update', `nodename=${node}`, 'state=drain', 'reason=test')
        try {
          const run = { name, directory: runs, command: ['true'], nodes: 2, timeLimitMinutes: 10, graceSeconds: 60 }
          await scheduler.submit(run)
          await sleep(2000)
          const reason = expect.stringContaining('DRAINED')
          expect(await scheduler.look(run)).toMatchObject({ state: 'waiting', hopeless: false, reason })
        } finally {
          slurm('scancel', `--name=${name}`)
          for (const node of ['n1', 'n2']) slurm('scontrol', 'update', `nodename=${node}`, 'state=resume')
        }
      })

      test('a time limit over the one of the partition is given up and leaves the queue', async () => {
        const report = await reportOf('too-long', { partition: 'short' }, 60)
        expect(report).toMatchObject({
          state: 'failed',
          attempt: 1,
          reason: expect.stringMatching(/time limit|PartitionTimeLimit/i),
        })
        expect(slurm('squeue', '--noheader', '--name=ratchet-too-long-1')).toBe('')
      })

      test('a controller that is away is waited for', async () => {
        const away = join(runs, 'slurm.conf')
        writeFileSync(away, readFileSync(conf, 'utf8').replace(/SlurmctldPort=\d+/, 'SlurmctldPort=1'))
        const run = localRunner({ PATH: process.env['PATH'], SLURM_CONF: away })
        const scheduler = createSlurmScheduler({ run, clock: createSystemClock(), resources })
        const error = expect.objectContaining({
          retryable: true,
          message: expect.stringContaining('Unable to contact'),
        })
        await expect(scheduler.look({ name: 'any', directory: runs })).rejects.toEqual(error)
        const cluster = createClusterOn(scheduler, fakeTrainerSettings(runs))
        await expect(cluster.check({ id: 'away', timeLimitMinutes: 10, startPath: runs })).rejects.toEqual(error)
      })
    })

    // Last, and with time for the nodes to come back: a controller that was killed may drain one some seconds later.
    describeRealTraining(
      'the Slurm cluster',
      (settings) => createClusterOn(openScheduler({ gpusPerNode: 8 }), settings),
      [
        { title: 'preempted by a higher partition', happens: preempt },
        { title: 'its node lost', happens: killNode },
        { title: 'the controller killed and started again', happens: killController },
      ],
    )
    afterAll(async () => {
      await sleep(10_000)
      returnNodes()
    }, 60_000)
  },
)

function slurm(...[program = '', ...args]: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, SLURM_CONF: conf } }).trim()
}

/** Jobs of a higher partition take all nodes for a moment. */
async function preempt({ directory }: { directory: string }): Promise<void> {
  const script = '#!/bin/sh\nsleep 2\n'
  const options = ['--partition=urgent', '--nodes=2', '--exclusive', '--job-name=urgent', '--output=/dev/null']
  execFileSync('sbatch', options, { input: script, env: { ...process.env, SLURM_CONF: conf } })
  for (let tries = 0; tries < 600 && !existsSync(join(directory, 'result.json')); tries += 1) await sleep(100)
}

/** Everything on the job's node dies at once, its daemon first. */
async function killNode({ name }: { name: string }): Promise<void> {
  const [id = '', node = ''] = slurm('squeue', '--noheader', `--name=${name}`, '--format=%i|%N').split('|')
  process.kill(Number(readFileSync(join(dirname(conf), 'run', `${node}.pid`), 'utf8')), 'SIGKILL')
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    if (isOf(pid, id)) process.kill(Number(pid), 'SIGKILL')
}

function isOf(pid: string, jobId: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`slurmstepd: [${jobId}.`) ||
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`SLURM_JOB_ID=${jobId}\0`)
    )
  } catch {
    return false
  }
}

/**
 * A controller that is killed forgets what happened in the seconds before: it may start a job on a node that has it already, and drains
 * the node because of that.
 */
function returnNodes(): void {
  const drained = slurm('sinfo', '--noheader', '--Node', '--states=drain', '--format=%N').split('\n')
  for (const node of new Set(drained)) if (node !== '') slurm('scontrol', 'update', `NodeName=${node}`, 'State=RESUME')
}

async function killController(): Promise<void> {
  process.kill(Number(readFileSync(join(dirname(conf), 'run', 'slurmctld.pid'), 'utf8')), 'SIGKILL')
  await sleep(1000)
}
