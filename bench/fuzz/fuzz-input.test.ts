import { expect, test } from '@jest/globals'
import { attacks } from './attacks.ts'
import { fuzzInput } from './fuzz-input.ts'
import { heapGrowth } from './heap-growth.ts'

test('the same seed and index make the same input', () => {
  for (let index = 0; index < 300; index++) expect(fuzzInput(11, index)).toEqual(fuzzInput(11, index))
})

test('other seeds and other indexes make other inputs', () => {
  const texts = Array.from({ length: 300 }, (_, index) => JSON.stringify(fuzzInput(1 + (index % 3), index)))
  expect(new Set(texts).size).toBeGreaterThan(290)
})

test.each(Object.entries(attacks))('an attack grows with its size: %s', (name, attack) => {
  expect(attack(1).length).toBeGreaterThan(0)
  if (name !== 'a word of the prototype chain') expect(attack(5000).length).toBeGreaterThanOrEqual(attack(1).length)
})

test('a heap that levels off after the start is flat, one that goes on rising is not', () => {
  const megabytes = (sizes: readonly number[]) => sizes.map((size) => size * 2 ** 20)
  expect(heapGrowth(megabytes([7, 12, 14, 15, 14, 15, 14, 15]))).toBeNull()
  expect(heapGrowth(megabytes([7, 12, 20, 30, 40, 50, 60, 70]))).toBe('the heap grew from 20 to 60 MB')
  expect(heapGrowth(megabytes([7, 900]))).toBeNull()
})
