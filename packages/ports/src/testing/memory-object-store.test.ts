import { expect, test } from '@jest/globals'
import { createMemoryObjectStore } from './memory-object-store.ts'
import { describeObjectStore } from './object-store-contract.ts'

describeObjectStore('memory', async () => {
  const store = createMemoryObjectStore()
  return { store, other: store, async close() {} }
})

test('signs what begins as asked, and refuses a key below another', async () => {
  const store = createMemoryObjectStore({ presigned: 'https://objects.test/' })
  await store.put('a/b', new Uint8Array(1))
  expect(await store.presign('a/b', 60)).toBe('https://objects.test/a/b')
  await expect(store.put('a', new Uint8Array())).rejects.toThrow('beside a/b')
  await expect(store.put('a/b/c', new Uint8Array())).rejects.toThrow('beside a/b')
})
