import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import { streamObject } from './object-stream.ts'

const megabyte = 1024 * 1024

describe('an object as a stream', () => {
  test('comes in pieces, of which none is read before the one before it was taken', async () => {
    const store = createMemoryObjectStore()
    const content = Buffer.alloc(9 * megabyte, 'weights ')
    await store.put('object', content)
    const read: number[] = []
    const counted = {
      ...store,
      get: async (key: string, range?: { offset: number; length: number }) => {
        read.push(range?.length ?? Number.NaN)
        return await store.get(key, range)
      },
    }
    const stream = streamObject(counted, 'object', { offset: 1, length: content.length - 1 })
    for await (const piece of stream) {
      expect(piece.length).toBeLessThanOrEqual(4 * megabyte)
      break
    }
    expect(read.length).toBeLessThanOrEqual(2)
    const whole = await buffer(streamObject(store, 'object', { offset: 1, length: content.length - 1 }))
    expect(whole.equals(content.subarray(1))).toBe(true)
  })

  test('breaks where the object ends before the range does', async () => {
    const store = createMemoryObjectStore()
    await store.put('object', Buffer.from('short'))
    await expect(buffer(streamObject(store, 'object', { offset: 0, length: 9 }))).rejects.toThrow(
      'the object object ends at 5 bytes, before 9',
    )
  })
})
