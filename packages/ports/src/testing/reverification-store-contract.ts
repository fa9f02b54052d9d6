import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type {
  ClaimedReverification,
  NewReverification,
  Reverification,
  ReverificationStore,
  ReverifiedPage,
} from '../reverification-store.ts'
import { ClaimLost } from '../round-store.ts'
import { attempt, verdict } from './attempt.ts'
import { claimShard, type TrajectoryStoreUnderTest } from './trajectory-store-contract.ts'

/** The store under test, over one database with the stores that its trajectories and events are read from. */
export type ReverificationStoreUnderTest = TrajectoryStoreUnderTest & {
  readonly reverifications: ReverificationStore
  readonly events: { read(iterationId: string, afterSeq: number, limit: number): Promise<readonly { kind: string }[]> }
  /** Lets time pass, as the store sees it. */
  pass(seconds: number): Promise<void>
}

/** What every ReverificationStore promises. */
export function describeReverificationStore(name: string, make: () => Promise<ReverificationStoreUnderTest>): void {
  describe(`${name} as a ReverificationStore`, () => {
    let world: ReverificationStoreUnderTest
    let store: ReverificationStore
    beforeAll(async () => {
      world = await make()
      store = world.reverifications
    })
    afterAll(() => world.close())

    /** A round with attempts 0 to 2 at problem `p`, all incorrect, and a re-verification of it. */
    const begin = async (id: string, difference: Partial<NewReverification> = {}): Promise<Reverification> => {
      const claim = await claimShard(world, id)
      const of = (index: number) => attempt(`${id}-r0`, world.problemSetId, { index, verdict: verdict('incorrect') })
      await world.trajectories.append(claim, [of(0), of(1), of(2)])
      return (await create(id, difference)).reverification
    }
    const create = (id: string, difference: Partial<NewReverification> = {}) =>
      store.create({ id: `rv-${id}`, roundId: `${id}-r0`, filter: {}, idempotencyKey: null, total: 3, ...difference })
    const taken = async ({ id }: Pick<Reverification, 'id'>, owner = 'worker'): Promise<ClaimedReverification> => {
      const claimed = await store.claim(id, owner, 60)
      if (claimed === null) throw new Error('there was nothing to take')
      return claimed
    }
    const found = async ({ id }: Pick<Reverification, 'id'>): Promise<Reverification> => {
      const one = await store.find(id)
      if (one === null) throw new Error('it was created')
      return one
    }
    const better: Verdict = { decision: 'correct', reason: 'the same\u0000', extracted: '2', verifier: 'math@1' }
    const idOf = (id: string, index: number) => `${id}-r0.explore.p.${index}`
    const page = (id: string, indexes: readonly number[], each: Verdict = better): ReverifiedPage => ({
      after: { problemId: 'p', index: indexes.at(-1) ?? 0, roundId: `${id}-r0`, id: idOf(id, indexes.at(-1) ?? 0) },
      verdicts: indexes.map((index) => ({ trajectoryId: idOf(id, index), verdict: each })),
    })
    const verifiersOf = async (id: string, index: number) =>
      (await world.trajectories.verdicts(idOf(id, index))).map(({ verifier }) => verifier)

    test('gives back what was created, newest first, and the same for the same key', async () => {
      const filter = { decision: 'undecided', problemIds: ['p'], notVerifiedBy: ['math@2'] } as const
      const one = await begin('created', { filter: { ...filter, problemIds: ['p'], notVerifiedBy: ['math@2'] } })
      expect(one).toMatchObject({ id: 'rv-created', roundId: 'created-r0', filter, status: 'pending', total: 3 })
      expect(one).toMatchObject({ checked: 0, appended: 0, changes: [], reason: null, startedAt: null })
      expect(await store.find('rv-created')).toEqual(one)
      const keyed = await create('created', { id: 'rv-keyed', idempotencyKey: 'key' })
      const again = await create('created', { id: 'rv-again', idempotencyKey: 'key' })
      expect([keyed.created, again.created, again.reverification.id]).toEqual([true, false, 'rv-keyed'])
      expect((await store.list('created-r0')).map(({ id }) => id)).toEqual(['rv-keyed', 'rv-created'])
      expect([await store.find('none'), await store.list('none')]).toEqual([null, []])
    })

    test('is created once by many that use one key at once', async () => {
      await begin('raced')
      const all = await Promise.all(
        [0, 1, 2, 3].map((n) => create('raced', { id: `rv-raced-${n}`, idempotencyKey: 'raced' })),
      )
      expect(all.filter(({ created }) => created)).toHaveLength(1)
      expect(new Set(all.map(({ reverification }) => reverification.id)).size).toBe(1)
    })

    test('appends verdicts beside the old ones, which the newest outweighs, and counts what changed', async () => {
      const one = await begin('appended')
      const { claim } = await taken(one)
      await store.storePage(claim, page('appended', [0, 1]))
      await store.storePage(claim, page('appended', [2], { ...better, decision: 'undecided' }))
      expect(await verifiersOf('appended', 0)).toEqual(['exact@1', 'math@1'])
      const rows = await world.trajectories.list({ roundIds: ['appended-r0'] })
      expect(rows.map(({ verdict: { decision, reason }, firstDecision }) => [decision, reason, firstDecision])).toEqual(
        [
          ['correct', 'the same\ufffd', 'incorrect'],
          ['correct', 'the same\ufffd', 'incorrect'],
          ['undecided', 'the same\ufffd', 'incorrect'],
        ],
      )
      expect(await world.trajectories.tally('appended-r0', 'explore')).toMatchObject({ correct: 2, undecided: 1 })
      expect(await found(one)).toMatchObject({ checked: 3, appended: 3 })
      expect((await found(one)).changes).toEqual([
        { from: 'incorrect', to: 'correct', trajectories: 2 },
        { from: 'incorrect', to: 'undecided', trajectories: 1 },
      ])
    })

    test('stores a verdict once that is found again, and counts the look', async () => {
      const one = await begin('again')
      const { claim } = await taken(one)
      for (let look = 0; look < 2; look++) await store.storePage(claim, page('again', [0, 1]))
      await store.storePage(claim, page('again', [2], verdict('incorrect')))
      expect(await Promise.all([0, 1, 2].map((index) => verifiersOf('again', index)))).toEqual([
        ['exact@1', 'math@1'],
        ['exact@1', 'math@1'],
        ['exact@1'],
      ])
      expect(await found(one)).toMatchObject({ checked: 5, appended: 2 })
    })

    test('appends a verdict that is the same as an older one when another came in between', async () => {
      const one = await begin('back')
      const { claim } = await taken(one)
      await store.storePage(claim, page('back', [0]))
      await store.storePage(claim, page('back', [0], verdict('incorrect')))
      expect(await verifiersOf('back', 0)).toEqual(['exact@1', 'math@1', 'exact@1'])
      expect((await world.trajectories.find(idOf('back', 0)))?.verdict).toEqual(verdict('incorrect'))
    })

    test('stores a verdict once when two re-verifications find it at once', async () => {
      const one = await begin('both')
      const other = await create('both', { id: 'rv-both-other' })
      const claims = [(await taken(one)).claim, (await taken(other.reverification)).claim]
      await Promise.all(claims.map((claim) => store.storePage(claim, page('both', [0, 1, 2]))))
      for (const index of [0, 1, 2]) expect(await verifiersOf('both', index)).toEqual(['exact@1', 'math@1'])
      const appended = await Promise.all([one, other.reverification].map(async (each) => (await found(each)).appended))
      expect(appended.reduce((sum, each) => sum + each, 0)).toBe(3)
    })

    test('is taken by one of many at once, and goes on behind the last page stored', async () => {
      const one = await begin('claimed')
      expect((await store.due()).map(({ id }) => id)).toContain(one.id)
      const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => store.claim(one.id, `worker ${n}`, 60)))
      const [winner, ...others] = claims.filter((claimed) => claimed !== null)
      expect(others).toEqual([])
      expect(winner).toMatchObject({ claim: { claim: 1 }, after: null, failures: 0 })
      expect((await store.due()).map(({ id }) => id)).not.toContain(one.id)
      if (winner === undefined) throw new Error('nobody took it')
      await store.storePage(winner.claim, page('claimed', [0, 1]))
      await store.settle(winner.claim, { kind: 'released' })
      const next = await taken(one)
      expect(next).toMatchObject({ claim: { claim: 2 }, after: page('claimed', [0, 1]).after, failures: 0 })
      expect(next.reverification).toMatchObject({ status: 'claimed', checked: 2 })
      expect(await store.claim('none', 'worker', 60)).toBeNull()
    })

    test('fences off a claim whose lease ran out and was taken, which then stores nothing', async () => {
      const one = await begin('fenced')
      const { claim } = await taken(one, 'dead')
      await store.heartbeat(claim, 60)
      await world.pass(59)
      expect(await store.claim(one.id, 'other', 60)).toBeNull()
      await world.pass(2)
      expect((await store.due()).map(({ id }) => id)).toContain(one.id)
      const next = await taken(one, 'other')
      expect(next).toMatchObject({ failures: 1, reverification: { reason: 'the lease of dead ran out' } })
      await expect(store.storePage(claim, page('fenced', [0]))).rejects.toBeInstanceOf(ClaimLost)
      await expect(store.heartbeat(claim, 60)).rejects.toBeInstanceOf(ClaimLost)
      await expect(store.settle(claim, { kind: 'done' })).rejects.toBeInstanceOf(ClaimLost)
      expect(await verifiersOf('fenced', 0)).toEqual(['exact@1'])
      await store.storePage(next.claim, page('fenced', [0]))
      await world.pass(61)
      expect(await taken(one)).toMatchObject({ failures: 1, reverification: { checked: 1 } })
    })

    test('waits after a failure and counts it, until a page is stored', async () => {
      const one = await begin('retried')
      const fail = async () => {
        const { claim, failures } = await taken(one)
        await store.settle(claim, { kind: 'retry', reason: 'away', retryInSeconds: 30 })
        expect(await store.claim(one.id, 'worker', 60)).toBeNull()
        expect((await store.due()).map(({ id }) => id)).not.toContain(one.id)
        await world.pass(31)
        return failures
      }
      expect([await fail(), await fail()]).toEqual([0, 1])
      const { claim, failures } = await taken(one)
      expect([failures, (await found(one)).reason]).toEqual([2, 'away'])
      await store.storePage(claim, page('retried', [0]))
      await store.settle(claim, { kind: 'released' })
      expect([await fail(), (await found(one)).status]).toEqual([0, 'pending'])
    })

    test.each([
      ['done', { kind: 'done' }, null],
      ['failed', { kind: 'failed', reason: 'the texts are gone' }, 'the texts are gone'],
    ] as const)('ends for good when it is %s, with its events once', async (status, outcome, reason) => {
      const one = await begin(status)
      const { claim } = await taken(one)
      const event = { iterationId: status, roundId: `${status}-r0`, kind: 'round.tested', body: {} }
      for (let time = 0; time < 2; time++) await store.settle(claim, outcome, [event])
      expect(await found(one)).toMatchObject({ status, reason, finishedAt: expect.any(Date) })
      await world.pass(3600)
      expect(await store.claim(one.id, 'worker', 60)).toBeNull()
      expect((await store.due()).map(({ id }) => id)).not.toContain(one.id)
      await expect(store.storePage(claim, page(status, [0]))).rejects.toBeInstanceOf(ClaimLost)
      expect((await world.events.read(status, 0, 10)).map(({ kind }) => kind)).toEqual(['round.tested'])
    })
  })
}
