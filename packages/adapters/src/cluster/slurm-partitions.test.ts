import { expect, test } from '@jest/globals'
import { fitsPartitions } from './slurm-partitions.ts'

test.each<[string, number, string, boolean]>([
  ['all nodes of the partition', 2, 'batch|1-infinite|2\n', true],
  ['more nodes than the partition has', 3, 'batch|1-infinite|2\n', false],
  ['nodes on several lines count together', 3, 'batch|1-infinite|2\nbatch|1-infinite|1\n', true],
  ['more nodes than a job of the partition may have', 3, 'batch|1-2|8\n', false],
  ['fewer nodes than a job of the partition must have', 1, 'batch|2-4|8\n', false],
  ['the only number that a job may have', 2, 'batch|2|8\n', true],
  ['another than the only number', 3, 'batch|2|8\n', false],
  ['one of several partitions is enough', 4, 'small|1-infinite|2\nlarge|1-infinite|8\n', true],
  ['none of several partitions', 9, 'small|1-infinite|2\nlarge|1-infinite|8\n', false],
  ['sizes without a limit', 2, 'batch|infinite|2\n', true],
  ['an unknown number is no reason to give up', 0, 'batch|1-infinite|2\n', true],
  ['an unknown partition is no reason to give up', 9, '', true],
])('%s', (_title, nodes, listed, fits) => {
  expect(fitsPartitions(nodes, listed)).toBe(fits)
})
