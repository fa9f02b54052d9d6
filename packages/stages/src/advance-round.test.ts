import { describe, expect, test } from '@jest/globals'
import type { RoundState } from '@ratchet/domain/round/round-state.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { IterationChange, RoundChange, ShardOutcome } from '@ratchet/ports/round-store.ts'
import { advanceRound } from './advance-round.ts'
import { reconcile } from './reconcile.ts'
import { startIteration } from './start-iteration.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const [r0, r1] = ['it-1-r0', 'it-1-r1']

type Arrangement = {
  readonly iteration?: IterationChange
  readonly rounds?: readonly [RoundChange?, RoundChange?]
  /** What became of the shards of round 0's exploration; null of those that nobody took. */
  readonly shards?: readonly (ShardOutcome | 'held' | 'abandoned' | null)[]
  readonly advance?: string
}

const counts = {
  problems: 1,
  rollouts: 1,
  accepted: 1,
  satisfied: 1,
  solved: 1,
  failed: 0,
  promptTokens: 1,
  completionTokens: 1,
}
const done: ShardOutcome = { kind: 'done', result: counts, progress: null }
const waits: ShardOutcome = {
  kind: 'waiting',
  retryInSeconds: 30,
  progress: null,
  reason: 'it loads',
  progressed: false,
}

async function arrange({ iteration = {}, rounds = [], shards }: Arrangement): Promise<MemoryWorld> {
  const memory = await createMemoryWorld()
  const { world } = memory
  await startIteration(world, sumsRecipe(), { idempotencyKey: null })
  if (shards !== undefined)
    await world.shards.plan(
      r0,
      'explore',
      shards.map(() => ({ from: 'model', problemIds: [] })),
    )
  for (const [index, outcome] of (shards ?? []).entries()) {
    if (outcome === null) continue
    const claimed = await world.shards.claim(r0, 'explore', index, 'worker', outcome === 'abandoned' ? 0 : 60)
    if (claimed !== null && typeof outcome === 'object') await world.shards.settle(claimed.claim, outcome)
  }
  for (const [index, change] of rounds.entries()) {
    const round = await world.rounds.round(`it-1-r${index}`)
    if (round !== null && change !== undefined) await world.rounds.updateRound(round, change)
  }
  const seen = await world.rounds.iteration('it-1')
  if (seen !== null) await world.rounds.updateIteration(seen, iteration)
  memory.backlog.waiting.clear()
  return memory
}

/** Where everything stands: revisions and events may differ, since many may have tried. */
async function standing({ world, backlog, clock }: MemoryWorld) {
  const iteration = await world.rounds.iteration('it-1')
  const rounds = await world.rounds.rounds('it-1')
  const queue = [...backlog.waiting.values()].map(({ message, dueMs }) => {
    const what = message.kind === 'run-shard' ? `${message.roundId} ${message.stage} ${message.index}` : message.roundId
    const seconds = (dueMs - clock.now().getTime()) / 1000
    return seconds === 0 ? what : `${what} in ${seconds} s`
  })
  return {
    iteration: iteration?.state,
    reason: iteration?.reason,
    incumbent: iteration?.incumbentCheckpointId,
    rounds: rounds.map(({ state }) => state),
    queue: queue.toSorted(),
    results: rounds.map(({ results }) => results),
    reasons: rounds.map(({ reason }) => reason),
  }
}

type Row = readonly [title: string, arrangement: Arrangement, expected: Partial<Awaited<ReturnType<typeof standing>>>]

