import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { IterationState } from '@ratchet/domain/round/iteration-state.ts'
import { trainingRun } from '@ratchet/ports/testing/training-store-contract.ts'
import { sampleRecipe, storeSampleSets } from './testing/sample.ts'
import { createTestApi, type TestApi } from './testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await createTestApi()
  await storeSampleSets(api.world)
})
afterAll(() => api.close())

const get = (url: string) => api.request({ url })
const post = (url: string, body?: unknown) =>
  api.request({
    method: 'POST',
    url,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body) }),
  })

/** An iteration in this state, whose round 0 has failed in train. */
async function ended(state: IterationState = 'failed'): Promise<string> {
  const { id } = (await post('/v1/iterations', sampleRecipe)).json()
  const [first, second] = await api.world.rounds.rounds(id)
  const iteration = await api.world.rounds.iteration(id)
  if (first === undefined || second === undefined || iteration === null) throw new Error('they were created')
  const at = { finishedAt: new Date() }
  await api.world.shards.plan(first.id, 'train', [{ jobId: first.id }])
  await api.world.training.record(trainingRun(first.id, { state: 'failed', reason: 'no such partition' }))
  const results = { explore: {}, score: {}, curate: {} }
  await api.world.rounds.updateRound(first, { ...at, state: 'failed', reason: 'no such partition', results })
  await api.world.rounds.updateRound(second, { ...at, state: 'cancelled' })
  await api.world.rounds.updateIteration(iteration, { ...at, state, reason: 'round 0: no such partition' })
  return id
}

describe('retrying an iteration', () => {
  test('that failed goes on in the stage that failed, under what was changed, and the driver is told', async () => {
    const id = await ended()
    const response = await post(`/v1/iterations/${id}/retry`, {
      cluster: { backend: 'slurm', partition: 'gpu' },
      patience: { queueMinutes: 5 },
    })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      id,
      state: 'running',
      reason: null,
      finishedAt: null,
      recipe: { cluster: { backend: 'local' } },
      rounds: [
        { state: 'train', reason: null },
        { state: 'waiting', reason: null },
      ],
    })
    expect(api.queued).toContainEqual({ kind: 'advance-round', roundId: `${id}-r0` })
    for (const index of [0, 1])
      expect((await get(`/v1/rounds/${id}-r${index}`)).json().recipe).toMatchObject({
        cluster: { backend: 'slurm', partition: 'gpu' },
        patience: { queueMinutes: 5 },
        serving: { backend: 'policy-server' },
      })
    expect((await get(`/v1/rounds/${id}-r0`)).json().training).toMatchObject({ state: 'pending', attempt: 2 })
    const { items } = (await get(`/v1/iterations/${id}/events?follow=false`)).json()
    expect(items.at(-1)).toMatchObject({
      kind: 'iteration.retried',
      roundId: `${id}-r0`,
      body: { state: 'running', round: 0, stage: 'train', changes: { cluster: { partition: 'gpu' } } },
    })
  })

  test('needs no body, and a second time is told that it runs', async () => {
    const id = await ended()
    expect((await post(`/v1/iterations/${id}/retry`)).json()).toMatchObject({ state: 'running' })
    const again = await post(`/v1/iterations/${id}/retry`)
    expect(again.json()).toMatchObject({
      status: 409,
      type: 'urn:ratchet:problem:refused',
      detail: 'the iteration runs: there is nothing to retry',
    })
    expect((await get(`/v1/iterations/${id}`)).json()).toMatchObject({ state: 'running' })
  })

  test.each(['paused', 'cancelling', 'cancelled', 'succeeded'] as const)('that is %s is a 409', async (state) => {
    expect((await post(`/v1/iterations/${await ended(state)}/retry`)).statusCode).toBe(409)
  })

  test('takes YAML too', async () => {
    const response = await api.request({
      method: 'POST',
      url: `/v1/iterations/${await ended()}/retry`,
      headers: { 'content-type': 'application/yaml' },
      payload: 'cluster: { backend: local, device: cpu }',
    })
    expect(response.json()).toMatchObject({ state: 'running' })
  })

  test('with wrong changes names every field with a remedy, and leaves it failed', async () => {
    const id = await ended()
    const cluster = { backend: 'slurm', partitoin: 'gpu' }
    const { status, type, detail, errors } = (
      await post(`/v1/iterations/${id}/retry`, { cluster, train: {}, evaluate: {} })
    ).json()
    expect({ status, type, detail }).toEqual({
      status: 422,
      type: 'urn:ratchet:problem:invalid-recipe',
      detail: 'the change has 3 problems',
    })
    expect(errors.map(({ path }: { path: string }) => path)).toEqual(['train', 'evaluate', 'cluster.partitoin'])
    expect(errors.every(({ remedy }: { remedy?: string }) => (remedy ?? '') !== '')).toBe(true)
    expect((await get(`/v1/iterations/${id}`)).json()).toMatchObject({ state: 'failed' })
    const malformed = await api.request({
      method: 'POST',
      url: `/v1/iterations/${id}/retry`,
      headers: { 'content-type': 'application/json' },
      payload: '{',
    })
    expect(malformed.statusCode).toBe(400)
  })

  test('that nobody started is a 404', async () => {
    expect((await post('/v1/iterations/it-nobody/retry')).statusCode).toBe(404)
  })

  test('is described in the reference', async () => {
    const { paths, components } = (await get('/v1/openapi.json')).json()
    expect(Object.keys(paths)).toContain('/v1/iterations/{id}/retry')
    expect(Object.keys(components.schemas.RetryChangesInput.properties)).toEqual(['cluster', 'serving', 'patience'])
  })
})
