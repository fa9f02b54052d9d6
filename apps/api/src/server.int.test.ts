import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { seriesStart } from '@ratchet/ports/cluster.ts'
import { trainingRun, trainingStep } from '@ratchet/ports/testing/training-store-contract.ts'
import { ProblemDocument } from './schemas/problem-document.ts'
import { jsonLines, sampleProblems, sampleRecipe, sampleTrajectory, storeSampleSets } from './testing/sample.ts'
import { createTestApi, type TestApi } from './testing/test-api.ts'

let api: TestApi
let problemSetId: string
beforeAll(async () => {
  api = await createTestApi({ settings: { bodyLimitBytes: 100_000, uploadLimitBytes: 200_000 } })
  problemSetId = (await storeSampleSets(api.world)).problemSetId
})
afterAll(() => api.close())

type Call = { body?: unknown; text?: string; type?: string; headers?: Record<string, string> }

async function call(
  method: 'GET' | 'POST',
  url: string,
  { body, text, type = 'application/json', headers = {} }: Call = {},
) {
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await api.request({
    method,
    url,
    headers: { ...(payload === undefined ? {} : { 'content-type': type }), ...headers },
    ...(payload === undefined ? {} : { payload }),
  })
  return response
}

async function problem(response: Awaited<ReturnType<typeof call>>) {
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  const document = ProblemDocument.parse(response.json())
  expect(document.status).toBe(response.statusCode)
  return document
}

async function startOne(headers: Record<string, string> = {}) {
  return await call('POST', '/v1/iterations', { body: sampleRecipe, headers })
}

describe('starting an iteration', () => {
  test('a recipe as JSON starts it, with its rounds, and the driver is told', async () => {
    const response = await startOne()
    expect(response.statusCode).toBe(201)
    const iteration = response.json()
    expect(response.headers.location).toBe(`/v1/iterations/${iteration.id}`)
    expect(iteration).toMatchObject({
      state: 'running',
      name: 'sample',
      problemSetId,
      recipe: { problems: problemSetId },
    })
    expect(iteration.rounds.map((round: { state: string }) => round.state)).toEqual(['waiting', 'waiting'])
    expect(api.queued).toContainEqual({ kind: 'advance-round', roundId: iteration.rounds[0].id })
  })

  test('YAML is the same as JSON', async () => {
    const response = await call('POST', '/v1/iterations', {
      text: `
name: from-yaml
baseModel: /models/base
problems: chains
rounds: 0
imitate: {from: teacher, teacher: {model: m, endpoints: [{url: "http://127.0.0.1:1/v1"}]}}
train: {sft: {learningRate: 1e-3, maxSteps: 10}}
evaluate: {benchmarks: [{name: held-out, problemSet: held-out}]}
`,
      type: 'application/yaml',
    })
    expect(response.statusCode).toBe(201)
    expect(response.json()).toMatchObject({ name: 'from-yaml', recipe: { train: { sft: { learningRate: 0.001 } } } })
  })

  test('the same key gives the same iteration, and another recipe under it is refused', async () => {
    const first = await startOne({ 'idempotency-key': 'key-1' })
    const second = await startOne({ 'idempotency-key': 'key-1' })
    expect([first.statusCode, second.statusCode]).toEqual([201, 200])
    expect(second.json().id).toBe(first.json().id)
    const other = await call('POST', '/v1/iterations', {
      body: { ...sampleRecipe, seed: 7 },
      headers: { 'idempotency-key': 'key-1' },
    })
    expect(await problem(other)).toMatchObject({ status: 422, type: 'urn:ratchet:problem:idempotency-key-reused' })
  })

  test('every problem of a recipe comes at once, each with its path and remedy', async () => {
    const response = await call('POST', '/v1/iterations', { body: { ...sampleRecipe, rounds: -1, baseModl: 'x' } })
    const document = await problem(response)
    expect(document).toMatchObject({
      status: 422,
      type: 'urn:ratchet:problem:invalid-recipe',
      instance: '/v1/iterations',
    })
    expect(document.errors.map((error) => error.path)).toEqual(expect.arrayContaining(['rounds', 'baseModl']))
    expect(document.errors.every((error) => (error.remedy ?? '') !== '')).toBe(true)
  })

  test('an unknown problem set is named where the recipe names it', async () => {
    const document = await problem(
      await call('POST', '/v1/iterations', { body: { ...sampleRecipe, problems: 'nowhere' } }),
    )
    expect(document.errors[0]?.path).toBe('problems')
  })

  test('a bad idempotency key is a 400 that names the header', async () => {
    const document = await problem(await startOne({ 'idempotency-key': 'x'.repeat(300) }))
    expect(document).toMatchObject({ status: 400, errors: [{ path: 'header.idempotency-key' }] })
  })
})

