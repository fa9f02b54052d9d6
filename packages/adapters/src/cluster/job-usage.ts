import type { JobUsage, TrainingJob } from '@ratchet/ports/cluster.ts'
import { attemptDirectory, readMark } from './run-directory.ts'
import { firstEvents, lastEvents } from './training-events.ts'

const endBytes = 64 * 1024

/**
 * What all attempts up to `newest` have used. Those before the first that counts may have run elsewhere, so the job brings what they
 * used; of the others it is told from what each left behind, so that nothing is lost with a process of ours: from the start
 * that the scheduler told, or the first event, to the last event, or the moment in which a silent trainer was killed.
 */
export function usageOf(
  runDirectory: string,
  { firstAttempt, usageBefore }: Pick<TrainingJob, 'firstAttempt' | 'usageBefore'>,
  newest: number,
  gpus: number,
): JobUsage {
  let { seconds, gpuSeconds } = usageBefore
  for (let attempt = firstAttempt; attempt <= newest; attempt++) {
    const used = attemptUsage(attemptDirectory(runDirectory, attempt))
    seconds += used.seconds
    gpuSeconds += used.onCpu ? 0 : used.seconds * gpus
  }
  return { seconds: milliseconds(seconds), gpuSeconds: milliseconds(gpuSeconds) }
}

function attemptUsage(directory: string): { readonly seconds: number; readonly onCpu: boolean } {
  const first = firstEvents(directory)
  const times = [first[0]?.at, lastEvents(directory, endBytes).at(-1)?.at]
    .flatMap((at) => (at === undefined ? [] : [Date.parse(at)]))
    .concat([readMark(directory, 'started'), readMark(directory, 'stopped')].flatMap((at) => at?.getTime() ?? []))
  const seconds = times.length === 0 ? 0 : (Math.max(...times) - Math.min(...times)) / 1000
  return { seconds, onCpu: first.find(({ kind }) => kind === 'start')?.device === 'cpu' }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
