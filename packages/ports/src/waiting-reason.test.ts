import { expect, test } from '@jest/globals'
import { waitingReason } from './waiting-reason.ts'

test('a job that waits says how many are before it, where that is known', () => {
  const of = (queuePosition: number | null) => waitingReason({ reason: 'Resources', queuePosition })
  expect([of(null), of(0), of(1)]).toEqual([
    'Resources',
    'Resources; 0 jobs are before it in the queue',
    'Resources; 1 job is before it in the queue',
  ])
})
