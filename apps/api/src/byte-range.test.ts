import { describe, expect, test } from '@jest/globals'
import { readByteRange } from './byte-range.ts'

describe('a range of bytes', () => {
  test.each([
    ['from an offset to the end', 'bytes=4-', { offset: 4, length: 6 }],
    ['both ends, the last included', 'bytes=2-3', { offset: 2, length: 2 }],
    ['beyond the end is cut', 'bytes=2-99', { offset: 2, length: 8 }],
    ['the last bytes', 'bytes=-3', { offset: 7, length: 3 }],
    ['more last bytes than there are', 'bytes=-30', { offset: 0, length: 10 }],
    ['none', undefined, null],
    ['several, which are not served', 'bytes=0-1,3-4', null],
    ['another unit', 'lines=0-1', null],
    ['backwards', 'bytes=5-2', null],
    ['neither end', 'bytes=-', null],
  ])('%s', (_title, header, expected) => {
    expect(readByteRange(header, 10)).toEqual(expected)
  })

  test.each(['bytes=10-', 'bytes=-0'])('%s of ten bytes cannot be satisfied', (header) => {
    expect(() => readByteRange(header, 10)).toThrow('10 bytes')
  })
})