describe('iterations', () => {
  test('are listed newest first, page by page', async () => {
    const first = (await call('GET', '/v1/iterations?limit=2')).json()
    expect(first.items).toHaveLength(2)
    const second = (await call('GET', `/v1/iterations?limit=2&cursor=${first.nextCursor}`)).json()
    const ids = [...first.items, ...second.items].map((item: { id: string }) => item.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(second.nextCursor).toBeNull()
  })

  test('are paused, resumed and cancelled; what their state does not allow is a 409', async () => {
    const { id } = (await startOne()).json()
    expect((await call('POST', `/v1/iterations/${id}/pause`)).json().state).toBe('paused')
    expect((await call('POST', `/v1/iterations/${id}/pause`)).json().state).toBe('paused')
    expect((await call('POST', `/v1/iterations/${id}/resume`)).json().state).toBe('running')
    expect((await call('POST', `/v1/iterations/${id}/cancel`)).json().state).toBe('cancelling')
    expect(await problem(await call('POST', `/v1/iterations/${id}/resume`))).toMatchObject({ status: 409 })
    expect((await call('GET', `/v1/iterations/${id}`)).json()).toMatchObject({ id, state: 'cancelling' })
  })

  test('that are over give up what they still serve, and no others do', async () => {
    const { id, rounds } = (await startOne()).json()
    const release = () => call('POST', `/v1/iterations/${id}/release`)
    expect(await problem(await release())).toMatchObject({ status: 409 })
    expect(await problem(await call('POST', '/v1/iterations/none/release'))).toMatchObject({ status: 404 })
    const roundId = rounds[0].id
    const checkpoint = { id: `${id}-c`, iterationId: id, roundId, path: '/c', manifestSha256: null, uri: null }
    await api.world.checkpoints.record({ ...checkpoint, metrics: {} })
    const deployment = { iterationId: id, roundId, checkpointId: checkpoint.id, endpoints: [], reason: null }
    await api.world.deployments.record({ ...deployment, name: 'winner', state: 'ready' })
    await api.world.deployments.record({ ...deployment, name: 'loser', state: 'released' })
    const seen = await api.world.rounds.iteration(id)
    if (seen === null) throw new Error('no iteration')
    await api.world.rounds.updateIteration(seen, { state: 'succeeded', finishedAt: new Date(0) })
    for (let again = 0; again < 2; again += 1)
      expect((await release()).json()).toMatchObject({ id, state: 'succeeded' })
    const { items } = (await call('GET', `/v1/deployments?iterationId=${id}`)).json()
    expect(items.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['winner', 'releasing'],
      ['loser', 'released'],
    ])
  })
})

