import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Sampling, type ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import {
  type Completion,
  type Inference,
  type InferenceDirectory,
  InferenceError,
  type SampleRequest,
} from '../inference.ts'

export type InferenceHarness = {
  readonly directory: InferenceDirectory
  /** A model of one token a character or nearly so; deterministic for a seed. */
  readonly served: ServedModel
  readonly contextTokens: number
  /** A prompt that the model answers with at least a few characters. */
  readonly prompt: string
  /** Requests that the server itself counts as running or waiting. */
  running(): Promise<number>
  close(): Promise<void>
}

/** What inference promises of every deterministic server that gives logprobs. */
export function describeInference(name: string, make: () => Promise<InferenceHarness>): void {
  describe(`${name}, as inference`, () => {
    let harness: InferenceHarness
    let inference: Inference
    beforeAll(async () => {
      harness = await make()
      inference = harness.directory.open(harness.served)
    }, 600_000)
    afterAll(async () => {
      await inference?.close()
      await harness?.close()
    }, 60_000)

    const request = (seed: number, sampling: Partial<Sampling> = {}, content = harness.prompt): SampleRequest => ({
      messages: [{ role: 'user', content }],
      sampling: Sampling.parse({ maxTokens: 24, ...sampling }),
      seed,
      requestId: `contract-${seed}-${Math.random().toString(36).slice(2)}`,
    })
    const many = (count: number, sampling: Partial<Sampling> = {}): Promise<Completion[]> =>
      Promise.all(Array.from({ length: count }, (_, seed) => inference.sample(request(seed, sampling))))
    const failureOf = async (promise: Promise<unknown>): Promise<string> => {
      const error = await promise.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      return error instanceof InferenceError ? error.failure : String(error)
    }

    test('a completion has a text, an end and one logprob a token', async () => {
      for (const completion of await many(8)) {
        expect(['stop', 'length']).toContain(completion.finish)
        expect(completion.promptTokens).toBeGreaterThan(0)
        expect(completion.completionTokens).toBeGreaterThan(0)
        expect(completion.logprobs).toHaveLength(completion.completionTokens)
        for (const logprob of completion.logprobs ?? []) expect(logprob).toBeLessThanOrEqual(0)
        expect(completion.endpoint).toBe(harness.served.endpoints[0]?.url)
      }
    })

    test('the same seed gives the same completion, alone and among others', async () => {
      const together = await many(32)
      for (const seed of [0, 7, 31]) {
        const alone = await inference.sample(request(seed))
        expect(alone.text).toBe(together[seed]?.text)
        expect(alone.finish).toBe(together[seed]?.finish)
        for (const [index, logprob] of (alone.logprobs ?? []).entries())
          expect(logprob).toBeCloseTo(together[seed]?.logprobs?.[index] ?? Number.NaN, 3)
      }
    })

    test('other seeds give other completions, but not at temperature 0', async () => {
      const texts = async (temperature: number) =>
        new Set((await many(16, { temperature })).map(({ text }) => text)).size
      expect(await texts(1.5)).toBeGreaterThan(1)
      expect(await texts(0)).toBe(1)
    })

    test('a completion is cut at the token limit', async () => {
      for (const completion of await many(8, { maxTokens: 2, temperature: 1.5 })) {
        expect(completion.completionTokens).toBeLessThanOrEqual(2)
        if (completion.completionTokens === 2 && completion.logprobs !== null)
          expect(completion.logprobs).toHaveLength(2)
      }
      const cut = (await many(8, { maxTokens: 1 })).filter(({ text }) => text !== '')
      for (const { finish } of cut) expect(finish).toBe('length')
      expect(cut.length).toBeGreaterThan(0)
    })

    test('a stop string ends the completion and is not part of it', async () => {
      const [whole] = (await many(16)).filter(({ text }) => /^.[!-~]/s.test(text))
      const stop = whole?.text[1] ?? ''
      const seed = (await many(16)).findIndex(({ text }) => text === whole?.text)
      const stopped = await inference.sample(request(seed, { stop: [stop] }))
      expect(stopped.finish).toBe('stop')
      expect(stopped.text).toBe(whole?.text.slice(0, whole.text.indexOf(stop)))
    })

    test.each([1, 0.7])(
      'scoring a completion gives the logprobs it was sampled with (temperature %d)',
      async (temperature) => {
        let compared = 0
        for (const completion of await many(64, { temperature, maxTokens: 8 })) {
          const { messages, requestId } = request(0)
          if (completion.text === '' || completion.text.includes('\uFFFD')) continue
          const { logprobs } = await inference.score({ messages, completion: completion.text, requestId })
          // The end token is sampled, but it is not in the text.
          const sampled = (completion.logprobs ?? []).slice(0, completion.finish === 'stop' ? -1 : undefined)
          // The text may have been sampled in other tokens than the tokenizer would choose for it.
          if (sampled.length !== logprobs.length) continue
          compared += 1
          for (const [index, logprob] of logprobs.entries())
            expect(Math.abs(logprob - (sampled[index] ?? Number.NaN))).toBeLessThan(1e-3)
        }
        expect(compared).toBeGreaterThanOrEqual(4)
      },
    )

    test('cancelling rejects with the reason and frees the slot on the server', async () => {
      const cancel = new AbortController()
      const reason = new Error('no longer needed')
      const long = { maxTokens: Math.floor(harness.contextTokens / 2), temperature: 2 }
      const all = Array.from({ length: 24 }, (_, seed) => inference.sample(request(seed, long), cancel.signal))
      const ends = Promise.allSettled(all)
      for (let tries = 0; tries < 500 && (await harness.running()) === 0; tries += 1) await sleep(2)
      cancel.abort(reason)
      const rejected = (await ends).filter((end) => end.status === 'rejected')
      expect(rejected.length).toBeGreaterThan(0)
      for (const end of rejected) expect(end.reason).toBe(reason)
      for (let tries = 0; tries < 100 && (await harness.running()) > 0; tries += 1) await sleep(50)
      expect(await harness.running()).toBe(0)
      expect((await inference.sample(request(1))).text).toEqual(expect.any(String))
    })

    test('an unknown model is refused by name', async () => {
      const other = harness.directory.open({ ...harness.served, model: 'no-such-model' })
      expect(await failureOf(other.sample(request(1)))).toBe('unknown-model')
      await other.close()
    })

    test('what does not fit the context is rejected', async () => {
      expect(await failureOf(inference.sample(request(1, { maxTokens: harness.contextTokens * 2 })))).toBe('rejected')
      const prompt = 'q '.repeat(harness.contextTokens)
      expect(await failureOf(inference.sample(request(1, {}, prompt)))).toBe('rejected')
    })

    test('a server that is not there is unreachable', async () => {
      const gone = harness.directory.open({ model: 'm', endpoints: [{ url: 'http://127.0.0.1:1/v1', maxInFlight: 1 }] })
      expect(await failureOf(gone.sample(request(1)))).toBe('unreachable')
      await gone.close()
    })
  })
}
