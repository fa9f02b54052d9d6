import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Sampling } from '@ratchet/domain/recipe/recipe.ts'
import type { Inference } from '@ratchet/ports/inference.ts'
import { InferenceError } from '@ratchet/ports/inference.ts'
import { Pool, request } from 'undici'
import { createSystemClock } from '../clock/system-clock.ts'
import {
  type DeterministicEndpointSettings,
  deterministicLogprob,
  startDeterministicEndpoint,
} from '../testing/deterministic-endpoint.ts'
import { createInferenceDirectory, type InferenceSettings } from './openai-compatible.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function endpoint(settings: Partial<DeterministicEndpointSettings> = {}) {
  const started = await startDeterministicEndpoint({
    models: ['m'],
    answer: ({ messages, seed }) => `${messages.at(-1)?.content} ${seed}`,
    ...settings,
  })
  closing.push(() => started.close())
  return started
}

function open(urls: readonly string[], settings: Partial<InferenceSettings> = {}, extra: object = {}): Inference {
  const directory = createInferenceDirectory({ env: {}, backoffMs: 5, ...settings })
  closing.push(() => directory.close())
  return directory.open({ model: 'm', endpoints: urls.map((url) => ({ url, maxInFlight: 4, ...extra })) })
}

async function plainServer(handle: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`
}

const sampling = Sampling.parse({})
const ask = (seed: number) => ({
  messages: [{ role: 'user', content: 'hello' } as const],
  sampling,
  seed,
  requestId: `r-${seed}`,
})
const failureOf = async (promise: Promise<unknown>): Promise<InferenceError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof InferenceError)) throw new Error(`expected an InferenceError, got ${String(error)}`)
  return error
}
const unless = (stop: () => boolean) => (stop() ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, 5)))
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries += 1) await unless(condition)
  expect(condition()).toBe(true)
}

describe('asking', () => {
  test('a completion comes with its tokens, their logprobs and the endpoint that answered', async () => {
    const server = await endpoint()
    const completion = await open([server.url]).sample(ask(7))
    expect(completion).toMatchObject({ text: 'hello 7', finish: 'stop', completionTokens: 8, endpoint: server.url })
    expect(completion.logprobs).toHaveLength(8)
    expect(server.lastHeaders['x-request-id']).toBe('r-7')
  })

  test('scoring gives the logprobs of exactly the completion', async () => {
    const server = await endpoint()
    const inference = open([server.url])
    const sampled = await inference.sample(ask(7))
    const { messages } = ask(7)
    const { logprobs } = await inference.score({ messages, completion: sampled.text, requestId: 's' })
    expect(logprobs).toEqual([...sampled.text].map((character) => deterministicLogprob(character.codePointAt(0) ?? 0)))
    expect(logprobs).toEqual(sampled.logprobs?.slice(0, -1))
  })

  test('a URL without a path means the same as one that ends in /v1', async () => {
    const server = await endpoint()
    await expect(open([server.url.replace(/\/v1$/, '')]).sample(ask(1))).resolves.toMatchObject({ text: 'hello 1' })
  })

  test('the key is read from the environment by its name', async () => {
    const server = await endpoint()
    await open([server.url], { env: { TEACHER_KEY: 'secret' } }, { apiKeyEnv: 'TEACHER_KEY' }).sample(ask(1))
    expect(server.lastHeaders['authorization']).toBe('Bearer secret')
  })

  test('a key that is not set is named', () => {
    expect(() => open(['http://127.0.0.1:1/v1'], {}, { apiKeyEnv: 'TEACHER_KEY' })).toThrow(/TEACHER_KEY.*is not set/)
  })

  test('an endpoint that refuses logprobs is asked without', async () => {
    let asked = 0
    const url = await plainServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        asked += 1
        if (body.includes('"logprobs"'))
          return response.writeHead(400).end('{"error":{"message":"logprobs are not supported"}}')
        const message = { content: 'x' }
        const usage = { prompt_tokens: 1, completion_tokens: 1 }
        response.end(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }], usage }))
      })
    })
    const inference = open([url])
    expect((await inference.sample(ask(1))).logprobs).toBeNull()
    await inference.sample(ask(2))
    expect(asked).toBe(3)
  })
})

describe('waiting', () => {
  test('no more are in flight than the endpoint takes, and all are answered', async () => {
    const server = await endpoint({ latencyMs: () => 5 })
    const inference = open([server.url])
    const texts = await Promise.all(Array.from({ length: 40 }, (_, seed) => inference.sample(ask(seed))))
    expect(texts.map(({ text }) => text)).toEqual(Array.from({ length: 40 }, (_, seed) => `hello ${seed}`))
    expect(server.mostInFlight).toBe(4)
  })

  test('models on the same endpoint share its limit', async () => {
    const server = await endpoint({ latencyMs: () => 5, models: ['m', 'n'] })
    const directory = createInferenceDirectory({ env: {} })
    closing.push(() => directory.close())
    const [m, n] = ['m', 'n'].map((model) =>
      directory.open({ model, endpoints: [{ url: server.url, maxInFlight: 3 }] }),
    )
    await Promise.all(Array.from({ length: 20 }, (_, seed) => (seed % 2 === 0 ? m : n)?.sample(ask(seed))))
    expect(server.mostInFlight).toBe(3)
  })

  test('the load is spread evenly over the endpoints', async () => {
    const servers = [await endpoint({ latencyMs: () => 20 }), await endpoint({ latencyMs: () => 20 })]
    const inference = open(servers.map(({ url }) => url))
    expect(inference.slots).toBe(8)
    await Promise.all(Array.from({ length: 8 }, (_, seed) => inference.sample(ask(seed))))
    expect(servers.map(({ asked }) => asked)).toEqual([4, 4])
  })

  test('an answer may take longer than the five minutes after which undici gives up', async () => {
    const timers: { tick(ms: number): void } = createRequire(import.meta.url)('undici/lib/util/timers.js')
    const server = await endpoint({ latencyMs: () => 1500 })
    const impatient = new Pool(new URL(server.url).origin)
    closing.push(() => impatient.destroy())
    const given = request(`${server.url}/chat/completions`, {
      dispatcher: impatient,
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [] }),
    }).catch((error: { code?: string }) => error.code)
    const ours = open([server.url]).sample(ask(1))
    await until(() => server.inFlight === 2)
    timers.tick(1_000)
    timers.tick(400_000)
    expect(await given).toBe('UND_ERR_HEADERS_TIMEOUT')
    expect((await ours).text).toBe('hello 1')
  })

  test('an answer later than our own deadline is a broken one, and is not asked for again', async () => {
    const server = await endpoint({ fault: () => ({ kind: 'hang' }) })
    const error = await failureOf(open([server.url], { deadlineMs: 50 }).sample(ask(1)))
    expect(error.failure).toBe('broken')
    expect(error.message).toContain(`${server.url} gave no answer within 0.05 s`)
    expect(server.asked).toBe(1)
    await until(() => server.inFlight === 0)
  })

  test('cancelling closes the connection and frees the slot', async () => {
    const server = await endpoint({ fault: ({ seed }) => (seed < 4 ? { kind: 'hang' } : null) })
    const inference = open([server.url])
    const cancel = new AbortController()
    const hanging = [0, 1, 2, 3].map((seed) =>
      inference.sample(ask(seed), cancel.signal).catch((error: unknown) => error),
    )
    await until(() => server.inFlight === 4)
    const waiting = inference.sample(ask(9))
    const reason = new Error('enough')
    cancel.abort(reason)
    expect(await Promise.all(hanging)).toEqual([reason, reason, reason, reason])
    expect((await waiting).text).toBe('hello 9')
    await until(() => server.cancelled === 4)
  })

  test('cancelling while waiting for a slot leaves the queue', async () => {
    const server = await endpoint({ latencyMs: () => 50 })
    const inference = open([server.url])
    const running = [0, 1, 2, 3].map((seed) => inference.sample(ask(seed)))
    const cancel = new AbortController()
    const waiting = inference.sample(ask(4), cancel.signal)
    cancel.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await Promise.all(running)
    expect(server.asked).toBe(4)
  })

  test('what is in flight or waiting when the model is closed ends', async () => {
    const server = await endpoint({ fault: () => ({ kind: 'hang' }) })
    const inference = open([server.url])
    const running = failureOf(inference.sample(ask(1)))
    await until(() => server.inFlight === 1)
    await inference.close()
    expect((await running).message).toContain('was closed')
  })
})

describe('failing', () => {
  test('a server error is tried again', async () => {
    const server = await endpoint({
      fault: ({ ask }) => (ask < 3 ? { kind: 'answer', status: 500, body: '{}' } : null),
    })
    expect((await open([server.url]).sample(ask(1))).text).toBe('hello 1')
    expect(server.asked).toBe(3)
  })

  test('a broken connection is tried again on another endpoint', async () => {
    const bad = await endpoint({ fault: () => ({ kind: 'reset' }) })
    const good = await endpoint()
    const inference = open([bad.url, good.url])
    for (let seed = 0; seed < 6; seed += 1) expect((await inference.sample(ask(seed))).endpoint).toBe(good.url)
    expect(bad.asked).toBeLessThanOrEqual(3)
  })

  test('an endpoint that is down is probed and used again', async () => {
    let down = true
    const flaky = await endpoint({ fault: () => (down ? { kind: 'reset' } : null) })
    let ms = 0
    const system = createSystemClock()
    const clock = { ...system, now: () => new Date(ms) }
    const inference = open([flaky.url], { clock, attempts: 1 })
    for (let seed = 0; seed < 3; seed += 1) await failureOf(inference.sample(ask(seed)))
    expect((await failureOf(inference.sample(ask(3)))).failure).toBe('unreachable')
    expect(flaky.asked).toBe(3)
    down = false
    ms += 1_100
    expect((await inference.sample(ask(4))).text).toBe('hello 4')
  })

  test('an overloaded endpoint is left alone for as long as it asks', async () => {
    const headers = { 'retry-after': '0.3' }
    const server = await endpoint({
      fault: ({ ask }) => (ask === 1 ? { kind: 'answer', status: 429, body: '', headers } : null),
    })
    const begun = performance.now()
    expect((await open([server.url]).sample(ask(1))).text).toBe('hello 1')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295)
  })

  test('a pause longer than is waited for is an error at once', async () => {
    const headers = { 'retry-after': '3600' }
    const server = await endpoint({ fault: () => ({ kind: 'answer', status: 503, body: '', headers }) })
    expect((await failureOf(open([server.url]).sample(ask(1)))).failure).toBe('overloaded')
    expect(server.asked).toBe(1)
  })

  test.each([
    [400, 'rejected', false],
    [401, 'unauthorized', false],
    [403, 'unauthorized', false],
    [500, 'broken', true],
  ] as const)('status %i means %s', async (status, failure, retryable) => {
    const body = '{"error":{"message":"no"}}'
    const server = await endpoint({ fault: () => ({ kind: 'answer', status, body }) })
    const error = await failureOf(open([server.url], { attempts: 2 }).sample(ask(1)))
    expect(error).toMatchObject({ failure, retryable })
    expect(error.message).toContain(server.url)
    expect(server.asked).toBe(retryable ? 2 : 1)
  })

  test('an unknown model is named', async () => {
    const server = await endpoint({ models: ['other'] })
    const error = await failureOf(open([server.url]).sample(ask(1)))
    expect(error).toMatchObject({ failure: 'unknown-model', retryable: false })
    expect(error.message).toContain('does not serve the model m')
  })

  test('no error repeats the key', async () => {
    const body = '{"error":{"message":"bad key secret-1"}}'
    const server = await endpoint({ fault: () => ({ kind: 'answer', status: 400, body }) })
    const inference = open([server.url], { env: { K: 'secret-1' } }, { apiKeyEnv: 'K' })
    const error = await failureOf(inference.sample(ask(1)))
    expect(error.message).not.toContain('secret-1')
  })

  test.each([
    ['is not JSON', '{"choices": [', /not JSON/],
    ['has no choices', '{"choices":[]}', /choices/],
    [
      'was aborted',
      '{"choices":[{"message":{"content":"x"},"finish_reason":"abort"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
      /abort/,
    ],
  ])('an answer that %s is broken', async (_name, body, message) => {
    const server = await endpoint({ fault: () => ({ kind: 'answer', status: 200, body }) })
    const error = await failureOf(open([server.url], { attempts: 2 }).sample(ask(1)))
    expect(error).toMatchObject({ failure: 'broken', retryable: true })
    expect(error.message).toMatch(message)
  })

  test('an answer of many megabytes is read, and one over the limit is not', async () => {
    const long = 'a'.repeat(8 * 2 ** 20)
    const content = `{"choices":[{"message":{"content":"${long}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`
    const server = await endpoint({ fault: () => ({ kind: 'answer', status: 200, body: content }) })
    expect((await open([server.url]).sample(ask(1))).text).toHaveLength(long.length)
    const error = await failureOf(open([server.url], { maxAnswerBytes: 2 ** 20 }).sample(ask(1)))
    expect(error).toMatchObject({ failure: 'broken' })
  })

  test('nothing listening is unreachable, with the remedy', async () => {
    const gone = await endpoint()
    await gone.close()
    const error = await failureOf(open([gone.url], { attempts: 2 }).sample(ask(1)))
    expect(error).toMatchObject({ failure: 'unreachable', retryable: true })
    expect(error.message).toMatch(/nothing listens at .*: start the server or correct the URL/)
  })
})
