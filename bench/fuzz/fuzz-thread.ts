import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { type AnswerVerdict, checkAnswer } from '@ratchet/answer-equivalence/index.ts'
import { type FuzzInput, fuzzInput } from './fuzz-input.ts'
import type { ThreadData, ThreadMessage } from './thread-messages.ts'

const heapEvery = 2000
const twiceEvery = 8

const { seed, first, stride, last, progress }: ThreadData = workerData
const at = new Int32Array(progress)
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

for (let index = first, done = 1; index <= last; index += stride, done++) {
  Atomics.store(at, 0, index)
  const input = fuzzInput(seed, index)
  const what = fault(input, index % twiceEvery === 0)
  if (what !== null) say({ kind: 'finding', index, what })
  if (done % heapEvery !== 0) continue
  collectGarbage()
  say({ kind: 'heap', bytes: process.memoryUsage().heapUsed })
}
say({ kind: 'end' })

/** What is wrong with how an input was answered; null when all is well. Time is watched from outside. */
function fault({ response, gold, options }: FuzzInput, twice: boolean): string | null {
  try {
    const verdict = checkAnswer(response, gold, options)
    if (twice && JSON.stringify(checkAnswer(response, gold, options)) !== JSON.stringify(verdict))
      return 'gave two verdicts on the same input'
    return malformed(verdict)
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' ') : error}`
  }
}

function malformed({ decision, reason, extracted }: AnswerVerdict): string | null {
  if (!['correct', 'incorrect', 'undecided'].includes(decision)) return `decided ${decision}`
  if (reason.length === 0 || reason.length > 300) return `gave a reason of ${reason.length} characters`
  return decision === 'correct' && extracted === null ? 'called correct what it did not find' : null
}

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}
