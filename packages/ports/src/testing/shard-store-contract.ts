import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ClaimedShard, ClaimLost, type Shard, type ShardClaim } from '../round-store.ts'
import { newIteration } from './new-iteration.ts'
import type { RoundStoresUnderTest } from './round-store-contract.ts'

/** What every ShardStore promises. */
export function describeShardStore(name: string, make: () => Promise<RoundStoresUnderTest>): void {
  describe(`${name} as a ShardStore`, () => {
    let stores: RoundStoresUnderTest
    beforeAll(async () => {
      stores = await make()
    })
    afterAll(() => stores.close())

    /** A round with an explore stage of these inputs. */
    const plan = async (id: string, inputs: readonly unknown[] = ['input']) => {
      await stores.rounds.createIteration(newIteration(id, stores.problemSetId))
      expect(await stores.shards.plan(`${id}-r0`, 'explore', inputs)).toBe(true)
      return `${id}-r0`
    }
    const claim = (roundId: string, owner = 'worker', index = 0) =>
      stores.shards.claim(roundId, 'explore', index, owner, 60)
    const taken = async (roundId: string, owner = 'worker'): Promise<ClaimedShard> => {
      const claimed = await claim(roundId, owner)
      if (claimed === null) throw new Error('there was nothing to take')
      return claimed
    }
    const shard = async (roundId: string): Promise<Shard> => {
      const [first] = (await stores.shards.shards(roundId, 'explore')) ?? []
      if (first === undefined) throw new Error('there is no shard')
      return first
    }
    const done = { kind: 'done', result: { n: 1 }, progress: null } as const

    test('plans a stage once, and says when it was never planned', async () => {
      const roundId = await plan('planned', [{ a: 1 }, 'two', null])
      expect(await stores.shards.plan(roundId, 'explore', ['other'])).toBe(false)
      const shards = await stores.shards.shards(roundId, 'explore')
      expect(shards?.map(({ index, input, status }) => [index, input, status])).toEqual([
        [0, { a: 1 }, 'pending'],
        [1, 'two', 'pending'],
        [2, null, 'pending'],
      ])
      expect(await stores.shards.shards(roundId, 'score')).toBeNull()
      expect(await stores.shards.plan(roundId, 'score', [])).toBe(true)
      expect(await stores.shards.shards(roundId, 'score')).toEqual([])
    })

    test('writes one plan when many plan at once', async () => {
      await stores.rounds.createIteration(newIteration('raced', stores.problemSetId))
      const planned = await Promise.all(
        Array.from({ length: 8 }, (_, n) => stores.shards.plan('raced-r0', 'explore', [n, n])),
      )
      expect(planned.filter(Boolean)).toHaveLength(1)
      expect(await stores.shards.shards('raced-r0', 'explore')).toHaveLength(2)
    })

    test('gives a shard to one of twenty that claim it at once', async () => {
      const roundId = await plan('claimed')
      const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(roundId, `worker ${n}`)))
      const [winner, ...others] = claims.filter((claimed) => claimed !== null)
      expect(others).toEqual([])
      expect(winner).toEqual({
        claim: { roundId, stage: 'explore', index: 0, claim: 1 },
        input: 'input',
        failures: 0,
        waitedSeconds: 0,
      })
      expect(await claim(roundId)).toBeNull()
      expect(await claim(roundId, 'worker', 1)).toBeNull()
    })

    test('lets one other take a shard whose lease ran out, and counts a failure', async () => {
      const roundId = await plan('expired')
      const old = await taken(roundId, 'dead')
      await stores.pass(59)
      expect(await claim(roundId)).toBeNull()
      await stores.pass(2)
      const claims = await Promise.all(Array.from({ length: 20 }, () => claim(roundId)))
      const [next, ...others] = claims.filter((claimed) => claimed !== null)
      expect(others).toEqual([])
      expect(next).toMatchObject({ claim: { claim: 2 }, failures: 1 })
      expect((await shard(roundId)).reason).toContain('dead')
      await expect(stores.shards.heartbeat(old.claim, 60, null)).rejects.toBeInstanceOf(ClaimLost)
      await expect(stores.shards.settle(old.claim, done)).rejects.toBeInstanceOf(ClaimLost)
      expect(await shard(roundId)).toMatchObject({ status: 'claimed', claim: 2, owner: 'worker', result: null })
    })

    test('keeps a claim for as long as it beats, with its progress', async () => {
      const roundId = await plan('beating')
      const { claim: mine } = await taken(roundId)
      const progress = { done: 1, total: 3, unit: 'problems', note: 'first' }
      await stores.pass(50)
      await stores.shards.heartbeat(mine, 60, progress)
      await stores.pass(50)
      expect(await claim(roundId, 'other')).toBeNull()
      await stores.shards.heartbeat(mine, 60, null)
      expect(await shard(roundId)).toMatchObject({ status: 'claimed', progress, claim: 1 })
    })

    test('lets an owner that was merely slow go on while nobody took its shard', async () => {
      const roundId = await plan('slow')
      const { claim: mine } = await taken(roundId)
      await stores.pass(600)
      await stores.shards.heartbeat(mine, 60, null)
      await stores.shards.settle(mine, done)
      expect(await shard(roundId)).toMatchObject({ status: 'done', failures: 0, result: { n: 1 } })
    })

    test('ends a shard for good when it is done or failed', async () => {
      for (const outcome of [done, { kind: 'failed', reason: 'no such model' } as const]) {
        const roundId = await plan(`ended-${outcome.kind}`)
        const { claim: mine } = await taken(roundId)
        await stores.shards.settle(mine, outcome)
        expect(await shard(roundId)).toMatchObject({
          status: outcome.kind,
          owner: null,
          leaseUntil: null,
          reason: outcome.kind === 'failed' ? 'no such model' : null,
        })
        await stores.pass(3600)
        expect(await claim(roundId)).toBeNull()
      }
    })

    test('takes the same settlement twice, and nothing more from a claim that ended', async () => {
      const roundId = await plan('twice')
      const { claim: mine } = await taken(roundId)
      await stores.shards.settle(mine, done)
      await stores.shards.settle(mine, done)
      await expect(stores.shards.heartbeat(mine, 60, null)).rejects.toBeInstanceOf(ClaimLost)
      expect(await shard(roundId)).toMatchObject({ status: 'done', claim: 1 })
    })

    test.each([
      [
        'waits without failing',
        0,
        { kind: 'waiting', retryInSeconds: 30, progress: null, reason: 'queued', progressed: false } as const,
      ],
      ['counts a failure and tries again', 1, { kind: 'retry', retryInSeconds: 30, reason: 'queued' } as const],
    ])('%s until it is time to look again', async (_title, failures, outcome) => {
      const roundId = await plan(`later-${outcome.kind}`)
      const { claim: mine } = await taken(roundId)
      await stores.shards.settle(mine, outcome)
      expect(await shard(roundId)).toMatchObject({ failures, reason: 'queued', owner: null })
      expect(await claim(roundId)).toBeNull()
      await stores.pass(31)
      expect(await claim(roundId)).toMatchObject({ failures, claim: { claim: 2 } })
    })

    test('tells how long a shard has waited without progress', async () => {
      const roundId = await plan('patience')
      const wait = async (progressed: boolean) => {
        const { claim: mine, waitedSeconds } = await taken(roundId)
        const outcome = { kind: 'waiting', retryInSeconds: 30, progress: null, reason: 'away', progressed } as const
        await stores.shards.settle(mine, outcome)
        await stores.pass(31)
        return Math.floor(waitedSeconds / 10) * 10
      }
      expect([await wait(false), await wait(false), await wait(false)]).toEqual([0, 30, 60])
      expect([await wait(true), await wait(false)]).toEqual([90, 30])
      const { claim: mine } = await taken(roundId)
      await stores.shards.settle(mine, { kind: 'retry', reason: 'broke', retryInSeconds: 1 })
      await stores.pass(2)
      expect(await claim(roundId)).toMatchObject({ waitedSeconds: 0 })
    })

    test('begins to count a wait anew after an owner that had work to do and died or stopped', async () => {
      const roundId = await plan('anew')
      const waiting = {
        kind: 'waiting',
        retryInSeconds: 30,
        progress: null,
        reason: 'away',
        progressed: false,
      } as const
      await stores.shards.settle((await taken(roundId)).claim, waiting)
      await stores.pass(31)
      await taken(roundId)
      await stores.pass(3600)
      const { claim: next, waitedSeconds } = await taken(roundId)
      expect(waitedSeconds).toBe(0)
      await stores.shards.settle(next, waiting)
      await stores.pass(31)
      await stores.shards.settle((await taken(roundId)).claim, { kind: 'released' })
      expect(await claim(roundId)).toMatchObject({ waitedSeconds: 0 })
    })

    test('gives a released shard to the next at once, with no failure counted', async () => {
      const roundId = await plan('released')
      const { claim: mine } = await taken(roundId)
      await stores.shards.settle(mine, { kind: 'released' })
      expect(await claim(roundId)).toMatchObject({ failures: 0, claim: { claim: 2 } })
    })

    test('knows no claim of a shard that does not exist', async () => {
      const none: ShardClaim = { roundId: 'none', stage: 'explore', index: 0, claim: 1 }
      expect(await claim('none')).toBeNull()
      await expect(stores.shards.settle(none, done)).rejects.toBeInstanceOf(ClaimLost)
      await expect(stores.shards.heartbeat(none, 60, null)).rejects.toBeInstanceOf(ClaimLost)
    })
  })
}
