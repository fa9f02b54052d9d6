import type { Clock } from '@ratchet/ports/clock.ts'
import { groupIsRunning, identify, type ProcessIdentity } from './process-identity.ts'

/** SIGTERM to the process's group, after `graceMs` SIGKILL. Returns when the whole group is gone, its leader or not. */
export async function stopGroup(leader: ProcessIdentity, graceMs: number, clock: Clock): Promise<void> {
  if (isReused(leader)) return
  signal(leader, 'SIGTERM')
  const until = performance.now() + graceMs
  while (performance.now() < until) {
    if (!groupIsRunning(leader.pid)) return
    await clock.sleep(20)
  }
  await killGroup(leader, clock)
}

/** SIGKILL at once, for a process that no longer listens. Returns when the whole group is gone. */
export async function killGroup(leader: ProcessIdentity, clock: Clock): Promise<void> {
  if (isReused(leader)) return
  const until = performance.now() + 10_000
  signal(leader, 'SIGKILL')
  while (groupIsRunning(leader.pid)) {
    if (performance.now() > until) throw new Error(`the process group ${leader.pid} does not end, not even by SIGKILL`)
    await clock.sleep(20)
  }
}

/** A group's id is not given to a new process while the group has members, so another leader means that ours is gone. */
function isReused({ pid, startTime }: ProcessIdentity): boolean {
  const now = identify(pid)
  return now !== null && now.startTime !== startTime
}

function signal(leader: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(-leader.pid, name)
  } catch {
    // Gone already.
  }
}
