import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { tailLines } from '../detached-process/state-file.ts'
import { type ClusterSettings, createClusterOn } from './cluster-on.ts'
import { checkLauncherCommand, fillLauncherCommand } from './launcher-command.ts'
import { parseLauncherSight } from './launcher-sight.ts'
import { runLauncher } from './run-launcher.ts'
import { runningSince } from './running-since.ts'
import { type Run, type RunName, runLogFile, type Scheduler, type Sight } from './scheduler.ts'
import { shellWords } from './shell-words.ts'
import { whyNotRun } from './why-not-run.ts'

/**
 * A site's own launcher, as four commands, each a program with its arguments. `{name}` (letters, digits and hyphens) and
 * `{directory}` (the attempt's, absolute) are replaced in all of them. Each ends with 0 when all is well, with 75 when the same
 * may work later, and else is taken to refuse, with the last line on standard error as the reason.
 */
export type CommandSettings = {
  /**
   * Hands the run over and does not wait for it. `{command}` is the trainer's, quoted for a shell, to be run in the run's
   * directory; `{timeLimitMinutes}` and `{graceSeconds}` are numbers. A name that it has taken already adds no run and is
   * fine, also when both calls come at once.
   */
  readonly submit: readonly string[]
  /** Prints one line of JSON: see LauncherSight. */
  readonly look: readonly string[]
  /**
   * Lets the run end: SIGTERM to the trainer, `{graceSeconds}` later SIGKILL. Need not wait for it. An absent one is fine, and a
   * waiting one must never start.
   */
  readonly stop: readonly string[]
  /** Prints the last `{lines}` lines of what the run printed. Null: they are in `trainer.log` in its directory. */
  readonly logs: readonly string[] | null
  /** Whether the launcher ends a run at its time limit by itself. */
  readonly keepsTimeLimits: boolean
  /** How long after its submission a run may still be absent from what `look` shows. Default 30. */
  readonly showsAfterSeconds?: number
  /** Of one call. Default 60. */
  readonly timeoutSeconds?: number
  /** Added to what a child needs of `inherited`. No place for secrets. */
  readonly env: Readonly<Record<string, string>>
  readonly inherited: Readonly<Record<string, string | undefined>>
}

export type CommandClusterSettings = ClusterSettings & CommandSettings

/** Trains through a site's own launcher, whose machines share the run directories with us under the same path. */
export function createCommandCluster(settings: CommandClusterSettings): Cluster {
  return createClusterOn(createCommandScheduler(settings), settings)
}

const pollMs = 250

/** Runs are whatever the launcher makes of them. Throws PortError, for good, when a command cannot be one. */
export function createCommandScheduler(settings: CommandSettings & { readonly clock: Clock }): Scheduler {
  const { clock } = settings
  const env = { ...childEnvironment(settings.inherited), ...settings.env }
  const timeoutMs = (settings.timeoutSeconds ?? 60) * 1000
  const commands = { submit: settings.submit, look: settings.look, stop: settings.stop, logs: settings.logs }
  for (const verb of ['submit', 'look', 'stop', 'logs'] as const) {
    const command = commands[verb]
    if (command !== null) checkLauncherCommand(verb, command)
  }

  const call = (command: readonly string[], values: Readonly<Record<string, string | number>>, moreMs = 0) =>
    runLauncher({ command: fillLauncherCommand(command, values), env, timeoutMs: timeoutMs + moreMs })
  const look = async (run: RunName): Promise<Sight> => {
    const sight = parseLauncherSight(await call(settings.look, nameOf(run)))
    return sight.state === 'running' ? { ...sight, since: sight.since ?? runningSince(run, clock) } : sight
  }

  return {
    keepsTimeLimits: settings.keepsTimeLimits,
    showsAfterMs: (settings.showsAfterSeconds ?? 30) * 1000,
    submit: async (run) => {
      await call(settings.submit, valuesOf(run))
    },
    check: async (run) => {
      for (const command of [settings.submit, settings.look]) {
        const [program = ''] = fillLauncherCommand(command, valuesOf(run))
        const missing = whyNotRun(program, env['PATH'])
        if (missing !== null)
          throw new PortError(`the launcher ${program} cannot be started: ${missing}`, { retryable: false })
      }
    },
    look,
    stop: async (run, graceMs) => {
      await call(settings.stop, { ...nameOf(run), graceSeconds: Math.ceil(graceMs / 1000) }, graceMs)
      const until = performance.now() + graceMs + timeoutMs
      for (;;) {
        const { state } = await look(run)
        if (state === 'absent' || state === 'ended') return
        if (performance.now() > until)
          throw new PortError(`the run ${run.name} is still ${state} though the launcher was told to stop it`, {
            retryable: true,
          })
        await clock.sleep(pollMs)
      }
    },
    logs: async (run, count) => {
      if (settings.logs === null) return tailLines(runLogFile(run), count)
      const output = await call(settings.logs, { ...nameOf(run), lines: count }).catch((error: unknown) => {
        // Whoever reads a log wants to see why there is none.
        if (error instanceof PortError && !error.retryable) return error.message
        throw error
      })
      const lines = output.split('\n')
      if (lines.at(-1) === '') lines.pop()
      return count <= 0 ? [] : lines.slice(-count)
    },
    preview: (run) => `${shellWords(fillLauncherCommand(settings.submit, valuesOf(run)))}\n`,
    close: async () => {},
  }
}

function nameOf({ name, directory }: RunName) {
  return { name, directory }
}

function valuesOf({ command, timeLimitMinutes, graceSeconds, ...run }: Run) {
  return { ...nameOf(run), command: shellWords(command), timeLimitMinutes, graceSeconds }
}
