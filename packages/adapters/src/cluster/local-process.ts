import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'
import { tryLock } from '../detached-process/file-lock.ts'
import { isRunning, ProcessIdentity } from '../detached-process/process-identity.ts'
import { childEnvironment, startDetached } from '../detached-process/start-detached.ts'
import { readState, tailLines, writeState } from '../detached-process/state-file.ts'
import { killGroup, stopGroup } from '../detached-process/stop-group.ts'
import { type ClusterSettings, createClusterOn } from './cluster-on.ts'
import { type RunName, runLogFile, type Scheduler } from './scheduler.ts'
import { shellWords } from './shell-words.ts'
import { whyNotRun } from './why-not-run.ts'

export type LocalClusterSettings = ClusterSettings & {
  /** The trainer gets what it needs of it and no secrets. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Variables for the object store, which the trainer gets besides. Default none. */
  readonly credentials?: Readonly<Record<string, string>>
}

/** Trains in child processes of this machine that outlive the worker. */
export function createLocalCluster(settings: LocalClusterSettings): Cluster {
  return createClusterOn(createLocalScheduler(settings), settings)
}

/** Who works on the run. Written right after the trainer was started. */
const ProcessRecord = z.strictObject({ startedAt: z.iso.datetime(), process: ProcessIdentity.nullable() })

/** Runs are process groups; id and start time of their leader are in the attempt's directory, where the next look finds them. */
export function createLocalScheduler({
  env,
  clock,
  credentials = {},
  prepare,
}: Pick<LocalClusterSettings, 'env' | 'clock' | 'credentials' | 'prepare'>): Scheduler {
  const recordFile = ({ directory }: RunName): string => join(directory, 'process.json')
  return {
    keepsTimeLimits: false,
    showsAfterMs: 10_000,
    submit: async (run) => {
      const lock = tryLock(join(run.directory, 'start.lock'))
      // Whoever holds it starts the trainer.
      if (lock === null) return
      try {
        if (readState(recordFile(run), ProcessRecord) !== null) return
        const started = await startDetached({
          command: run.command,
          env: { ...childEnvironment(env), ...credentials, RATCHET_MAIN_ADDRESS: '127.0.0.1' },
          directory: run.directory,
          logFile: runLogFile(run),
        })
        writeState(recordFile(run), { startedAt: clock.now().toISOString(), process: started })
      } finally {
        lock.release()
      }
    },
    check: async ({ command: [program = ''] }, startPath) => {
      const missing = prepare === undefined ? whyNotRun(program, env['PATH']) : null
      if (missing !== null) throw new PortError(`${program} cannot be started: ${missing}`, { retryable: false })
      if (isAbsolute(startPath) && !isDirectory(startPath))
        throw new PortError(
          `the start checkpoint ${startPath} does not exist on the trainer's machine; correct its path, baseModel in the recipe, or put it there`,
          { retryable: false },
        )
    },
    look: async (run) => {
      const record = readState(recordFile(run), ProcessRecord)
      if (record === null) return { state: 'absent' }
      if (record.process !== null && isRunning(record.process))
        return { state: 'running', since: new Date(record.startedAt) }
      // Children that a trainer left behind go with it.
      if (record.process !== null) await killGroup(record.process, clock)
      return { state: 'ended', cause: 'exited', detail: '' }
    },
    stop: async (run, graceMs) => stop(run, graceMs, clock),
    logs: async (run, count) => tailLines(runLogFile(run), count),
    preview: (run) => `${shellWords(run.command)}\n`,
    close: async () => {},
  }

  async function stop(run: RunName, graceMs: number, clock: Clock): Promise<void> {
    const leader = readState(recordFile(run), ProcessRecord)?.process ?? null
    if (leader === null) return
    if (graceMs === 0) await killGroup(leader, clock)
    else await stopGroup(leader, graceMs, clock)
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
