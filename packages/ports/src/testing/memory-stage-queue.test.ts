import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { StageQueue } from '../stage-queue.ts'
import { createMemoryBacklog, createMemoryStageQueue } from './memory-stage-queue.ts'
import { describeStageQueue } from './stage-queue-contract.ts'

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
}

describeStageQueue('memory', async () => {
  const backlog = createMemoryBacklog()
  const queues: StageQueue[] = []
  return {
    async open() {
      const queue = createMemoryStageQueue(clock, backlog)
      queues.push(queue)
      return queue
    },
    async empty() {
      backlog.waiting.clear()
    },
    async handleAndDie() {
      let taken = () => {}
      const isTaken = new Promise<void>((resolve) => {
        taken = resolve
      })
      const handle = () => {
        taken()
        return new Promise<void>(() => {})
      }
      await createMemoryStageQueue(clock, backlog).consume(handle, { concurrency: 1 })
      await isTaken
    },
    async close() {
      for (const queue of queues) await queue.close()
    },
  }
})
