import { beforeEach, expect, test } from '@jest/globals'
import type { ShardClaim } from '@ratchet/ports/round-store.ts'
import { attempt } from '@ratchet/ports/testing/attempt.ts'
import { claimShard } from '@ratchet/ports/testing/trajectory-store-contract.ts'
import { AppendBuffer } from './append-buffer.ts'
import { stillness } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import type { World } from './world.ts'

let memory: MemoryWorld
let claim: ShardClaim
beforeEach(async () => {
  memory = await createMemoryWorld()
  claim = await claimShard({ ...memory.world, shards: memory.world.shards, problemSetId: 'ps' }, 'it')
})

const of = (index: number) => attempt('it-r0', 'ps', { index })
const stored = async () => (await memory.world.trajectories.list({ roundIds: ['it-r0'] })).length

/** The world, with the sizes of its appends noted and those that `fails` names failing. */
function watched(sizes: number[], fails: (call: number) => Error | null = () => null): World {
  const { trajectories } = memory.world
  let calls = 0
  const append: typeof trajectories.append = async (by, rows) => {
    sizes.push(rows.length)
    const error = fails(calls++)
    if (error !== null) throw error
    await trajectories.append(by, rows)
  }
  return { ...memory.world, trajectories: { ...trajectories, append } }
}

test('trajectories are appended together: many at once, few after a while, the rest when flushed', async () => {
  const sizes: number[] = []
  const buffer = new AppendBuffer(watched(sizes), claim, () => {})
  for (let index = 0; index < 130; index++) buffer.add(of(index))
  await stillness()
  expect(sizes).toEqual([128])
  memory.clock.pass(1400)
  await stillness()
  expect(sizes).toEqual([128])
  memory.clock.pass(100)
  await stillness()
  expect(sizes).toEqual([128, 2])
  expect(buffer.appended).toBe(130)
  buffer.add(of(130))
  await buffer.flush()
  expect([sizes, buffer.appended, await stored()]).toEqual([[128, 2, 1], 131, 131])
})

test('a flush with nothing to append appends nothing, and leaves nobody sleeping', async () => {
  const sizes: number[] = []
  const buffer = new AppendBuffer(watched(sizes), claim, () => {})
  buffer.add(of(0))
  await buffer.flush()
  await buffer.flush()
  expect(sizes).toEqual([1])
  expect(memory.clock.next()).toBe(false)
})

test('appends follow one another', async () => {
  const { trajectories } = memory.world
  let open = 0
  let most = 0
  const append: typeof trajectories.append = async (by, rows) => {
    most = Math.max(most, ++open)
    await stillness()
    await trajectories.append(by, rows)
    open--
  }
  const buffer = new AppendBuffer({ ...memory.world, trajectories: { ...trajectories, append } }, claim, () => {})
  for (let index = 0; index < 400; index++) buffer.add(of(index))
  await buffer.flush()
  expect([most, buffer.appended]).toEqual([1, 400])
})

test('after a failed append nothing more is appended, and the failure is told', async () => {
  const sizes: number[] = []
  const told: unknown[] = []
  const failure = new Error('the disk is full')
  const buffer = new AppendBuffer(
    watched(sizes, (call) => (call === 1 ? failure : null)),
    claim,
    (error) => told.push(error),
  )
  for (let index = 0; index < 3 * 128; index++) buffer.add(of(index))
  await expect(buffer.flush()).rejects.toBe(failure)
  expect(told).toEqual([failure])
  expect([sizes, buffer.appended, await stored()]).toEqual([[128, 128], 128, 128])
})
