import { describe, expect, test } from '@jest/globals'
import { readSentEvents, type SentEvent } from './event-lines.ts'

async function read(text: string, size: number): Promise<SentEvent[]> {
  const bytes = Buffer.from(text)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let start = 0; start < bytes.length; start += size) controller.enqueue(bytes.subarray(start, start + size))
      controller.close()
    },
  })
  const events: SentEvent[] = []
  for await (const event of readSentEvents(body)) events.push(event)
  return events
}

describe('reading server-sent events', () => {
  test.each([1, 2, 3, 5, 1000])(
    'comments and retries give none, data lines join, ids last; cut every %i bytes',
    async (size) => {
      const text =
        'retry: 1\n\n: here\n\nid: 7\nevent: a\ndata: {"x":\ndata: "ö"}\n\ndata: plain\n\nevent: cut\ndata: never ended\n'
      expect(await read(text, size)).toEqual([
        { id: '7', event: 'a', data: '{"x":\n"ö"}' },
        { id: '7', event: 'message', data: 'plain' },
      ])
    },
  )

  test.each([1, 2, 1000])('carriage returns end lines too, cut every %i bytes', async (size) => {
    expect(await read('event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n', size)).toEqual([
      { id: null, event: 'a', data: '1' },
      { id: null, event: 'message', data: '2' },
    ])
  })
})
