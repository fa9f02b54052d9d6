import { describe, expect, test } from '@jest/globals'
import { murmur3, rolloutSeed } from './rollout-seed.ts'

/** Published vectors of MurmurHash3_x86_32. */
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ['aaaa', 0x9747b28c, 0x5a97808a],
  ['ππππππππ', 0x9747b28c, 0xd58063c1],
])('the hash of %j under seed %i is the published one', (text, seed, expected) => {
  expect(murmur3(text, seed)).toBe(expected)
})

test('the seeds never change between releases', () => {
  expect([0, 1, 2].map((index) => rolloutSeed(1, 0, 'explore', 'aime-2024-1', index))).toEqual([
    2061953092, 769926678, 182148582,
  ])
  expect(rolloutSeed(2 ** 31 - 1, 3, 'evaluate', 'p.1', 4095)).toBe(219087613)
})

describe('seeds', () => {
  const many = Array.from({ length: 50_000 }, (_, index) => rolloutSeed(7, 1, 'explore', 'p', index))

  test('are integers of 31 bits', () => {
    expect(many.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true)
  })

  test('of one problem are all different', () => expect(new Set(many).size).toBe(many.length))

  test('differ by about half of their bits from one index to the next', () => {
    const bits = many
      .slice(1)
      .map((seed, at) => ((seed ^ (many[at] ?? 0)) >>> 0).toString(2).replaceAll('0', '').length)
    const mean = bits.reduce((sum, each) => sum + each, 0) / bits.length
    expect(mean).toBeGreaterThan(15)
    expect(mean).toBeLessThan(16)
  })

  test('depend on each of their inputs', () => {
    const base = rolloutSeed(1, 1, 'explore', 'p', 1)
    const others = [
      rolloutSeed(2, 1, 'explore', 'p', 1),
      rolloutSeed(1, 2, 'explore', 'p', 1),
      rolloutSeed(1, 1, 'evaluate', 'p', 1),
      rolloutSeed(1, 1, 'explore', 'q', 1),
      rolloutSeed(1, 1, 'explore', 'p', 2),
    ]
    expect(new Set([base, ...others]).size).toBe(6)
  })
})