describe('rounds', () => {
  test('show the progress of each stage and what was sampled', async () => {
    const { rounds } = (await startOne()).json()
    const seen = await api.world.rounds.round(rounds[0].id)
    if (seen === null) throw new Error('no round')
    await api.world.rounds.updateRound(seen, { state: 'explore', startedAt: new Date(0) })
    await api.storeTrajectories(
      seen.id,
      [0, 1, 2].map((index) => sampleTrajectory(seen.id, problemSetId, index)),
    )
    const round = (await call('GET', `/v1/rounds/${seen.id}`)).json()
    expect(round).toMatchObject({ state: 'explore', startedAt: '1970-01-01T00:00:00.000Z' })
    expect(round.stages.map((stage: { state: string }) => stage.state)).toEqual([
      'running',
      ...Array(5).fill('pending'),
    ])
    expect(round.stages[0]).toMatchObject({
      stage: 'explore',
      shards: { total: 1, claimed: 1, done: 0 },
      progress: { done: 1, total: 2, unit: 'problems', note: 'a note' },
    })
    expect(round.tallies.explore).toMatchObject({ rollouts: 3, correct: 1, incorrect: 2, completionTokens: 15 })
    const shards = (await call('GET', `/v1/rounds/${seen.id}/shards?stage=explore`)).json().items
    expect(shards).toEqual([
      expect.objectContaining({ stage: 'explore', index: 0, status: 'claimed', owner: 'tester' }),
    ])
    const { iterationId } = round
    expect((await call('GET', `/v1/iterations/${iterationId}/rounds`)).json().items).toHaveLength(2)
  })

  test('show the training job, its attempts, and its steps page by page', async () => {
    const cluster = { backend: 'local', maxGpuHours: 2, gpuHourCost: 1.5 }
    const { id: iterationId, rounds } = (
      await call('POST', '/v1/iterations', { body: { ...sampleRecipe, cluster } })
    ).json()
    const [{ id }] = rounds
    const early = await problem(await call('GET', `/v1/rounds/${id}/training`))
    expect(early).toMatchObject({ status: 404, detail: expect.stringContaining('stage train') })
    expect((await call('GET', `/v1/rounds/${id}`)).json().training).toBeNull()
    expect((await call('GET', `/v1/rounds/${id}/training/steps`)).json()).toEqual({ items: [], next: null })

    const { training } = api.world
    const progress = { phase: 'sft', step: 3, maxSteps: 9, loss: 0.5, tokensPerSecond: 10, expectedEndAt: new Date(0) }
    const usage = { seconds: 1800, gpuSeconds: 3600 }
    await training.record(trainingRun(id))
    await training.record(
      trainingRun(id, {
        state: 'running',
        attempt: 2,
        because: 'the node was lost',
        reason: null,
        progress,
        usage,
        cost: 1.5,
      }),
    )
    const steps = [1, 2, 3].map((step) => trainingStep(step))
    await training.append(id, seriesStart, { steps, next: { attempt: 1, offset: 9 } })

    const { attempts, ...shown } = (await call('GET', `/v1/rounds/${id}/training`)).json()
    expect(shown).toMatchObject({
      backend: 'local',
      state: 'running',
      attempt: 2,
      phase: 'sft',
      step: 3,
      maxSteps: 9,
      expectedEndAt: '1970-01-01T00:00:00.000Z',
      gpuSeconds: 3600,
      gpuSecondsBudget: 7200,
      cost: 1.5,
      costBudget: 3,
    })
    expect(attempts).toMatchObject([
      { attempt: 1, because: null },
      { attempt: 2, because: 'the node was lost' },
    ])
    expect((await call('GET', `/v1/rounds/${id}`)).json().training).toEqual(shown)

    const first = (await call('GET', `/v1/rounds/${id}/training/steps?phase=sft&limit=2`)).json()
    expect(first.items[0]).toEqual({
      phase: 'sft',
      step: 1,
      attempt: 1,
      at: '2026-01-01T00:00:01.000Z',
      loss: 0.5,
      learningRate: 0.001,
      gradNorm: 1.5,
      tokens: 100,
      rewardsMargin: null,
      rewardsAccuracy: null,
    })
    const second = (await call('GET', `/v1/rounds/${id}/training/steps?after=${first.next}`)).json()
    expect([...first.items, ...second.items].map(({ step }: { step: number }) => step)).toEqual([1, 2, 3])
    const none = (await call('GET', `/v1/rounds/${id}/training/steps?after=${second.next}`)).json()
    expect(none).toEqual({ items: [], next: 'sft:3' })

    for (const [query, path] of [
      ['phase=dpo', 'query.phase'],
      ['after=dpo:1', 'query.after'],
      ['after=3', 'query.after'],
      ['limit=0', 'query.limit'],
    ])
      expect(await problem(await call('GET', `/v1/rounds/${id}/training/steps?${query}`))).toMatchObject({
        status: 400,
        errors: [{ path }],
      })
    for (const rest of ['training', 'training/steps'])
      expect(await problem(await call('GET', `/v1/rounds/${iterationId}/${rest}`))).toMatchObject({ status: 404 })
  })

  test('a re-curation before anything was scored says what to wait for', async () => {
    const { rounds } = (await startOne()).json()
    const document = await problem(
      await call('POST', `/v1/rounds/${rounds[0].id}/recurate`, { body: { pool: 'this-round' } }),
    )
    expect(document).toMatchObject({ status: 422, type: 'urn:ratchet:problem:invalid-recipe' })
    const wrong = await problem(await call('POST', `/v1/rounds/${rounds[0].id}/recurate`, { body: { pool: 'mine' } }))
    expect(wrong.errors[0]?.path).toBe('pool')
    expect(await problem(await call('POST', '/v1/rounds/none/recurate', { body: {} }))).toMatchObject({ status: 404 })
  })
})

