import { notGathered } from './kubernetes-gathering.ts'
import { conditionOf, containerStateOf, type KubernetesJob, type KubernetesPod } from './kubernetes-objects.ts'
import type { EndCause, Sight } from './scheduler.ts'

export type Ended = Extract<Sight, { state: 'ended' }>

export function ended(cause: EndCause, detail: string): Ended {
  return { state: 'ended', cause, detail }
}

export function endOfJob({ status }: KubernetesJob): Ended | null {
  const conditions = status?.conditions
  if (conditionOf(conditions, 'Complete') ?? conditionOf(conditions, 'SuccessCriteriaMet')) return ended('exited', '')
  const failed = conditionOf(conditions, 'Failed') ?? conditionOf(conditions, 'FailureTarget')
  if (failed === null) return null
  if (failed.reason === 'PodFailurePolicy') return ended('preempted', failed.message ?? '')
  if (failed.reason === 'DeadlineExceeded') return ended('time-limit', '')
  return ended('exited', joined(failed.reason, failed.message))
}

export function endOfPod(pod: KubernetesPod): Ended {
  const { status } = pod
  const { phase, reason, message, conditions } = status
  const disruption = conditionOf(conditions, 'DisruptionTarget')
  const terminated = containerStateOf(pod)?.terminated
  // Its memory or disk were wanted, which may well be its own doing: this counts, lest it go on for ever.
  if (reason === 'Evicted') return ended('exited', joined('its node evicted it', message))
  if (disruption !== null) {
    const lost = disruption.reason === 'DeletionByTaintManager' || disruption.reason === 'DeletionByPodGC'
    return ended(lost ? 'node-lost' : 'preempted', disruption.message ?? '')
  }
  if (reason === 'DeadlineExceeded') return ended('time-limit', '')
  if (terminated?.reason === 'ContainerStatusUnknown')
    return ended('node-lost', terminated.message ?? 'the node does not know its container any more')
  if (terminated != null) return ended(...ofTerminated(terminated))
  if (phase === 'Failed') return ended('exited', joined(reason, message))
  return phase === 'Succeeded' ? ended('exited', '') : ended('node-lost', 'its node does not end it')
}

type Terminated = { exitCode: number; reason?: string | null | undefined; message?: string | null | undefined }

function ofTerminated({ exitCode, reason, message }: Terminated): [EndCause, string] {
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return ['impossible', message ?? reason]
  if (reason === 'OOMKilled')
    return ['exited', 'it was killed for using more memory than it may: raise cluster.memoryPerNodeGb']
  if (exitCode === 0) return ['exited', '']
  if (exitCode === notGathered) return ['no-room', 'not all of its pods came to run in time']
  return ['exited', exitCode > 128 ? `signal ${exitCode - 128}` : `exit code ${exitCode}`]
}

export function joined(...words: readonly (string | null | undefined)[]): string {
  return words.filter((word) => word != null && word !== '').join(': ')
}
