import { join } from 'node:path'

/** One way of getting a program run on some machine: all of a cluster that differs between backends. */
export interface Scheduler {
  /** Whether it ends a run at its time limit by itself. */
  readonly keepsTimeLimits: boolean
  /** How long after its submission a run may still be absent from what the scheduler shows. */
  readonly showsAfterMs: number
  /**
   * Hands a run over. Idempotent by its name: when the reply to the first call was lost, the second one finds the run and adds none,
   * and of many callers at once one succeeds in starting it. Throws PortError, for good when the scheduler refuses the run.
   */
  submit(run: Run): Promise<void>
  /**
   * Whether `submit` would take the run, starting nothing; its directory need not exist. Throws PortError: for good and in the words of
   * `submit` when it would be refused, retryable when nobody can tell now. `startPath` is what the trainer is to begin from.
   */
  check(run: Run, startPath: string): Promise<void>
  look(run: RunName): Promise<Sight>
  /** Asks the run to save and end, and ends it by force after `graceMs`. Returns when it is gone; an absent one is fine. */
  stop(run: RunName, graceMs: number): Promise<void>
  /** The end of what the run printed, whole lines; empty when there is nothing. */
  logs(run: RunName, tailLines: number): Promise<string[]>
  /** What `submit` would hand over, for people: the very script, manifest or command. */
  preview(run: Run): string
  close(): Promise<void>
}

/** How a run is found again. */
export type RunName = {
  /** Letters, digits and hyphens; unique to the job and the attempt. */
  readonly name: string
  /** Absolute path of the attempt's directory, on storage that the run's machines share with ours. */
  readonly directory: string
  /** Default `trainer`. */
  readonly role?: RunRole
}

/**
 * What the run is. Its log is called after it. A `server` runs on one node and finds that node's address, under which others reach it,
 * in `RATCHET_MAIN_ADDRESS`.
 */
export type RunRole = 'trainer' | 'server'

/** Where what a run prints is kept, where the scheduler keeps it in a file. */
export function runLogFile({ directory, role = 'trainer' }: RunName): string {
  return join(directory, `${role}.log`)
}

/** Where a `server` that has begun leaves its address. */
export function serverAddressFile({ directory }: RunName): string {
  return join(directory, 'address')
}

export type Run = RunName & {
  /** What each node runs, with its arguments; see launch for the variables in it when there are several. */
  readonly command: readonly string[]
  readonly nodes: number
  readonly timeLimitMinutes: number
  /** What the trainer gets to save a checkpoint when it is asked to end. */
  readonly graceSeconds: number
}

/** What the scheduler shows of a run. */
export type Sight =
  | { readonly state: 'absent' }
  | {
      readonly state: 'waiting'
      readonly reason: string
      readonly queuePosition: number | null
      /** The scheduler will never start it as it stands. */
      readonly hopeless: boolean
    }
  | { readonly state: 'running'; readonly since: Date }
  | { readonly state: 'ended'; readonly cause: EndCause; readonly detail: string }

/**
 * Why a run ended, as far as the scheduler knows:
 *
 * - `exited`: its program ended by itself, well or not
 * - `preempted`, `node-lost`: the cluster took its machine away
 * - `no-room`: it got a part of its nodes only, and gave them back
 * - `time-limit`: it was ended at its limit
 * - `stopped`: somebody cancelled it
 * - `impossible`: it cannot run as it stands, so that another attempt is no use; `detail` says why
 */
export type EndCause = 'exited' | 'preempted' | 'node-lost' | 'no-room' | 'time-limit' | 'stopped' | 'impossible'