describe('trajectories', () => {
  test('are filtered, paged, and explained one by one', async () => {
    const { rounds } = (await startOne()).json()
    const roundId: string = rounds[0].id
    const stored = [0, 1, 2].map((index) => sampleTrajectory(roundId, problemSetId, index))
    await api.storeTrajectories(roundId, stored)
    await api.world.trajectories.decide(roundId, 'recipe', [
      { trajectoryId: `tr-${roundId}-0`, kept: false, rule: 'correct', value: 'incorrect' },
    ])
    const page = (await call('GET', `/v1/trajectories?roundId=${roundId}&limit=2`)).json()
    expect(page.items.map((each: { index: number }) => each.index)).toEqual([0, 1])
    expect(page.items[0]).not.toHaveProperty('segment')
    const rest = (await call('GET', `/v1/trajectories?roundId=${roundId}&limit=2&offset=${page.nextOffset}`)).json()
    expect(rest).toMatchObject({ items: [{ index: 2 }], nextOffset: null })
    const correct = (
      await call('GET', `/v1/trajectories?roundId=${roundId}&decision=correct&purpose=explore&problemId=p-0`)
    ).json()
    expect(correct.items.map((each: { index: number }) => each.index)).toEqual([1])
    expect((await call('GET', `/v1/trajectories/tr-${roundId}-0`)).json()).toMatchObject({
      text: '<think>thinking 0</think>0',
      problem: { id: 'p-0', verification: { gold: ['1'] } },
      verdicts: [{ decision: 'incorrect', verifier: 'exact@1' }],
      decisions: [{ roundId, curationId: 'recipe', kept: false, rule: 'correct', value: 'incorrect' }],
    })
  })

  test('without a round or an iteration the remedy says so', async () => {
    expect(await problem(await call('GET', '/v1/trajectories'))).toMatchObject({
      status: 400,
      errors: [{ path: 'query.roundId' }],
    })
  })
})

describe('uploads', () => {
  const ndjson = 'application/x-ndjson'

  test('JSON Lines and JSON give the same set', async () => {
    const rows = sampleProblems(4, 'up')
    const lines = await call('POST', '/v1/problem-sets?name=uploaded', { text: jsonLines(rows), type: ndjson })
    expect(lines.statusCode).toBe(201)
    const json = await call('POST', '/v1/problem-sets', { body: { name: 'uploaded', problems: rows } })
    expect(json.json()).toEqual(lines.json())
    expect((await call('GET', '/v1/problem-sets/uploaded')).json()).toMatchObject({ count: 4 })
    const page = (await call('GET', '/v1/problem-sets/uploaded/problems?limit=3')).json()
    expect(page).toMatchObject({ nextOffset: 3, items: [{ id: 'up-0' }, { id: 'up-1' }, { id: 'up-2' }] })
  })

  test('a wrong line is named, and nothing is stored', async () => {
    const text = `${jsonLines(sampleProblems(2, 'bad'))}{"id":"x y","prompt":"p","verification":{"kind":"exact","gold":[]}}\n`
    const document = await problem(await call('POST', '/v1/problem-sets?name=bad', { text, type: ndjson }))
    expect(document.errors.map((error) => error.path)).toEqual(['line 3: id', 'line 3: verification.gold'])
    expect((await call('GET', '/v1/problem-sets/bad')).statusCode).toBe(404)
  })

  test('a missing name, a wrong row of JSON and ids twice are 422', async () => {
    const [one] = sampleProblems(1)
    const unnamed = await call('POST', '/v1/problem-sets', { text: jsonLines([one]), type: ndjson })
    expect((await problem(unnamed)).errors[0]?.path).toBe('name')
    const wrong = await call('POST', '/v1/problem-sets', { body: { name: 'x', problems: [{ ...one, prompt: '' }] } })
    expect((await problem(wrong)).errors[0]?.path).toBe('problems.0.prompt')
    const twice = await call('POST', '/v1/problem-sets', { body: { name: 'x', problems: [one, one] } })
    expect((await problem(twice)).detail).toContain('p-0')
  })

  test('demonstrations belong to a problem set that exists', async () => {
    const rows = [{ problemId: 'p-0', text: '<think>a</think>1' }]
    const stored = await call('POST', '/v1/demonstration-sets?name=demo&problemSet=chains', {
      text: jsonLines(rows),
      type: ndjson,
    })
    expect(stored.json()).toMatchObject({ name: 'demo', problemSetId, count: 1 })
    expect((await call('GET', '/v1/demonstration-sets')).json().items).toHaveLength(1)
    const unknownSet = await call('POST', '/v1/demonstration-sets?name=demo&problemSet=none', {
      text: jsonLines(rows),
      type: ndjson,
    })
    expect((await problem(unknownSet)).errors[0]?.path).toBe('problemSet')
    const unknownProblem = await call('POST', '/v1/demonstration-sets', {
      body: { name: 'demo', problemSet: 'chains', demonstrations: [{ problemId: 'zzz', text: 'x' }] },
    })
    expect((await problem(unknownProblem)).detail).toContain('zzz')
  })

  test('an upload over the limit is a 413', async () => {
    const text = jsonLines(sampleProblems(5000, 'big'))
    expect(await problem(await call('POST', '/v1/problem-sets?name=big', { text, type: ndjson }))).toMatchObject({
      status: 413,
    })
  })
})

