import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Logger } from '@ratchet/ports/logger.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { createStageQueue, type StageQueueSettings } from '../stage-queue.ts'
import { type CuttableProxy, createCuttableProxy } from './cuttable-proxy.ts'

/** What happens when the store of a queue is away for a while. `at` makes the settings from the store's URL. */
export function describeOutage(
  url: () => string,
  at: (url: string) => { readonly redisUrl: string } | { readonly databaseUrl: string },
  prefix: string,
): void {
  const lines: { readonly level: string; readonly text: string }[] = []
  const write = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, text: `${message} ${JSON.stringify(fields)}` })
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  const message: StageMessage = { kind: 'advance-round', roundId: 'r' }
  let proxy: CuttableProxy
  let settings: StageQueueSettings
  beforeAll(async () => {
    proxy = await createCuttableProxy(url())
    settings = { ...at(proxy.url), prefix, logger }
  })
  afterAll(() => proxy.cut())

  test('refuses soon while its store is away, says so once, and delivers again when it is back', async () => {
    const queue = await createStageQueue(settings)
    let delivered = () => {}
    const next = () =>
      new Promise<void>((resolve) => {
        delivered = resolve
      })
    await queue.consume(async () => delivered(), { concurrency: 2 })
    const first = next()
    await queue.enqueue([message])
    await first

    await proxy.cut()
    for (let times = 0; times < 3; times += 1) {
      const refused = queue.enqueue([message])
      await expect(refused).rejects.toBeInstanceOf(PortError)
      await expect(refused).rejects.toMatchObject({ retryable: true })
    }
    await expect(createStageQueue(settings)).rejects.toBeInstanceOf(PortError)

    await proxy.restore()
    const second = next()
    const enqueued = () =>
      queue.enqueue([message]).then(
        () => true,
        () => false,
      )
    while (!(await enqueued())) await sleep(50)
    await second
    await queue.close()
    const warnings = lines.filter(({ level }) => level === 'warn')
    expect(warnings.filter(({ text }) => text.includes('"enqueues"'))).toHaveLength(2)
    expect(warnings.filter(({ text }) => text.includes('"consumes"')).length).toBeLessThanOrEqual(1)
    expect(lines.filter(({ text }) => text.includes('reached again')).length).toBeGreaterThanOrEqual(1)
    const { password } = new URL(proxy.url)
    if (password !== '') expect(JSON.stringify(lines)).not.toContain(password)
  })

  test('closes while its store is away, even with a message in hand', async () => {
    const queue = await createStageQueue(settings)
    let [taken, release] = [() => {}, () => {}]
    const isTaken = new Promise<void>((resolve) => {
      taken = resolve
    })
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await queue.consume(
      async () => {
        taken()
        await released
      },
      { concurrency: 1 },
    )
    await queue.enqueue([message])
    await isTaken
    await proxy.cut()
    const closing = queue.close()
    release()
    await closing
    await proxy.restore()
  })
}
