import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Trajectory } from '@ratchet/domain/trajectory.ts'
import { ClaimLost } from '@ratchet/ports/round-store.ts'
import { createShardStore } from './shard-store.ts'
import { claimOnlyShard, createPostgresWorld, type PostgresWorld, trajectoryOf } from './testing/postgres-world.ts'
import { createTrajectoryIndex, type TrajectoryIndex } from './trajectory-index.ts'

const segment = { key: 'segments/a', offset: 2 ** 33, length: 12 }

describe('the trajectory index', () => {
  let world: PostgresWorld
  let index: TrajectoryIndex
  beforeAll(async () => {
    world = await createPostgresWorld()
    index = createTrajectoryIndex(world.pool)
  })
  afterAll(() => world.close())

  const of = (roundId: string, difference: Partial<Trajectory> = {}) =>
    trajectoryOf(roundId, world.problemSetId, difference)
  const rowsOf = (trajectories: readonly Trajectory[]) => trajectories.map((trajectory) => ({ trajectory, segment }))

  test('gives a trajectory back as it was, with its segment, its round and its sampler’s perplexity', async () => {
    const claim = await claimOnlyShard(world, 'whole')
    const trajectory = of('whole-r0', { failure: null })
    await index.insert(claim, rowsOf([trajectory]))
    const found = await index.find(trajectory.id)
    expect(found).toEqual({
      ...trajectory,
      segment,
      roundIndex: 0,
      firstDecision: 'correct',
      perplexities: { 'policy-0': Math.E },
    })
    expect(await index.list({ roundIds: ['whole-r0'] })).toEqual([found])
    expect(await index.find('none')).toBeNull()
  })

  test('leaves rows alone whose key exists, and stores what a model wrote however odd', async () => {
    const claim = await claimOnlyShard(world, 'odd')
    const odd = of('odd-r0', {
      index: 1,
      logprobSum: null,
      verdict: { decision: 'undecided', reason: 'a\u0000b', extracted: '\ud800 😀', verifier: 'exact@1' },
    })
    await index.insert(claim, rowsOf([of('odd-r0')]))
    await index.insert(claim, rowsOf([of('odd-r0', { endpoint: 'other' }), odd]))
    const [first, second] = await index.list({ roundIds: ['odd-r0'] })
    expect(first?.endpoint).toBe('http://127.0.0.1:8000')
    expect(second).toMatchObject({ verdict: { reason: 'a\ufffdb', extracted: '\ufffd 😀' }, perplexities: {} })
    expect(await index.verdicts(first!.id)).toHaveLength(1)
    await index.insert(claim, [])
  })

  test('stores nothing under a claim that is no longer the newest or has ended', async () => {
    const claim = await claimOnlyShard(world, 'fenced')
    const shards = createShardStore(world.pool)
    await shards.settle(claim, { kind: 'released' })
    await expect(index.insert(claim, rowsOf([of('fenced-r0')]))).rejects.toBeInstanceOf(ClaimLost)
    const newer = await shards.claim('fenced-r0', 'explore', 0, 'other', 60)
    await expect(index.insert(claim, rowsOf([of('fenced-r0')]))).rejects.toBeInstanceOf(ClaimLost)
    expect(await index.list({ roundIds: ['fenced-r0'] })).toEqual([])
    await index.insert(newer!.claim, rowsOf([of('fenced-r0')]))
  })

  test('lets no newer claim begin while rows are being written', async () => {
    const claim = await claimOnlyShard(world, 'slow')
    const blocker = await world.pool.connect()
    // Holds the insert back in its middle: it waits for this row of the same key.
    await blocker.query('BEGIN')
    await blocker.query(
      `INSERT INTO trajectories SELECT (jsonb_populate_record(t, '{"id":"slow-r0.explore.p.0","round_id":"slow-r0"}')).* FROM trajectories t LIMIT 1`,
    )
    const inserting = index.insert(claim, rowsOf([of('slow-r0'), of('slow-r0', { index: 1 })]))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const claiming = createShardStore(world.pool)
      .settle(claim, { kind: 'released' })
      .then(() => 'settled')
    const soon = new Promise((resolve) => setTimeout(() => resolve('still waiting'), 200))
    expect(await Promise.race([claiming, soon])).toBe('still waiting')
    await blocker.query('ROLLBACK')
    blocker.release()
    await inserting
    expect(await claiming).toBe('settled')
    expect(await index.list({ roundIds: ['slow-r0'] })).toHaveLength(2)
  })

  test('lists by every filter, in order of problem and index, in pages', async () => {
    const claim = await claimOnlyShard(world, 'listed')
    const all = ['b', 'B', 'a'].flatMap((problemId) => [2, 10, 1].map((n) => of('listed-r0', { problemId, index: n })))
    const wrong = { decision: 'incorrect', reason: 'differs', extracted: null, verifier: 'exact@1' } as const
    const evaluated = of('listed-r0', { purpose: 'evaluate', problemId: 'c', verdict: wrong })
    await index.insert(claim, rowsOf([...all, evaluated]))
    const names = async (filter: Parameters<typeof index.list>[0]) =>
      (await index.list({ roundIds: ['listed-r0'], ...filter })).map((row) => `${row.problemId}${row.index}`)
    expect(await names({ purpose: 'explore' })).toEqual(['B1', 'B2', 'B10', 'a1', 'a2', 'a10', 'b1', 'b2', 'b10'])
    expect(await names({ limit: 2, offset: 3 })).toEqual(['a1', 'a2'])
    expect(await names({ problemIds: ['a', 'c'], decision: 'correct' })).toEqual(['a1', 'a2', 'a10'])
    expect(await names({ decision: 'incorrect' })).toEqual(['c0'])
    expect(await names({ problemSetId: 'none' })).toEqual([])
    expect(await names({ problemIds: [] })).toEqual([])
    expect(await names({ roundIds: [] })).toEqual([])
  })

  test('counts by decision, a failed rollout apart', async () => {
    const claim = await claimOnlyShard(world, 'counted')
    const undecided = { decision: 'undecided', reason: 'no answer', extracted: null, verifier: 'exact@1' } as const
    await index.insert(
      claim,
      rowsOf([
        of('counted-r0'),
        of('counted-r0', { index: 1, verdict: { ...undecided, decision: 'incorrect' } }),
        of('counted-r0', { index: 2, verdict: undecided, finish: 'length' }),
        of('counted-r0', { index: 3, verdict: undecided, finish: 'error', failure: '503', completionTokens: 0 }),
      ]),
    )
    expect(await index.tally('counted-r0', 'explore')).toEqual({
      rollouts: 4,
      correct: 1,
      incorrect: 1,
      undecided: 1,
      failed: 1,
      promptTokens: 40,
      completionTokens: 60,
    })
    expect((await index.tally('counted-r0', 'evaluate')).rollouts).toBe(0)
  })

  test('lets the newest verdict count', async () => {
    const claim = await claimOnlyShard(world, 'judged')
    const trajectory = of('judged-r0')
    await index.insert(claim, rowsOf([trajectory]))
    await world.pool.query(
      `INSERT INTO verdicts (trajectory_id, decision, reason, verifier) VALUES ($1, 'incorrect', 'second look', 'exact@2')`,
      [trajectory.id],
    )
    expect((await index.find(trajectory.id))?.verdict).toMatchObject({ decision: 'incorrect', verifier: 'exact@2' })
    expect(await index.list({ roundIds: ['judged-r0'], decision: 'correct' })).toEqual([])
    expect((await index.tally('judged-r0', 'explore')).incorrect).toBe(1)
    expect((await index.verdicts(trajectory.id)).map(({ verifier }) => verifier)).toEqual(['exact@1', 'exact@2'])
  })

  test('sets perplexities again and again, and replaces the decisions of a curation', async () => {
    const claim = await claimOnlyShard(world, 'scored')
    const [a, b] = [of('scored-r0'), of('scored-r0', { index: 1 })]
    await index.insert(claim, rowsOf([a, b]))
    await index.score(
      'incumbent',
      new Map([
        [a.id, 3],
        [b.id, Number.POSITIVE_INFINITY],
      ]),
    )
    await index.score('incumbent', new Map([[a.id, 2]]))
    expect((await index.find(a.id))?.perplexities).toEqual({ 'policy-0': Math.E, incumbent: 2 })
    const kept = (trajectoryId: string) => ({ trajectoryId, kept: true, rule: null, value: null })
    const rejected = { trajectoryId: b.id, kept: false, rule: 'length', value: '1' }
    await index.decide('scored-r0', 'first', [kept(a.id), kept(b.id)])
    await Promise.all([0, 1, 2].map(() => index.decide('scored-r0', 'first', [kept(a.id), rejected])))
    await index.decide('scored-r0', 'second', [kept(a.id)])
    const both = { roundId: 'scored-r0', curationId: 'first' }
    expect(await index.decisions(b.id)).toEqual([{ ...rejected, ...both }])
    expect(await index.decisions(a.id)).toHaveLength(2)
  })
})
