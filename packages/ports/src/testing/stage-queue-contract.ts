import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { StageMessage, StageQueue } from '../stage-queue.ts'

export type StageQueuesUnderTest = {
  /** Another queue on the same store, closed by `close`. */
  open(): Promise<StageQueue>
  /** Makes the store forget everything, as an operator may. */
  empty(): Promise<void>
  /** Resolves when a process of its own handles the only message that waits, and has been killed while at it. */
  handleAndDie(): Promise<void>
  close(): Promise<void>
}

const advance = (roundId: string): StageMessage => ({ kind: 'advance-round', roundId })
const shard = (index: number): StageMessage => ({ kind: 'run-shard', roundId: 'round', stage: 'explore', index })

/** Something that a test waits for. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

/** What every StageQueue promises. Each test has a store of its own. */
export function describeStageQueue(name: string, make: () => Promise<StageQueuesUnderTest>): void {
  describe(`${name} as a StageQueue`, () => {
    let store: StageQueuesUnderTest
    let queue: StageQueue
    beforeEach(async () => {
      store = await make()
      queue = await store.open()
    })
    afterEach(() => store.close())

    /** Handles every message at once and keeps it. */
    const collect = async (from: StageQueue, concurrency = 1) => {
      const delivered: StageMessage[] = []
      const expected = new Set<() => void>()
      const consumer = await from.consume(
        async (message) => {
          delivered.push(message)
          for (const check of expected) check()
        },
        { concurrency },
      )
      /** Resolves as soon as `message` was delivered `times`. */
      const until = (message: StageMessage, times = 1) =>
        new Promise<void>((resolve) => {
          const text = JSON.stringify(message)
          const check = () => {
            if (delivered.filter((each) => JSON.stringify(each) === text).length < times) return
            expected.delete(check)
            resolve()
          }
          expected.add(check)
          check()
        })
      return { ...consumer, delivered, until }
    }

    test('delivers every message, whole and in order, also those enqueued before anybody consumed', async () => {
      const reverify = (id: string): StageMessage => ({ kind: 'reverify', roundId: 'r', reverificationId: id })
      const messages = [
        advance('r'),
        shard(0),
        shard(1),
        { ...shard(0), stage: 'train' as const },
        reverify('a'),
        reverify('b'),
      ]
      await queue.enqueue(messages)
      const { delivered, until } = await collect(queue)
      await queue.enqueue([advance('last')])
      await until(advance('last'))
      expect(delivered).toEqual([...messages, advance('last')])
    })

    test('takes no message at all', async () => {
      await queue.enqueue([])
      await queue.enqueue([], { delaySeconds: 1 })
    })

    test('delivers a message once that is enqueued again while it waits', async () => {
      await queue.enqueue([advance('r'), shard(0), advance('r')])
      await (await store.open()).enqueue([advance('r'), shard(0)])
      await queue.enqueue([advance('r')], { delaySeconds: 0.1 })
      const { delivered, until } = await collect(queue)
      await queue.enqueue([advance('last')], { delaySeconds: 0.3 })
      await until(advance('last'))
      expect(delivered).toEqual([advance('r'), shard(0), advance('last')])
    })

    test('holds a message back for its delay', async () => {
      const { delivered, until } = await collect(queue)
      const before = Date.now()
      await queue.enqueue([advance('later')], { delaySeconds: 0.5 })
      await queue.enqueue([advance('now')])
      await until(advance('later'))
      expect(Date.now() - before).toBeGreaterThanOrEqual(499)
      expect(delivered).toEqual([advance('now'), advance('later')])
    })

    test('delivers a delayed message at once, and only once, when it is enqueued without delay', async () => {
      const { delivered, until } = await collect(queue)
      await queue.enqueue([advance('hour')], { delaySeconds: 3600 })
      await queue.enqueue([advance('r')], { delaySeconds: 0.5 })
      await queue.enqueue([advance('hour'), advance('r')])
      await until(advance('hour'))
      await queue.enqueue([advance('last')], { delaySeconds: 0.8 })
      await until(advance('last'))
      expect(delivered).toEqual([advance('hour'), advance('r'), advance('last')])
    })

    test('delivers a message at the earliest time asked for', async () => {
      const { delivered, until } = await collect(queue)
      await queue.enqueue([advance('sooner')], { delaySeconds: 3600 })
      await queue.enqueue([advance('sooner'), advance('kept')], { delaySeconds: 0.2 })
      await queue.enqueue([advance('kept')], { delaySeconds: 3600 })
      await until(advance('sooner'))
      await until(advance('kept'))
      expect(delivered).toHaveLength(2)
    })

    test('delivers a message again that is enqueued while it is handled', async () => {
      const [started, release, again] = [gate(), gate(), gate()]
      let times = 0
      await queue.consume(
        async () => {
          times += 1
          if (times > 1) return again.open()
          started.open()
          await release.passed
        },
        { concurrency: 1 },
      )
      await queue.enqueue([advance('r')])
      await started.passed
      await queue.enqueue([advance('r')])
      await (await store.open()).enqueue([advance('r')])
      release.open()
      await again.passed
      await queue.enqueue([advance('r')])
      expect(times).toBe(2)
    })

    test('lets a handler enqueue what it handles, at once or later', async () => {
      const last = gate()
      const delays = [0, 0.2, 0]
      let times = 0
      await queue.consume(
        async (message) => {
          times += 1
          const delaySeconds = delays.shift()
          if (delaySeconds === undefined) last.open()
          else await queue.enqueue([message], { delaySeconds })
        },
        { concurrency: 1 },
      )
      await queue.enqueue([shard(0)])
      await last.passed
      expect(times).toBe(4)
    })

    test('handles as many messages at once as it was asked to, and never more', async () => {
      const [both, release, all] = [gate(), gate(), gate()]
      let [handling, most, handled] = [0, 0, 0]
      await queue.consume(
        async () => {
          handling += 1
          most = Math.max(most, handling)
          if (handling === 2) both.open()
          await release.passed
          handling -= 1
          handled += 1
          if (handled === 8) all.open()
        },
        { concurrency: 2 },
      )
      await queue.enqueue([shard(0)])
      await queue.enqueue(Array.from({ length: 7 }, (_, index) => shard(index + 1)))
      await both.passed
      release.open()
      await all.passed
      expect(most).toBe(2)
    })

    test('loses the message of a throwing handler and nothing else', async () => {
      const delivered: string[] = []
      const [last, again] = [gate(), gate()]
      await queue.consume(
        async ({ roundId }) => {
          if (roundId === 'last') last.open()
          if (roundId === 'bad' && delivered.includes('bad')) again.open()
          delivered.push(roundId)
          if (roundId === 'bad') throw new Error('it cannot be handled')
        },
        { concurrency: 1 },
      )
      await queue.enqueue([advance('bad'), advance('good')])
      await queue.enqueue([advance('last')], { delaySeconds: 0.3 })
      await last.passed
      expect(delivered).toEqual(['bad', 'good', 'last'])
      await queue.enqueue([advance('bad')])
      await again.passed
    })

    test('takes no more and waits for what is handled when a consumer closes', async () => {
      const [started, release] = [gate(), gate()]
      const events: string[] = []
      const consumer = await queue.consume(
        async (message) => {
          events.push(`takes ${message.roundId}`)
          started.open()
          await release.passed
          events.push(`handled ${message.roundId}`)
        },
        { concurrency: 1 },
      )
      await queue.enqueue([advance('first')])
      await started.passed
      const closing = consumer.close().then(() => events.push('closed'))
      await queue.enqueue([advance('second')])
      release.open()
      await closing
      expect(events).toEqual(['takes first', 'handled first', 'closed'])
      const next = await collect(queue)
      await next.until(advance('second'))
      expect(next.delivered).toEqual([advance('second')])
    })

    test('shares the messages among the consumers of several queues', async () => {
      const [first, second] = [gate(), gate()]
      const delivered: StageMessage[] = []
      const all = gate()
      const take = (mine: { open(): void }, theirs: { passed: Promise<void> }) => async (message: StageMessage) => {
        delivered.push(message)
        mine.open()
        await theirs.passed
        if (delivered.length === 20) all.open()
      }
      await queue.consume(take(first, second), { concurrency: 1 })
      await (await store.open()).consume(take(second, first), { concurrency: 1 })
      await queue.enqueue(Array.from({ length: 20 }, (_, index) => shard(index)))
      await all.passed
      expect(new Set(delivered.map((each) => JSON.stringify(each))).size).toBe(20)
      expect(delivered).toHaveLength(20)
    })

    test('works on after its store was emptied', async () => {
      await queue.enqueue([advance('waiting')])
      await queue.enqueue([advance('delayed')], { delaySeconds: 3600 })
      await store.empty()
      await queue.enqueue([advance('waiting'), advance('delayed')])
      const { delivered, until } = await collect(await store.open())
      await until(advance('delayed'))
      await store.empty()
      await queue.enqueue([advance('waiting'), advance('last')])
      await until(advance('last'))
      const names = ['waiting', 'delayed', 'waiting', 'last']
      expect(delivered).toEqual(names.map(advance))
    })

    test('works on when its store is emptied under a handler', async () => {
      const [started, release, again] = [gate(), gate(), gate()]
      let times = 0
      await queue.consume(
        async () => {
          times += 1
          if (times > 1) return again.open()
          started.open()
          await release.passed
        },
        { concurrency: 1 },
      )
      await queue.enqueue([advance('r')])
      await started.passed
      await store.empty()
      await queue.enqueue([advance('r')])
      release.open()
      await again.passed
    })

    test('delivers a message that is enqueued again after its handler was killed', async () => {
      await queue.enqueue([advance('r')])
      await store.handleAndDie()
      await queue.enqueue([advance('r')])
      const { until } = await collect(queue)
      await until(advance('r'))
    })

    test('closes its consumers when it closes', async () => {
      const other = await store.open()
      const { delivered } = await collect(other)
      await other.close()
      await queue.enqueue([advance('r')])
      const { until } = await collect(queue)
      await until(advance('r'))
      expect(delivered).toEqual([])
    })
  })
}