describe('recipes', () => {
  test('are checked by themselves', async () => {
    expect((await call('POST', '/v1/recipes/check', { body: sampleRecipe })).json()).toEqual({
      ok: true,
      problems: [],
      rounds: 2,
    })
    const bad = (await call('POST', '/v1/recipes/check', { body: { ...sampleRecipe, name: 'No!' } })).json()
    expect(bad).toMatchObject({ ok: false, problems: [{ path: 'name' }], rounds: null })
  })

  test('a dry run shows the first prompt and bounds the cost', async () => {
    const run = (await call('POST', '/v1/dry-run', { body: sampleRecipe })).json()
    expect(run).toMatchObject({
      rounds: 2,
      problemCount: 3,
      firstPrompt: [{ role: 'user', content: '0+1' }],
      training: [{ submitted: 'train ROUND-ID', cluster: 'takes', reason: null }],
    })
    expect(await problem(await call('POST', '/v1/dry-run', { body: {} }))).toMatchObject({ status: 422 })
  })
})

describe('errors are problem documents', () => {
  test.each([
    ['an unknown route', 'GET', '/v1/nothing', {}, 404, 'not-found'],
    ['an unknown iteration', 'GET', '/v1/iterations/none', {}, 404, 'not-found'],
    ['steering an unknown iteration', 'POST', '/v1/iterations/none/pause', {}, 404, 'not-found'],
    ['an unknown round', 'GET', '/v1/rounds/none', {}, 404, 'not-found'],
    ['an unknown trajectory', 'GET', '/v1/trajectories/none', {}, 404, 'not-found'],
    ['an unknown dataset version', 'GET', '/v1/datasets/none', {}, 404, 'not-found'],
    ['an unknown checkpoint', 'GET', '/v1/checkpoints/none', {}, 404, 'not-found'],
    ['the events of an unknown iteration', 'GET', '/v1/iterations/none/events', {}, 404, 'not-found'],
    ['the rounds of an unknown iteration', 'GET', '/v1/iterations/none/rounds', {}, 404, 'not-found'],
    ['datasets of an unknown iteration', 'GET', '/v1/datasets?iterationId=none', {}, 404, 'not-found'],
    ['datasets of an unknown round', 'GET', '/v1/datasets?roundId=none', {}, 404, 'not-found'],
    ['trajectories of an unknown iteration', 'GET', '/v1/trajectories?iterationId=none', {}, 404, 'not-found'],
    ['trajectories of an unknown round', 'GET', '/v1/trajectories?roundId=none', {}, 404, 'not-found'],
    ['checkpoints of an unknown iteration', 'GET', '/v1/checkpoints?iterationId=none', {}, 404, 'not-found'],
    ['reports of an unknown iteration', 'GET', '/v1/reports?iterationId=none', {}, 404, 'not-found'],
    ['deployments of an unknown iteration', 'GET', '/v1/deployments?iterationId=none', {}, 404, 'not-found'],
    ['bad JSON', 'POST', '/v1/iterations', { text: '{' }, 400, 'malformed'],
    ['an empty body', 'POST', '/v1/iterations', { text: '' }, 400, 'malformed'],
    ['bad YAML', 'POST', '/v1/iterations', { text: 'a: [', type: 'application/yaml' }, 400, 'malformed'],
    [
      'another content type',
      'POST',
      '/v1/iterations',
      { text: 'x', type: 'text/plain' },
      415,
      'unsupported-media-type',
    ],
    ['a body too large', 'POST', '/v1/iterations', { text: 'x'.repeat(200_000) }, 413, 'too-large'],
    ['a bad query', 'GET', '/v1/iterations?limit=0', {}, 400, 'invalid-request'],
    ['a bad state', 'GET', '/v1/iterations?state=gone', {}, 400, 'invalid-request'],
    ['no body where a recipe belongs', 'POST', '/v1/iterations', {}, 422, 'invalid-recipe'],
    ['an address that is none', 'GET', '/v1/iterations/%E0%A4%A', {}, 400, 'malformed'],
  ] as const)('%s', async (_title, method, url, options, status, kind) => {
    const document = await problem(await call(method, url, options))
    expect(document).toMatchObject({ status, type: `urn:ratchet:problem:${kind}`, instance: url.split('?')[0] })
    expect(document.detail).not.toBe('')
  })

  test('what breaks inside is a 500 that tells the caller nothing and the log the reason', async () => {
    const broken = await createTestApi()
    Object.assign(broken.world.rounds, {
      iterations: async () => {
        throw new Error('the password is hunter2')
      },
    })
    const response = await broken.request({ url: '/v1/iterations' })
    expect(response.json()).toMatchObject({ status: 500, type: 'urn:ratchet:problem:internal' })
    expect(response.body).not.toContain('hunter2')
    expect(broken.logged.join('\n')).toContain('hunter2')
    await broken.close()
  })
})

