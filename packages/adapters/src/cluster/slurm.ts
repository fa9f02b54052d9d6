import { existsSync, readFileSync } from 'node:fs'
import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { tailLines } from '../detached-process/state-file.ts'
import type { CommandResult, CommandRunner } from './command-runner.ts'
import { type Run, type RunName, runLogFile, type Scheduler } from './scheduler.ts'
import { createSlurmAnswers } from './slurm-answers.ts'
import { slurmFailure, slurmSaid } from './slurm-failure.ts'
import { fitsPartitions } from './slurm-partitions.ts'
import { type SlurmResources, slurmClaimFile, slurmProbe, slurmScript } from './slurm-script.ts'
import { hasEnded, isWaiting, readSacct, readSqueue, type SlurmJob, slurmSight } from './slurm-sight.ts'

export type SlurmSettings = {
  readonly resources: SlurmResources
  /** Where Slurm's commands run: here, or over ssh on a login node. */
  readonly run: CommandRunner
  readonly clock: Clock
}

/** Between two looks at a run that is to end. */
const longestPauseMs = 5000
/** How long lists of pending jobs and of partitions are taken for true. */
const listsHoldMs = 30_000

/**
 * A run is found by its name and its directory, since another installation may have the same name: Slurm itself takes the same name
 * any number of times. So a name that is there is not submitted again, of several the first to start trains, and the others are
 * cancelled.
 */
