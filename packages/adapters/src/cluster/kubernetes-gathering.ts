import { existsSync, readdirSync } from 'node:fs'
import type { Run, RunName } from './scheduler.ts'
import { shellWords } from './shell-words.ts'
import { tempFail } from './temp-fail.ts'

/** With it a pod ends whose others did not come in time. */
export const notGathered = tempFail
/** The variable in which a pod of several finds its own address. */
export const podAddressVariable = 'RATCHET_POD_ADDRESS'

/**
 * What each pod of several runs: it leaves its address in the attempt's directory by one rename, waits until all have, and becomes
 * the trainer, which meets the others at the address of pod 0. So pods need neither a Service nor names, and a trainer starts only
 * where all are there. After `withinSeconds` a pod gives its place back.
 */
export function gatheringCommand({ command, directory, nodes }: Run, withinSeconds: number): string[] {
  const here = shellWords([directory])
  return [
    '/bin/sh',
    '-c',
    `# The first process of a container is not ended by a signal that it does not handle.
trap 'exit 143' TERM
export RATCHET_NODE_RANK="$JOB_COMPLETION_INDEX"
mine=${here}/pod-"$RATCHET_NODE_RANK"
printf '%s\\n' "$${podAddressVariable}" >"$mine.draft" && mv "$mine.draft" "$mine.address" || exit 1
left=${withinSeconds}
# A directory that is read anew shows what NFS would still take for absent.
while set -- ${here}/pod-*.address; [ "$#" -lt ${nodes} ]; do
  if [ "$left" -le 0 ]; then echo "only $# of ${nodes} pods ran within ${withinSeconds} s: this one ends, so that others can use its node" >&2; exit ${notGathered}; fi
  left=$((left - 1))
  sleep 1
done
RATCHET_MAIN_ADDRESS=$(cat ${here}/pod-0.address) || exit 1
export RATCHET_MAIN_ADDRESS
trap - TERM
exec ${shellWords(command)}
`,
  ]
}

/** Whether a pod of the run, one of several, has ever begun. */
export function hasBegunToGather({ directory }: RunName): boolean {
  return existsSync(directory) && readdirSync(directory).some((name) => /^pod-\d+\.address$/.test(name))
}
