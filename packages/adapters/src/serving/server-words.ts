import { PortError } from '@ratchet/ports/port-error.ts'
import type { Scheduler, Sight } from '../cluster/scheduler.ts'

/** Schedulers speak of a training and of the recipe's fields for one; this is what the same fields are called for a server. */
const inServing: readonly (readonly [RegExp, string])[] = [
  [/\bthe trainer's log\b/g, 'its log'],
  [/(?<![\w./-])cluster\.trainer\b/g, 'serving.command'],
  [/(?<![\w./-])cluster\.(?=[a-z])/g, 'serving.cluster.'],
  [/, or lower batchSize or maxLength\b/g, ', or let serving.command take less'],
]

/** What a scheduler says, as it is right for a server. */
export function serverWords(said: string): string {
  return inServing.reduce((words, [sign, right]) => words.replace(sign, right), said)
}

/** The scheduler, whose reasons name the fields of `serving`. */
export function withServerWords(scheduler: Scheduler): Scheduler {
  return {
    ...scheduler,
    submit: (run) => reworded(() => scheduler.submit(run)),
    check: (run, startPath) => reworded(() => scheduler.check(run, startPath)),
    look: async (run) => sightInServing(await reworded(() => scheduler.look(run))),
    stop: (run, graceMs) => reworded(() => scheduler.stop(run, graceMs)),
  }
}

async function reworded<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof PortError)) throw error
    throw new PortError(serverWords(error.message), { retryable: error.retryable, cause: error })
  }
}

function sightInServing(sight: Sight): Sight {
  if (sight.state === 'waiting') return { ...sight, reason: serverWords(sight.reason) }
  return sight.state === 'ended' ? { ...sight, detail: serverWords(sight.detail) } : sight
}
