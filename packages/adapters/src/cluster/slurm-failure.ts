import { PortError } from '@ratchet/ports/port-error.ts'
import { type CommandResult, lastLine } from './command-runner.ts'
import { slurmRemedy } from './slurm-remedy.ts'

/** What a command prints when Slurm itself, its keys or its configuration cannot be reached now: it says nothing about the request. */
const passing =
  /Unable to|Socket timed out|Zero Bytes|Connection (refused|reset|timed out)|temporarily unable|temporarily unavailable|try again later|Slurmctld is|controller|Transport endpoint|Message (receive|send) failure|message length|authentication|munge|configuration source|No route/i

/** What sbatch prints while as many jobs are queued as one may have there. */
const full = /MaxSubmitJob/

const notReached = /configuration source/i

/**
 * The error of a command of Slurm that failed. Every failure has the exit code 1, so its words tell. For good only where sbatch refuses
 * the request itself: the other commands ask for what was already taken.
 */
export function slurmFailure(program: string, result: CommandResult): PortError {
  const said = slurmSaid(result) || 'it gave no reason'
  if (notReached.test(result.stderr))
    return new PortError(
      `Slurm was not reached: ${said}; set SLURM_CONF for the worker, or cluster.ssh to a machine that has the configuration`,
      { retryable: true },
    )
  if (passing.test(result.stderr)) return new PortError(`Slurm does not answer: ${said}`, { retryable: true })
  if (full.test(result.stderr))
    return new PortError(`Slurm takes no further job now: ${said}; it is asked again later`, { retryable: true })
  if (program !== 'sbatch') return new PortError(`Slurm's ${program} failed: ${said}`, { retryable: true })
  const remedy = slurmRemedy(said)
  return new PortError(`Slurm refused sbatch: ${said}${remedy === null ? '' : `; ${remedy}`}`, { retryable: false })
}

/** The fault in what a command of Slurm printed; empty when there is none. */
export function slurmSaid({ stderr }: CommandResult): string {
  // What follows the fault is only a hint at the help.
  const faults = stderr.replace(/^Try .*--help.*$/m, '').trim()
  return lastLine(faults).replace(/^\w+: ((error|fatal): )?/, '')
}
