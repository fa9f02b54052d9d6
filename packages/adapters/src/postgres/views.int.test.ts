import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import { newIteration } from '@ratchet/ports/testing/new-iteration.ts'
import { trainingRun } from '@ratchet/ports/testing/training-store-contract.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createDatasetStore } from './dataset-store.ts'
import { createDeploymentStore } from './deployment-store.ts'
import { createEventLog } from './event-log.ts'
import { createReportStore } from './report-store.ts'
import { createRoundStore } from './round-store.ts'
import { createShardStore } from './shard-store.ts'
import { claimOnlyShard, createPostgresWorld, type PostgresWorld, trajectoryOf } from './testing/postgres-world.ts'
import { createTrainingStore } from './training-store.ts'
import { createTrajectoryIndex } from './trajectory-index.ts'

describe('the views that anybody may watch', () => {
  let world: PostgresWorld
  beforeAll(async () => {
    world = await createPostgresWorld()
  })
  afterAll(() => world.close())

  const select = async (view: string, iterationId: string) =>
    (await world.pool.query(`SELECT * FROM ${view} WHERE iteration_id = $1`, [iterationId])).rows

  test('show a stage, its round and its iteration as they go on', async () => {
    const claim = await claimOnlyShard(world, 'watched')
    const [rounds, shards] = [createRoundStore(world.prisma), createShardStore(world.pool)]
    const round = (await rounds.round('watched-r0'))!
    await rounds.updateRound(round, { state: 'explore', startedAt: new Date() })
    const segment = { key: 's', offset: 0, length: 1 }
    const trajectory = trajectoryOf('watched-r0', world.problemSetId)
    await createTrajectoryIndex(world.pool).insert(claim, [{ trajectory, segment }])
    await shards.heartbeat(claim, 60, { done: 3, total: 8, unit: 'problems', note: 'still hard' })

    const stages = await select('stage_progress', 'watched')
    expect(stages).toHaveLength(12)
    expect(stages.find((row) => row.round_index === 0 && row.stage === 'explore')).toMatchObject({
      state: 'running',
      shards_total: 1,
      shards_done: 0,
      shards_claimed: 1,
      progress_done: 3,
      progress_total: 8,
      progress_unit: 'problems',
      progress_note: 'still hard',
    })
    expect(stages.filter((row) => row.state === 'pending')).toHaveLength(11)
    const [first] = await select('round_status', 'watched')
    expect(first).toMatchObject({ state: 'explore', stage: 'explore', rollouts: '1', correct: '1', correct_share: 1 })
    expect(await select('iteration_status', 'watched')).toMatchObject([
      { state: 'running', current_round_index: 0, current_round_state: 'explore', progress_done: 3, rounds_total: 2 },
    ])

    const wait = { kind: 'waiting', retryInSeconds: 60, progress: null, progressed: false } as const
    await shards.settle(claim, { ...wait, reason: 'no endpoint answers' })
    expect((await select('iteration_status', 'watched'))[0]).toMatchObject({ current_reason: 'no endpoint answers' })
  })

  test('show what a round made, its scores and what the gate decided', async () => {
    await claimOnlyShard(world, 'made')
    const rounds = createRoundStore(world.prisma)
    const ids = { iterationId: 'made', roundId: 'made-r0' }
    const manifest = {
      format: 1 as const,
      kind: 'sft' as const,
      name: 'made',
      roundIndex: 0,
      rows: 7,
      rowsSha256: 'x',
      thoughtFormat: 'think',
      curation: null,
      funnel: [{ rule: 'correct', before: 9, after: 7 }],
      files: [],
    }
    const version = { ...ids, id: 'ds_1', kind: 'sft' as const, manifest, prefix: 'datasets/ds_1/' }
    const datasets = createDatasetStore(world.prisma)
    await Promise.all([0, 1, 2].map(() => datasets.record(version, 'plan')))
    expect(await datasets.list(ids)).toEqual([version])
    expect(await datasets.find('ds_1')).toEqual(version)

    const checkpoint = { ...ids, id: 'made-r0', path: '/c', manifestSha256: 'y', uri: null, metrics: { loss: 0.5 } }
    const checkpoints = createCheckpointStore(world.prisma)
    await Promise.all([0, 1, 2].map(() => checkpoints.record(checkpoint)))
    expect(await checkpoints.list('made')).toEqual([checkpoint])
    const report = {
      ...ids,
      checkpointId: 'made-r0',
      benchmark: 'held-out',
      problemSetId: world.problemSetId,
      problems: 1,
      samples: 1,
      passAt1: { value: 0.75, low: 0.5, high: 0.9 },
      passAtK: { '1': 0.75 },
      majorityAtK: 1,
      meanCompletionTokens: 20,
      truncatedShare: 0,
      scores: [],
    }
    const reports = createReportStore(world.prisma)
    await Promise.all([0, 1, 2].map(() => reports.record(report)))
    expect(await reports.list('made')).toEqual([report])
    expect(await reports.find('made-r0', 'held-out')).toEqual(report)

    const starting = {
      ...ids,
      checkpointId: 'made-r0',
      name: 'made-r0',
      state: 'starting',
      endpoints: [],
      reason: null,
    } as const
    const ready = { ...starting, state: 'ready', endpoints: ['http://127.0.0.1:8000/v1'] } as const
    const deployments = createDeploymentStore(world.prisma)
    await deployments.record(starting)
    await Promise.all([0, 1, 2].map(() => deployments.record(ready)))
    expect(await deployments.list('made')).toEqual([ready])

    const round = (await rounds.round('made-r0'))!
    await rounds.updateRound(round, { state: 'accepted', candidateCheckpointId: 'made-r0', finishedAt: new Date() })
    const iteration = (await rounds.iteration('made'))!
    await rounds.updateIteration(iteration, { incumbentCheckpointId: 'made-r0' })
    expect((await select('round_status', 'made'))[0]).toMatchObject({
      sft_dataset_id: 'ds_1',
      sft_rows: 7,
      candidate_pass_at_1: 0.75,
      gate_benchmark: 'held-out',
      gate_decision: 'accepted',
    })
    expect(await select('iteration_status', 'made')).toMatchObject([
      { rounds_finished: 1, incumbent_pass_at_1: 0.75, gate_benchmark: 'held-out' },
    ])
  })

  test('show a training job with its usage and what the recipe allows it', async () => {
    const iteration = newIteration('trained', world.problemSetId)
    const priced = { backend: 'local', maxGpuHours: 2, gpuHourCost: 1.5 }
    const rounds = iteration.rounds.map((each) => ({
      ...each,
      recipe: RoundRecipe.parse({ ...each.recipe, cluster: each.index === 0 ? priced : undefined }),
    }))
    await createRoundStore(world.prisma).createIteration({ ...iteration, rounds })
    const training = createTrainingStore(world.pool)
    const progress = { phase: 'sft', step: 7, maxSteps: 20, loss: 0.25, tokensPerSecond: 900, expectedEndAt: null }
    const usage = { seconds: 450, gpuSeconds: 3600 }
    await training.record(trainingRun('trained-r0', { progress, state: 'running', usage, cost: 1.5 }))
    await training.record(trainingRun('trained-r1'))
    const rows = await select('training_status', 'trained')
    expect(rows.find((row) => row.round_index === 0)).toEqual({
      iteration_id: 'trained',
      iteration_name: 'contract',
      round_id: 'trained-r0',
      round_index: 0,
      backend: 'local',
      state: 'running',
      attempt: 1,
      reason: 'it waits for a node',
      queue_position: 3,
      phase: 'sft',
      step: 7,
      max_steps: 20,
      loss: 0.25,
      tokens_per_second: 900,
      expected_end_at: null,
      heartbeat_at: null,
      seconds: 450,
      gpu_seconds: 3600,
      gpu_seconds_budget: 7200,
      cost: 1.5,
      cost_budget: 3,
      updated_at: expect.any(Date),
    })
    expect(rows.find((row) => row.round_index === 1)).toMatchObject({ gpu_seconds_budget: null, cost_budget: null })
  })

  test('cannot be written to, and neither can past events', async () => {
    await claimOnlyShard(world, 'fixed')
    const event = { iterationId: 'fixed', roundId: null, kind: 'test.event', body: {} }
    await createEventLog(world.prisma).append([event])
    await expect(world.pool.query(`UPDATE round_status SET reason = 'x'`)).rejects.toThrow('cannot update view')
    await expect(world.pool.query(`UPDATE round_events SET kind = 'x'`)).rejects.toThrow('append-only')
    await expect(world.pool.query('DELETE FROM round_events')).rejects.toThrow('append-only')
  })

  test('let no later event be seen before an earlier one that commits late', async () => {
    await claimOnlyShard(world, 'late')
    const events = createEventLog(world.prisma)
    const slow = await world.pool.connect()
    await slow.query('BEGIN')
    await slow.query(`INSERT INTO round_events (iteration_id, kind, body) VALUES ('late', 'first', '{}')`)
    const second = events.append([{ iterationId: 'late', roundId: null, kind: 'second', body: {} }])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await events.read('late', 0, 10)).toEqual([])
    await slow.query('COMMIT')
    slow.release()
    await second
    expect((await events.read('late', 0, 10)).map(({ kind }) => kind)).toEqual(['first', 'second'])
  })
})
