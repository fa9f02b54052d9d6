import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { EventLog, Reopening, Round, RoundStore, ShardStore } from '../round-store.ts'
import { newIteration } from './new-iteration.ts'

/** The stores under test, over one database, and a problem set that exists there. */
export type RoundStoresUnderTest = {
  readonly rounds: RoundStore
  readonly shards: ShardStore
  readonly events: EventLog
  readonly problemSetId: string
  /** Lets time pass, as the stores see it. */
  pass(seconds: number): Promise<void>
  close(): Promise<void>
}

/** What every RoundStore promises. */
export function describeRoundStore(name: string, make: () => Promise<RoundStoresUnderTest>): void {
  describe(`${name} as a RoundStore`, () => {
    let stores: RoundStoresUnderTest
    const { recipe, rounds: newRounds } = newIteration('any', 'any')
    beforeAll(async () => {
      stores = await make()
    })
    afterAll(() => stores.close())

    const create = (id: string, key: string | null = null) =>
      stores.rounds.createIteration(newIteration(id, stores.problemSetId, key))
    const roundOf = async (id: string): Promise<Round> => {
      const round = await stores.rounds.round(id)
      if (round === null) throw new Error(`there is no round ${id}`)
      return round
    }

    test('creates an iteration that runs, with rounds that wait, and gives both back as they were', async () => {
      const { iteration, created } = await create('created')
      expect(created).toBe(true)
      expect(iteration).toMatchObject({ id: 'created', name: 'contract', state: 'running', revision: 0, reason: null })
      expect(iteration.recipe).toEqual(recipe)
      expect(await stores.rounds.iteration('created')).toEqual(iteration)
      const rounds = await stores.rounds.rounds('created')
      expect(rounds.map((round) => [round.index, round.state])).toEqual([
        [0, 'waiting'],
        [1, 'waiting'],
      ])
      expect(rounds[0]).toMatchObject({
        recipe: newRounds[0]?.recipe,
        results: {},
        candidateCheckpointId: null,
        startedAt: null,
      })
      expect(await stores.rounds.iteration('none')).toBeNull()
      expect(await stores.rounds.round('none')).toBeNull()
      expect(await stores.rounds.rounds('none')).toEqual([])
    })

    test('gives the same iteration for the same idempotency key, also when many ask at once', async () => {
      const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => create(`same-key-${n}`, 'the key')))
      expect(outcomes.filter((outcome) => outcome.created)).toHaveLength(1)
      expect(new Set(outcomes.map((outcome) => outcome.iteration.id)).size).toBe(1)
      const again = await create('same-key-later', 'the key')
      expect(again).toEqual({ iteration: outcomes[0]?.iteration, created: false })
    })

    test('lets one of many change what all of them saw', async () => {
      const { iteration } = await create('contended')
      const seen = await roundOf('contended-r0')
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, n) => stores.rounds.updateRound(seen, { reason: `writer ${n}` })),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await roundOf('contended-r0')).revision).toBe(1)
      expect(await stores.rounds.updateIteration(iteration, { state: 'paused' })).toBe(true)
      expect(await stores.rounds.updateIteration(iteration, { state: 'failed' })).toBe(false)
      expect((await stores.rounds.iteration('contended'))?.state).toBe('paused')
    })

    test('changes only what a change names', async () => {
      await create('changed')
      const startedAt = new Date('2026-01-02T03:04:05.678Z')
      const first = await roundOf('changed-r0')
      await stores.rounds.updateRound(first, { state: 'explore', startedAt, incumbentCheckpointId: 'base' })
      const second = await roundOf('changed-r0')
      await stores.rounds.updateRound(second, { results: { explore: { accepted: 3, list: [1, null, 'é'] } } })
      expect(await roundOf('changed-r0')).toEqual({
        ...first,
        state: 'explore',
        startedAt,
        incumbentCheckpointId: 'base',
        results: { explore: { accepted: 3, list: [1, null, 'é'] } },
        revision: 2,
      })
    })

    test('appends the events of a change that took place, and not those of one that did not', async () => {
      await create('eventful')
      const seen = await roundOf('eventful-r0')
      const event = { iterationId: 'eventful', roundId: seen.id, kind: 'round.changed', body: { n: 1 } }
      expect(await stores.rounds.updateRound(seen, { state: 'explore' }, [event])).toBe(true)
      expect(await stores.rounds.updateRound(seen, { state: 'score' }, [{ ...event, body: { n: 2 } }])).toBe(false)
      const events = await stores.events.read('eventful', 0, 10)
      expect(events.map(({ kind, body, roundId }) => ({ kind, body, roundId }))).toEqual([
        { kind: 'round.changed', body: { n: 1 }, roundId: seen.id },
      ])
    })

    test('lists iterations newest first, by state and in pages', async () => {
      for (const id of ['page-a', 'page-b', 'page-c']) await create(id)
      const [newest, second] = await stores.rounds.iterations({ limit: 2 })
      expect([newest?.id, second?.id]).toEqual(['page-c', 'page-b'])
      const [third] = await stores.rounds.iterations({ limit: 1, before: 'page-b' })
      expect(third?.id).toBe('page-a')
      if (newest !== undefined) await stores.rounds.updateIteration(newest, { state: 'succeeded' })
      expect((await stores.rounds.iterations({ state: 'succeeded' })).map(({ id }) => id)).toEqual(['page-c'])
    })

    /** An iteration whose round 0 has failed in its second stage, one shard of three done, and round 1 was cancelled. */
    const fail = async (id: string) => {
      const { iteration } = await create(id)
      const finishedAt = new Date('2026-01-02T03:04:05.678Z')
      await stores.shards.plan(`${id}-r0`, 'score', [0, 1, 2])
      for (const [index, outcome] of [
        { kind: 'done', result: 'kept', progress: null } as const,
        { kind: 'failed', reason: 'it broke' } as const,
        { kind: 'waiting', retryInSeconds: 60, progress: null, reason: 'it loads', progressed: false } as const,
      ].entries()) {
        const claimed = await stores.shards.claim(`${id}-r0`, 'score', index, 'worker', 60)
        if (claimed !== null) await stores.shards.settle(claimed.claim, outcome)
      }
      const change = { state: 'failed', reason: 'it broke', finishedAt, results: { explore: 1 } } as const
      await stores.rounds.updateRound(await roundOf(`${id}-r0`), change)
      await stores.rounds.updateRound(await roundOf(`${id}-r1`), { state: 'cancelled', finishedAt })
      await stores.rounds.updateIteration(iteration, { state: 'failed', reason: 'round 0: it broke', finishedAt })
      const failed = await stores.rounds.iteration(id)
      const seen = await Promise.all([roundOf(`${id}-r0`), roundOf(`${id}-r1`)])
      if (failed === null) throw new Error('it was made')
      const patience = { ...seen[0].recipe.patience, endpointMinutes: 7 }
      const reopening: Reopening = {
        stage: 'score',
        rounds: [
          { seen: seen[0], state: 'score', recipe: { ...seen[0].recipe, patience } },
          { seen: seen[1], state: 'waiting', recipe: { ...seen[1].recipe, patience } },
        ],
      }
      const events = [{ iterationId: id, roundId: `${id}-r0`, kind: 'iteration.retried', body: { round: 0 } }]
      return { failed, seen, reopening, events, patience }
    }

    test('reopens a failed iteration: it runs, its rounds are open again under their new recipes, and what is done stays', async () => {
      const { failed, seen, reopening, events, patience } = await fail('reopened')
      expect(await stores.rounds.reopen(failed, reopening, events)).toBe(true)
      const open = { reason: null, finishedAt: null }
      const revision = failed.revision + 1
      expect(await stores.rounds.iteration('reopened')).toEqual({ ...failed, ...open, state: 'running', revision })
      for (const [at, state] of (['score', 'waiting'] as const).entries())
        expect(await roundOf(`reopened-r${at}`)).toEqual({
          ...seen[at],
          ...open,
          state,
          recipe: { ...seen[at]?.recipe, patience },
          revision: (seen[at]?.revision ?? 0) + 1,
        })
      const shards = await stores.shards.shards('reopened-r0', 'score')
      expect(shards?.map(({ status, result, failures, reason }) => [status, result, failures, reason])).toEqual([
        ['done', 'kept', 0, null],
        ['pending', null, 0, null],
        ['pending', null, 0, null],
      ])
      expect(await stores.events.read('reopened', 0, 10)).toMatchObject(events)
      expect((await stores.rounds.activeRounds()).filter((id) => id.startsWith('reopened-'))).toEqual(['reopened-r0'])
      expect(await stores.shards.claim('reopened-r0', 'score', 0, 'worker', 60)).toBeNull()
      for (const index of [1, 2])
        expect(await stores.shards.claim('reopened-r0', 'score', index, 'worker', 60)).toMatchObject({
          failures: 0,
          waitedSeconds: 0,
          claim: { claim: 2 },
        })
    })

    test('of many who reopen an iteration one does', async () => {
      const { failed, reopening, events } = await fail('raced')
      const won = await Promise.all(Array.from({ length: 10 }, () => stores.rounds.reopen(failed, reopening, events)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await stores.events.read('raced', 0, 10)).toHaveLength(1)
      expect((await roundOf('raced-r0')).revision).toBe(2)
    })

    test('reopens nothing when a round was changed since it was seen', async () => {
      const { failed, seen, reopening, events } = await fail('changed-since')
      await stores.rounds.updateRound(seen[1], { reason: 'somebody was here' })
      expect(await stores.rounds.reopen(failed, reopening, events)).toBe(false)
      expect(await stores.rounds.iteration('changed-since')).toEqual(failed)
      expect(await roundOf('changed-since-r0')).toEqual(seen[0])
      expect((await stores.shards.shards('changed-since-r0', 'score'))?.[1]?.status).toBe('failed')
      expect(await stores.events.read('changed-since', 0, 10)).toEqual([])
    })

    test('a shard that somebody holds while its stage is reopened stays with its holder', async () => {
      const { failed, reopening } = await fail('held')
      await stores.pass(60)
      const held = await stores.shards.claim('held-r0', 'score', 2, 'worker', 60)
      if (held === null) throw new Error('there was nothing to claim')
      expect(await stores.rounds.reopen(failed, reopening)).toBe(true)
      expect(await stores.shards.claim('held-r0', 'score', 2, 'another', 60)).toBeNull()
      await stores.shards.settle(held.claim, { kind: 'done', result: 'late', progress: null })
      expect((await stores.shards.shards('held-r0', 'score'))?.[2]).toMatchObject({ status: 'done', result: 'late' })
    })

    test('names the rounds that a reconcile must look at', async () => {
      const { iteration } = await create('active')
      const mine = async () => (await stores.rounds.activeRounds()).filter((id) => id.startsWith('active-'))
      expect(await mine()).toEqual(['active-r0'])
      await stores.rounds.updateRound(await roundOf('active-r0'), { state: 'train' })
      expect(await mine()).toEqual(['active-r0'])
      await stores.rounds.updateRound(await roundOf('active-r0'), { state: 'accepted' })
      expect(await mine()).toEqual(['active-r0', 'active-r1'])
      await stores.rounds.updateRound(await roundOf('active-r1'), { state: 'explore' })
      expect(await mine()).toEqual(['active-r1'])
      await stores.rounds.updateRound(await roundOf('active-r1'), { state: 'rejected' })
      expect(await mine()).toEqual(['active-r1'])
      await stores.rounds.updateIteration(iteration, { state: 'paused' })
      expect(await mine()).toEqual(['active-r1'])
      const paused = await stores.rounds.iteration('active')
      if (paused !== null) await stores.rounds.updateIteration(paused, { state: 'failed' })
      expect(await mine()).toEqual([])
    })
  })
}
