import { afterEach, describe, expect, test } from '@jest/globals'
import { deterministicLogprob, startDeterministicEndpoint } from '../testing/deterministic-endpoint.ts'
import { createStaticServing } from './static.ts'

const tokenIds = [104, 105, 106]
const canary = {
  text: 'hij',
  tokenIds,
  logprobs: tokenIds.map((id, index) => (index === 0 ? null : deterministicLogprob(id))),
}
const other = { ...canary, logprobs: canary.logprobs.map((each) => (each === null ? null : each - 1)) }

describe('endpoints on which others serve checkpoints', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  async function serve(model: string, ...names: string[]) {
    const endpoint = await startDeterministicEndpoint({ answer: () => '', models: names })
    const endpoints = [{ url: endpoint.url, maxInFlight: 4 }]
    const serving = createStaticServing({ model, endpoints, env: {} })
    closing.push(serving.close, () => endpoint.close())
    return { serving, endpoints }
  }

  test('a checkpoint that is served under its name is proven and taken', async () => {
    const { serving, endpoints } = await serve('{name}', 'p1')
    const report = await serving.ensure({ name: 'p1', path: '/checkpoints/p1', canary })
    expect(report).toEqual({ state: 'ready', served: { model: 'p1', endpoints } })
  })

  test('one that is not served yet is waited for, with what to serve and under which name', async () => {
    const { serving } = await serve('{name}', 'p1')
    expect(await serving.ensure({ name: 'p2', path: '/checkpoints/p2', canary })).toEqual({
      state: 'starting',
      reason: expect.stringMatching(/does not serve p2 yet: serve \/checkpoints\/p2 there under that name/),
    })
  })

  test('the name may be the path or a fixed one', async () => {
    const byPath = await serve('{path}', '/checkpoints/p1')
    expect((await byPath.serving.ensure({ name: 'p1', path: '/checkpoints/p1', canary })).state).toBe('ready')
    const fixed = await serve('prod', 'prod')
    expect((await fixed.serving.ensure({ name: 'p1', path: '/checkpoints/p1', canary })).state).toBe('ready')
  })

  test('other weights are waited on at every look until the right ones are there, and a release changes nothing', async () => {
    const { serving } = await serve('{name}', 'p1')
    const wanted = { name: 'p1', path: '/checkpoints/p1', canary }
    expect((await serving.ensure(wanted)).state).toBe('ready')
    expect(await serving.ensure({ ...wanted, canary: other })).toEqual({
      state: 'starting',
      reason: expect.stringMatching(
        /other weights than .*served as p1.*: serve \/checkpoints\/p1 there under that name/,
      ),
    })
    await serving.release('p1')
    expect((await serving.ensure(wanted)).state).toBe('ready')
  })
})
