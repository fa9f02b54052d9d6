import { expect, test } from '@jest/globals'
import { storableJson, storableText } from './storable.ts'

test('replaces what PostgreSQL cannot store and keeps whole surrogate pairs', () => {
  expect(storableText('a\u0000b\ud800c😀\udc00')).toBe('a\ufffdb\ufffdc😀\ufffd')
})

test('cleans strings inside JSON and leaves other JSON as it is', () => {
  expect(storableJson({ deep: ['x\u0000', '😀', 'écrit \\u0000'] })).toBe(
    JSON.stringify({ deep: ['x\ufffd', '😀', 'écrit \\u0000'] }),
  )
  expect(storableJson(undefined)).toBe('null')
  expect(storableJson({ a: 1 })).toBe('{"a":1}')
})
