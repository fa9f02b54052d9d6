import { randomUUID } from 'node:crypto'
import { copyFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { PortError } from '@ratchet/ports/port-error.ts'
import { rayEntrypoint } from './ray-entrypoint.ts'
import { byName, type RayDemand } from './ray-sight.ts'
import type { Run, RunName } from './scheduler.ts'
import { shellWords } from './shell-words.ts'

const program = 'over_nodes.py'
const endOfScript = 'END_OF_NODE_SCRIPT'

/**
 * The entrypoint of a job over several nodes: a program of Ray's own, which reserves all nodes or none and runs the script of each.
 * The job itself asks for nothing, so that it starts at once, and waits on the head.
 */
export function rayNodesEntrypoint(run: Run, demand: RayDemand): string {
  const each = Object.fromEntries(byName(demand))
  if (Object.keys(each).length === 0)
    throw new PortError('a training over several nodes of Ray must ask each for something: set gpus or cpus', {
      retryable: false,
    })
  const options = [
    '--nodes',
    String(run.nodes),
    '--grace-seconds',
    String(run.graceSeconds),
    '--each',
    JSON.stringify(each),
  ]
  return `cd ${shellWords([run.directory])} || exit 1
exec python3 ${shellWords([program, ...options])} <<'${endOfScript}'
${rayEntrypoint(run)}${endOfScript}
`
}

/** Puts the program of such a job, from where it is on this machine, where all nodes find it. */
export function copyNodesProgram({ directory }: RunName, path: string): void {
  const draft = join(directory, `${program}.${randomUUID()}`)
  copyFileSync(path, draft)
  renameSync(draft, join(directory, program))
}

/** Whether all nodes of a run over several have come together. */
export function isPlaced({ directory }: RunName): boolean {
  try {
    // A directory that is read anew shows what NFS would still take for absent.
    return readdirSync(directory).includes('placed.json')
  } catch {
    return false
  }
}
