import { readlinkSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { undecided } from '../answer-check.ts'
import { failedCanary } from './canary.ts'
import {
  type CheckerModule,
  type FromThread,
  progressAt,
  type ThreadData,
  type ThreadResult,
  type ThreadRow,
} from './thread-messages.ts'

/** Results are posted this often while rows go on, so that a row that never ends does not hold back those before it. */
const postEveryMs = 4

const { checker, canaries, progress: memory }: ThreadData = workerData
const progress = new Int32Array(memory)
const { createAnswerChecker }: CheckerModule = await import(checker)
const check = createAnswerChecker()

post({ kind: 'started', path: pathInProc(), failedCanary: await failedCanary(check, canaries) })

let earlier = Promise.resolve()
parentPort?.on('message', (rows: readonly ThreadRow[]) => {
  earlier = earlier.then(() => run(rows))
})

async function run(rows: readonly ThreadRow[]): Promise<void> {
  let results: ThreadResult[] = []
  let postedAt = performance.now()
  for (const row of rows) {
    const beganAt = performance.now()
    Atomics.store(progress, progressAt.began, row.ordinal)
    const verdict = await decide(row)
    Atomics.store(progress, progressAt.ended, row.ordinal)
    const now = performance.now()
    results.push({ ordinal: row.ordinal, verdict, ms: now - beganAt })
    if (now - postedAt < postEveryMs) continue
    post({ kind: 'results', results })
    results = []
    postedAt = now
  }
  if (results.length > 0) post({ kind: 'results', results })
}

async function decide({ check: asked, solution }: ThreadRow) {
  try {
    return await check(asked, solution)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return undecided(asked, `the comparison failed: ${what.slice(0, 200)}`)
  }
}

function post(message: FromThread): void {
  parentPort?.postMessage(message)
}

/** The link is relative to /proc and names the thread that reads it. */
function pathInProc(): string | null {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}`
  } catch {
    return null
  }
}