describe('keys', () => {
  const hash = (key: string) => createHash('sha256').update(key).digest('hex')
  const apiKeys = [
    { hash: hash('reader-key'), scopes: ['read' as const] },
    { hash: hash('writer-key'), scopes: ['write' as const] },
  ]

  test('reading needs a key, writing one with the scope; health does not; keys are never logged', async () => {
    const guarded = await createTestApi({ settings: { host: '0.0.0.0', apiKeys } })
    const get = (url: string, key?: string) =>
      guarded.request({
        url,
        headers: { host: 'ratchet.example', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      })
    const none = await get('/v1/iterations')
    expect(none.statusCode).toBe(401)
    expect(none.headers['www-authenticate']).toContain('Bearer')
    expect((await problem(await get('/v1/iterations', 'wrong-key'))).status).toBe(401)
    expect((await get('/v1/iterations', 'reader-key')).statusCode).toBe(200)
    expect((await get('/v1/iterations', 'writer-key')).statusCode).toBe(200)
    expect((await get('/metrics')).statusCode).toBe(401)
    expect((await get('/health/live')).statusCode).toBe(200)
    expect((await get('/v1/openapi.json')).statusCode).toBe(200)
    const post = await guarded.request({
      method: 'POST',
      url: '/v1/iterations/x/pause',
      headers: { authorization: 'Bearer reader-key' },
    })
    expect(post.statusCode).toBe(403)
    expect(guarded.logged.join('\n')).not.toMatch(/reader-key|wrong-key|writer-key/)
    await guarded.close()
  })

  test('a server that strangers could reach does not start without keys', async () => {
    await expect(createTestApi({ settings: { host: '0.0.0.0' } })).rejects.toThrow('no API keys')
  })

  test('without keys, pages from elsewhere are refused', async () => {
    expect((await api.request({ url: '/v1/iterations', headers: { host: 'evil.example' } })).statusCode).toBe(403)
    expect((await api.request({ url: '/v1/iterations', headers: { origin: 'https://evil.example' } })).statusCode).toBe(
      403,
    )
    expect(
      (
        await api.request({
          url: '/v1/iterations',
          headers: { origin: 'http://localhost:5173', host: '127.0.0.1:7420' },
        })
      ).statusCode,
    ).toBe(200)
  })
})

describe('operation', () => {
  test('not ready while a check fails, without saying its secrets', async () => {
    const sick = await createTestApi({
      readiness: [
        { name: 'database', check: async () => {} },
        {
          name: 'queue',
          check: async () => {
            throw new Error('redis://user:secret@host is down')
          },
        },
      ],
    })
    const response = await sick.request({ url: '/health/ready' })
    expect(response.statusCode).toBe(503)
    expect(response.json().errors).toEqual([expect.objectContaining({ path: 'queue' })])
    expect(response.body).not.toContain('secret')
    expect((await sick.request({ url: '/health/live' })).json()).toEqual({ status: 'live' })
    await sick.close()
    expect((await call('GET', '/health/ready')).statusCode).toBe(200)
  })

  test('metrics are counted in the database', async () => {
    const response = await call('GET', '/metrics')
    expect(response.headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(response.body).toMatch(/ratchet_iterations\{state="running"\} [1-9]/)
    expect(response.body).toMatch(/ratchet_open_round_shards\{stage="explore",status="claimed"\} \d/)
    expect(response.body).toMatch(/ratchet_trajectories [1-9]/)
  })
})