const rows: readonly Row[] = [
  [
    'a waiting first round begins, plans its exploration and has the queue told of each shard',
    {},
    { rounds: ['explore', 'waiting'], queue: [`${r0} explore 0`, `${r0} explore 1`] },
  ],
  [
    'a waiting round behind one that has not finished stays so',
    { rounds: [{ state: 'explore' }], advance: r1 },
    { rounds: ['explore', 'waiting'], queue: [] },
  ],
  [
    'a stage that was never planned is planned',
    { rounds: [{ state: 'explore' }] },
    { rounds: ['explore', 'waiting'], queue: [`${r0} explore 0`, `${r0} explore 1`] },
  ],
  [
    'shards that nobody holds are told to the queue again, those that ended or are held are not',
    { rounds: [{ state: 'explore' }], shards: [done, 'held', null, null] },
    { rounds: ['explore', 'waiting'], queue: [`${r0} explore 2`, `${r0} explore 3`] },
  ],
  [
    'a shard whose lease ran out is told to the queue',
    { rounds: [{ state: 'explore' }], shards: [done, 'abandoned'] },
    { queue: [`${r0} explore 1`] },
  ],
  [
    'a shard that waits is told to the queue with what is left of its delay',
    { rounds: [{ state: 'explore' }], shards: [waits, done] },
    { queue: [`${r0} explore 0 in 30 s`] },
  ],
  [
    'a stage whose shards are done is finished, one without shards with it, and the next is planned',
    { rounds: [{ state: 'explore' }], shards: [done, done] },
    { rounds: ['curate', 'waiting'], queue: [`${r0} curate 0`] },
  ],
  [
    'a failed shard ends the round and the iteration, with its reason',
    { rounds: [{ state: 'explore' }], shards: [done, { kind: 'failed', reason: 'the endpoint is gone' }, null] },
    { iteration: 'failed', reason: 'round 0: the endpoint is gone', rounds: ['failed', 'cancelled'], queue: [] },
  ],
  [
    'an accepted round makes its candidate the incumbent and has the queue told of the next',
    { rounds: [{ state: 'accepted', candidateCheckpointId: 'ck-0' }] },
    { iteration: 'running', incumbent: 'ck-0', rounds: ['accepted', 'waiting'], queue: [r1] },
  ],
  [
    'an accepted round whose successor has begun leaves the incumbent alone',
    {
      rounds: [{ state: 'accepted', candidateCheckpointId: 'ck-0' }, { state: 'train' }],
      iteration: { incumbentCheckpointId: 'ck-x' },
    },
    { incumbent: 'ck-x', rounds: ['accepted', 'train'], queue: [] },
  ],
  [
    'an accepted last round ends the iteration with its candidate',
    {
      rounds: [
        { state: 'accepted', candidateCheckpointId: 'ck-0' },
        { state: 'accepted', candidateCheckpointId: 'ck-1' },
      ],
      advance: r1,
    },
    { iteration: 'succeeded', incumbent: 'ck-1', queue: [] },
  ],
  [
    'a rejected last round ends the iteration with the incumbent it had',
    {
      rounds: [
        { state: 'accepted', candidateCheckpointId: 'ck-0' },
        { state: 'rejected', candidateCheckpointId: 'ck-1' },
      ],
      iteration: { incumbentCheckpointId: 'ck-0' },
      advance: r1,
    },
    { iteration: 'succeeded', incumbent: 'ck-0', queue: [] },
  ],
  [
    'a failed round fails the iteration',
    { rounds: [{ state: 'failed', reason: 'training failed' }] },
    { iteration: 'failed', reason: 'round 0: training failed', rounds: ['failed', 'cancelled'], queue: [] },
  ],
  [
    'a round of an iteration that is being cancelled is cancelled, and the queue is told of those still open',
    { rounds: [{ state: 'explore' }], shards: [null], iteration: { state: 'cancelling' } },
    { iteration: 'cancelling', rounds: ['cancelled', 'waiting'], queue: [r1] },
  ],
  [
    'the last open round of an iteration that is being cancelled ends it',
    { rounds: [{ state: 'cancelled' }], iteration: { state: 'cancelling' }, advance: r1 },
    { iteration: 'cancelled', rounds: ['cancelled', 'cancelled'], queue: [] },
  ],
  [
    'what finished before the iteration was cancelled stays finished',
    { rounds: [{ state: 'accepted' }, { state: 'cancelled' }], iteration: { state: 'cancelling' } },
    { iteration: 'cancelled', rounds: ['accepted', 'cancelled'], queue: [] },
  ],
  ...(['paused', 'cancelled', 'succeeded', 'failed'] as const).map(
    (state): Row => [
      `nothing moves in an iteration that is ${state}`,
      { rounds: [{ state: 'explore' }], shards: [done, null], iteration: { state } },
      { iteration: state, rounds: ['explore', 'waiting'], queue: [] },
    ],
  ),
]

