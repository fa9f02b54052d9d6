import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeState } from '../detached-process/state-file.ts'
import type { Run, RunName, RunRole } from './scheduler.ts'
import { shellWords } from './shell-words.ts'

/** A name that its script finds by a pattern: a directory that is read anew shows what NFS would still take for absent. */
const requested = 'stop-requested'

/**
 * The shell script that Ray runs on a node. Ray's own stop leaves a trainer three seconds, and does nothing for a job that waits for
 * resources, so the script looks for a file in the attempt's directory: before it becomes the trainer, and all along, to ask the
 * trainer to save and end. When the trainer is gone, its children go too. The trainer takes the script's place because Ray, when a
 * node's daemon dies, kills the process that it started itself and no other.
 *
 * Nobody may look at a server any more when its time is over, and Ray keeps no limits, so its script does.
 *
 * On one of several nodes a task of Ray's runs it, with which it ends.
 */
export function rayEntrypoint(run: Run): string {
  const { name, command, directory, nodes, role = 'trainer' } = run
  const { log, lives, trainer, clean } = nodes === 1 ? alone(role) : together(name)
  const { begins, isOver, isLate } = role === 'server' ? limitOf(run) : unlimited
  return `cd ${shellWords([directory])} || exit 1
stop_requested() { set -- ${requested.slice(0, -1)}[${requested.slice(-1)}]; [ -e "$1" ]; }
if stop_requested; then echo 'it was stopped before it began'; exit 0; fi
${log}
${begins}( (
  asked=
  while kill -0 $$ && ! grep -q '^State:.Z' /proc/$$/status${lives}; do
    if [ -z "$asked" ] && ${isOver}; then kill -TERM $$; asked=yes; fi
${isLate}    sleep 0.5 || sleep 1
  done
${clean}  kill -KILL 0
) >/dev/null 2>&1 & )
exec ${trainer(shellWords(command))}
`
}

/** What a script does about its run's time limit. */
type Limit = {
  readonly begins: string
  /** Whether the program is to be asked to end. */
  readonly isOver: string
  /** Leaves the program no more time. */
  readonly isLate: string
}

const unlimited: Limit = { begins: '', isOver: 'stop_requested', isLate: '' }

function limitOf({ timeLimitMinutes, graceSeconds }: Run): Limit {
  const seconds = Math.ceil(timeLimitMinutes * 60)
  return {
    begins: `until=$(($(date +%s) + ${seconds}))\n`,
    isOver: '{ stop_requested || [ "$(date +%s)" -ge "$until" ]; }',
    isLate: `    if [ "$(date +%s)" -ge $((until + ${Math.ceil(graceSeconds)})) ]; then break; fi\n`,
  }
}

type Manner = {
  /** Says where the trainer's output goes. */
  readonly log: string
  /** What must hold besides, for the trainer to go on. */
  readonly lives: string
  readonly trainer: (command: string) => string
  /** Ends what left the trainer's process group. */
  readonly clean: string
}

function alone(role: RunRole): Manner {
  return {
    log: `echo "its output is in $PWD/${role}.log"${role === 'server' ? `\n${mainAddress}` : ''}`,
    lives: '',
    trainer: (command) => `${command} >>${role}.log 2>&1`,
    clean: '',
  }
}

const mainAddress = `RATCHET_MAIN_ADDRESS=$(python3 -c 'import ray; print(ray.util.get_node_ip_address())') || exit 1
export RATCHET_MAIN_ADDRESS`

function together(name: string): Manner {
  const mark = `RATCHET_NODE_OF=${name}-`
  return {
    log: `log=trainer.log
[ "$RATCHET_NODE_RANK" = 0 ] || log="trainer-$RATCHET_NODE_RANK.log"`,
    lives: ` && kill -0 $PPID && ! grep -q '^State:.Z' /proc/$PPID/status`,
    // Launchers give each of their processes a session of its own.
    trainer: (command) => `env ${mark}"$RATCHET_NODE_RANK" ${command} >>"$log" 2>&1`,
    clean: `  for each in /proc/[0-9]*; do
    if grep -qzx "${mark}$RATCHET_NODE_RANK" "$each/environ"; then kill -KILL "\${each#/proc/}"; fi
  done
`,
  }
}

/** From now on the run's trainer does not start, or is asked to end. */
export function requestStop({ directory }: RunName): void {
  // A run without a directory was never one of ours.
  if (existsSync(directory)) writeState(join(directory, requested), {})
}

export function isStopRequested({ directory }: RunName): boolean {
  return existsSync(join(directory, requested))
}
