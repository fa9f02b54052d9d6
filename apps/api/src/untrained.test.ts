import { expect, test } from '@jest/globals'
import { untrained } from './untrained.ts'

test.each([
  ['explore', null, 'it begins with the stage train of the round'],
  [
    'train',
    null,
    'the cluster has not taken one yet; the reason of the shard of the stage train says what it waits for',
  ],
  ['failed', 'sbatch is missing', 'the round failed before the cluster had taken one: sbatch is missing'],
  ['cancelled', null, 'the round was cancelled before the cluster had taken one'],
] as const)('a round in %s with the reason %p has no training job since %p', (state, reason, wanted) => {
  expect(untrained({ state, reason })).toBe(wanted)
})