describe('advancing a round', () => {
  test.each(rows)('%s', async (_title, arrangement, expected) => {
    const memory = await arrange(arrangement)
    await advanceRound(memory.world, arrangement.advance ?? r0)
    expect(await standing(memory)).toMatchObject(expected)
  })

  test.each(rows)('again or by many at once, changes nothing more: %s', async (_title, arrangement) => {
    const { advance = r0 } = arrangement
    const once = await arrange(arrangement)
    await advanceRound(once.world, advance)
    const expected = await standing(once)
    await advanceRound(once.world, advance)
    expect(await standing(once)).toEqual(expected)
    const many = await arrange(arrangement)
    await Promise.all([0, 1, 2, 3].map(() => advanceRound(many.another(), advance)))
    expect(await standing(many)).toEqual(expected)
  })

  test('of an unknown round does nothing', async () => {
    const memory = await arrange({})
    await advanceRound(memory.world, 'none')
    expect(await standing(memory)).toMatchObject({ rounds: ['waiting', 'waiting'], queue: [] })
  })

  test('begins a round only after the iteration knows the incumbent that it begins with', async () => {
    const memory = await arrange({ rounds: [{ state: 'accepted', candidateCheckpointId: 'ck-0' }] })
    await advanceRound(memory.world, r1)
    expect(await standing(memory)).toMatchObject({ incumbent: 'ck-0', rounds: ['accepted', 'explore'] })
    expect((await memory.world.rounds.round(r1))?.incumbentCheckpointId).toBe('ck-0')
  })

  test('ends the round when its stage cannot be planned, unless that may pass', async () => {
    const memory = await arrange({ rounds: [{ state: 'explore' }] })
    const broken = (retryable: boolean) => {
      const problems = async () => {
        throw new PortError('the problems are gone', { retryable })
      }
      return { ...memory.world, problems: { ...memory.world.problems, problems } }
    }
    await expect(advanceRound(broken(true), r0)).rejects.toThrow('the problems are gone')
    expect((await standing(memory)).rounds).toEqual(['explore', 'waiting'])
    await advanceRound(broken(false), r0)
    expect(await standing(memory)).toMatchObject({ iteration: 'failed', reason: 'round 0: the problems are gone' })
  })

  test('ends the round when a result in the store is none', async () => {
    const shards = [{ kind: 'done', result: { problems: 'many' }, progress: null }] as const
    const memory = await arrange({ rounds: [{ state: 'explore' }], shards })
    await advanceRound(memory.world, r0)
    expect((await standing(memory)).rounds).toEqual(['failed', 'cancelled'])
  })

  test('tells each event once, however often it is called', async () => {
    const memory = await arrange({})
    for (let again = 0; again < 3; again++) await Promise.all([0, 1].map(() => advanceRound(memory.another(), r0)))
    const events = await memory.world.events.read('it-1', 0, 100)
    expect(events.map(({ kind }) => kind)).toEqual(['round.started', 'stage.planned'])
  })
})

describe('the reconcile', () => {
  test.each(['explore', 'waiting'] as readonly RoundState[])(
    'fills a queue that forgot a round in %s',
    async (state) => {
      const memory = await arrange({ rounds: [{ state }] })
      await reconcile(memory.world)
      expect((await standing(memory)).queue).toEqual([`${r0} explore 0`, `${r0} explore 1`])
      memory.backlog.waiting.clear()
      await reconcile(memory.world)
      expect((await standing(memory)).queue).toEqual([`${r0} explore 0`, `${r0} explore 1`])
    },
  )

  test('goes on to other rounds when one cannot be advanced', async () => {
    const memory = await arrange({ rounds: [{ state: 'explore' }], shards: [null] })
    await startIteration(memory.world, sumsRecipe({ name: 'other' }), { idempotencyKey: null })
    memory.backlog.waiting.clear()
    const { shards } = memory.world
    const broken: typeof shards.shards = async (roundId, stage) => {
      if (roundId === r0) throw new Error('the row is locked')
      return await shards.shards(roundId, stage)
    }
    const errors: unknown[] = []
    const logger = { ...memory.world.logger, error: (fields: Record<string, unknown>) => errors.push(fields) }
    await reconcile({ ...memory.world, shards: { ...shards, shards: broken }, logger })
    expect(errors).toEqual([{ roundId: r0, reason: 'the row is locked' }])
    expect((await standing(memory)).queue).toEqual(['it-2-r0 explore 0', 'it-2-r0 explore 1'])
  })
})
