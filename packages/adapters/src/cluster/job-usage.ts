import { join } from 'node:path'
import type { JobUsage } from '@ratchet/ports/cluster.ts'
import { readState } from '../detached-process/state-file.ts'
import { attemptDirectory, JobFile, readMark } from './run-directory.ts'
import { firstEvents, lastEvents } from './training-events.ts'

const endBytes = 64 * 1024

/**
 * What attempts 1 to `newest` have used, from what each left behind, so that nothing is lost with a process of ours: from the start
 * that the scheduler told, or the first event, to the last event, or the moment in which a silent trainer was killed. Each on the GPUs
 * that it was opened for; `gpus` where that is not on record.
 */
export function usageOf(runDirectory: string, newest: number, gpus: number): JobUsage {
  let seconds = 0
  let gpuSeconds = 0
  for (let attempt = 1; attempt <= newest; attempt++) {
    const used = attemptUsage(attemptDirectory(runDirectory, attempt))
    seconds += used.seconds
    gpuSeconds += used.onCpu ? 0 : used.seconds * (gpusOf(attemptDirectory(runDirectory, attempt)) ?? gpus)
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

function gpusOf(directory: string): number | null {
  return readState(join(directory, 'job.json'), JobFile)?.gpus ?? null
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