export function createSlurmScheduler({ resources, run, clock }: SlurmSettings): Scheduler {
  const ask = async (...command: string[]): Promise<string> => {
    const result = await run(command)
    if (result.code === 0) return result.stdout
    throw slurmFailure(command[0] ?? '', result)
  }

  const inQueue = async (name: string): Promise<SlurmJob[]> => {
    const all = ['--noheader', '--noconvert', '--me', '--states=all', `--name=${name}`]
    return readSqueue(await ask('squeue', ...all, '--format=%i|%T|%r|%M|%D|%P|%Z'))
  }

  /** Slurm forgets ended jobs after some minutes; its accounting, where a site has it, does not. */
  const inAccounting = async (name: string): Promise<SlurmJob[]> => {
    const fields = '--format=jobidraw,state,exitcode,elapsedraw,workdir'
    const result = await run(['sacct', '-X', '-n', '-P', `--name=${name}`, '-S', 'now-60days', fields])
    return result.code === 0 ? readSacct(result.stdout) : []
  }

  const find = async ({ name, directory }: RunName): Promise<SlurmJob | null> => {
    const ofRun = (jobs: readonly SlurmJob[]): SlurmJob[] => jobs.filter((job) => job.directory === directory)
    let jobs = ofRun(await inQueue(name))
    if (jobs.length === 0) jobs = ofRun(await inAccounting(name))
    const claim = slurmClaimFile(directory)
    const claimed = existsSync(claim) ? readFileSync(claim, 'utf8').trim() : ''
    return jobs.find(({ id }) => id === claimed) ?? first(jobs)
  }

  const askNowAndThen = createSlurmAnswers(ask, listsHoldMs, clock)

  /** The pending jobs of the partition, the next to start first: a long list, which all jobs share for a while. */
  const pendingIds = async (): Promise<readonly string[]> => {
    const partition = resources.partition === undefined ? [] : [`--partition=${resources.partition}`]
    const listed = await askNowAndThen(
      ...['squeue', '--noheader', '--states=PENDING', ...partition, '--sort=-p,i', '--format=%i'],
    )
    return listed.split('\n').map((line) => line.trim())
  }

  /** Whether the job waits for a number of nodes that its partitions never give, whatever the state of their nodes. */
  const outgrows = async ({ reason, nodes, partition }: SlurmJob): Promise<boolean> => {
    if (reason !== 'PartitionNodeLimit') return false
    const listed = await askNowAndThen('sinfo', '--noheader', `--partition=${partition}`, '--format=%R|%s|%D')
    return !fitsPartitions(nodes, listed)
  }

  /** Null of a job that came after the list. */
  const positionOf = async ({ id }: SlurmJob): Promise<number | null> => {
    const ids = await pendingIds()
    return ids.includes(id) ? ids.indexOf(id) : null
  }

  const withExitCode = async (job: SlurmJob): Promise<SlurmJob> => {
    if (job.exitCode !== null) return job
    const { stdout } = await run(['scontrol', '--oneliner', 'show', 'job', job.id])
    return { ...job, exitCode: /\bExitCode=(\d+:\d+)/.exec(stdout)?.[1] ?? null }
  }

  /** Waits until no submission of the run is left, for `limitMs` at most. */
  const isGone = async ({ name }: RunName, limitMs: number): Promise<boolean> => {
    const until = clock.now().getTime() + limitMs
    for (let pauseMs = 250; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if ((await inQueue(name)).every(hasEnded)) return true
      const leftMs = until - clock.now().getTime()
      if (leftMs <= 0) return false
      await clock.sleep(Math.min(pauseMs, leftMs))
    }
  }

  const isCancelled = async (id: string): Promise<boolean> => {
    try {
      await ask('scancel', '--quiet', id)
      return true
    } catch {
      return false
    }
  }

  /**
   * Slurm's test of a script calls a job impossible as well that only finds its nodes drained or down. A submission tells the two
   * apart: its job does nothing, would begin when it has long been cancelled, and is another than the run's.
   */
  const tell = async (wanted: Run, tested: CommandResult): Promise<PortError> => {
    const probe = await run(['sbatch', '--parsable', '--begin=now+10minutes'], slurmProbe(wanted, resources))
    if (probe.code !== 0) return slurmFailure('sbatch', probe)
    const id = /^\d+/.exec(probe.stdout.trim())?.[0]
    const isLeft = id !== undefined && !(await isCancelled(id)) && !(await isCancelled(id))
    const left = isLeft ? `; its test job ${id}, which does nothing, could not be cancelled: run scancel ${id}` : ''
    return new PortError(`Slurm takes it, but could not start it now: ${slurmSaid(tested)}${left}`, { retryable: true })
  }

  return {
    keepsTimeLimits: true,
    showsAfterMs: 60_000,
    submit: async (wanted) => {
      if ((await find(wanted)) !== null) return
      const result = await run(['sbatch', '--parsable'], slurmScript(wanted, resources))
      if (result.code !== 0) throw slurmFailure('sbatch', result)
      const mine = /^\d+/.exec(result.stdout.trim())?.[0]
      const winner = first((await inQueue(wanted.name)).filter(({ directory }) => directory === wanted.directory))
      if (mine !== undefined && winner !== null && winner.id !== mine) await ask('scancel', '--quiet', mine)
    },
    check: async (wanted) => {
      const tested = await run(['sbatch', '--test-only'], slurmScript(wanted, resources))
      if (tested.code === 0) return
      const error = slurmFailure('sbatch', tested)
      throw error.retryable ? error : await tell(wanted, tested)
    },
    look: async (wanted) => {
      const job = await find(wanted)
      if (job === null) return { state: 'absent' }
      if (isWaiting(job))
        return slurmSight(job, clock.now(), { position: await positionOf(job), outgrows: await outgrows(job) })
      return slurmSight(hasEnded(job) ? await withExitCode(job) : job, clock.now())
    },
    stop: async (wanted, graceMs) => {
      const me = ['--quiet', '--me', `--name=${wanted.name}`]
      await ask('scancel', ...me, '--state=PENDING')
      if (graceMs > 0) {
        // The batch shell alone gets it, and asks the trainer to save.
        await ask('scancel', ...me, '--batch', '--signal=USR1')
        if (await isGone(wanted, graceMs)) return
      }
      await ask('scancel', ...me, '--full', '--signal=KILL')
      await ask('scancel', ...me)
      if (!(await isGone(wanted, 60_000)))
        throw new PortError(`Slurm has not ended the job ${wanted.name} within a minute of scancel`, {
          retryable: true,
        })
    },
    logs: async (wanted, count) => tailLines(runLogFile(wanted), count),
    preview: (wanted) => slurmScript(wanted, resources),
    close: async () => {},
  }
}

function first(jobs: readonly SlurmJob[]): SlurmJob | null {
  return jobs.reduce<SlurmJob | null>(
    (lowest, job) => (lowest === null || Number(job.id) < Number(lowest.id) ? job : lowest),
    null,
  )
}
