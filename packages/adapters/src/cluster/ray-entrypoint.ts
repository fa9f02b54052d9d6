import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeState } from '../detached-process/state-file.ts'
import type { Run, RunName } from './scheduler.ts'
import { shellWords } from './shell-words.ts'

/** A name that its script finds by a pattern: a directory that is read anew shows what NFS would still take for absent. */
const requested = 'stop-requested'

/**
 * The shell script that Ray runs. Ray's own stop leaves a trainer three seconds, and does nothing for a job that waits for
 * resources, so the script looks for a file in the attempt's directory: before it becomes the trainer, and all along, to ask the
 * trainer to save and end. When the trainer is gone, its children go too. The trainer takes the script's place because Ray, when a
 * node's daemon dies, kills the process that it started itself and no other.
 */
export function rayEntrypoint({ command, directory }: Run): string {
  return `cd ${shellWords([directory])} || exit 1
stop_requested() { set -- ${requested.slice(0, -1)}[${requested.slice(-1)}]; [ -e "$1" ]; }
if stop_requested; then echo 'it was stopped before it began'; exit 0; fi
echo "its output is in $PWD/trainer.log"
( (
  asked=
  while kill -0 $$ && ! grep -q '^State:.Z' /proc/$$/status; do
    if [ -z "$asked" ] && stop_requested; then kill -TERM $$; asked=yes; fi
    sleep 0.5 || sleep 1
  done
  kill -KILL 0
) >/dev/null 2>&1 & )
exec ${shellWords(command)} >>trainer.log 2>&1
`
}

export function trainerLog({ directory }: RunName): string {
  return join(directory, 'trainer.log')
}

/** From now on the run's trainer does not start, or is asked to end. */
export function requestStop({ directory }: RunName): void {
  // A run without a directory was never one of ours.
  if (existsSync(directory)) writeState(join(directory, requested), {})
}

export function isStopRequested({ directory }: RunName): boolean {
  return existsSync(join(directory, requested))
}
