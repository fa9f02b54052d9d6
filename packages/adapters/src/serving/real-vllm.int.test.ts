import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Sampling, type ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import type { DeploymentRequest } from '@ratchet/ports/serving.ts'
import { describeInference } from '@ratchet/ports/testing/inference-contract.ts'
import type { ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { createInferenceDirectory } from '../inference/openai-compatible.ts'
import { findRealPython, noPython, trainCheckpoint } from '../testing/real-python.ts'
import { runningRequests } from '../testing/running-requests.ts'
import { createVllmServing, findVllmPython, noVllm } from '../testing/vllm-server.ts'

const missing = findVllmPython() === null ? noVllm : findRealPython() === null ? noPython : null
const suite = missing === null ? describe : describe.skip

suite(`a real vLLM${missing === null ? '' : ` (${missing})`}`, () => {
  const contextTokens = 512
  let directory = ''
  let checkpoint: ServedCheckpoint
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-vllm-'))
    checkpoint = await trainCheckpoint(directory, 1, 'quickstart')
  }, 300_000)
  afterAll(async () => {
    await createVllmServing(directory, contextTokens).release('policy')
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  async function serve(deployment: DeploymentRequest): Promise<ServedModel> {
    const serving = createVllmServing(directory, contextTokens)
    for (;;) {
      const report = await serving.ensure(deployment)
      if (report.state === 'failed') throw new Error(report.reason)
      if (report.state === 'ready') return report.served
      await sleep(500)
    }
  }

  describeInference('vLLM', async () => {
    const served = await serve({ name: 'policy', ...checkpoint })
    const inference = createInferenceDirectory({ env: {} })
    return {
      directory: inference,
      served,
      contextTokens,
      prompt: '3+4',
      running: () => runningRequests(served.endpoints[0]?.url ?? ''),
      close: () => inference.close(),
    }
  })

  test('its canary is the one that the trainer measured, and another one is refused', async () => {
    await serve({ name: 'policy', ...checkpoint })
    const { canary } = checkpoint
    const logprobs = canary.logprobs.map((logprob) => (logprob === null ? null : logprob - 0.05))
    const wrong = { name: 'policy', path: checkpoint.path, canary: { ...canary, logprobs } }
    await expect(serve(wrong)).rejects.toThrow(/logprob -\d.*trainer measured -\d/)
  }, 600_000)

  test('proofs and scores beside a batch change none of its draws', async () => {
    const deployment = { name: 'policy', ...checkpoint }
    const served = await serve(deployment)
    const inference = createInferenceDirectory({ env: {} })
    const policy = inference.open(served)
    const messages = [{ role: 'user' as const, content: '3+4' }]
    const sampling = Sampling.parse({ temperature: 1, maxTokens: 60 })
    const draw = () =>
      Promise.all(
        Array.from({ length: 16 }, (_, seed) => policy.sample({ messages, seed, sampling, requestId: `draw-${seed}` })),
      )
    const undisturbed = await draw()
    const drawn = draw()
    let over = false
    void drawn.finally(() => {
      over = true
    })
    for (let proofs = 0; !over || proofs < 3; proofs += 1) {
      expect(await createVllmServing(directory, contextTokens).ensure(deployment)).toMatchObject({ state: 'ready' })
      await policy.score({ messages, completion: '7', requestId: 'score' })
    }
    expect((await drawn).map(({ text }) => text)).toEqual(undisturbed.map(({ text }) => text))
    await policy.close()
    await inference.close()
  }, 600_000)
})
