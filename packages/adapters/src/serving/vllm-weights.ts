import type { Clock } from '@ratchet/ports/clock.ts'
import { z } from 'zod'
import { samplePrefix } from './prove-prefix-cache.ts'
import { drain } from './running-requests.ts'
import { createServerClient, listModels, refusalOf, rootOf, type ServerAnswer } from './server-client.ts'
import { proveOnVllm, vllmPrefix } from './vllm-proof.ts'
import type { Replacement, WeightServer } from './weight-server.ts'

export type VllmWeightsSettings = {
  /** The server's root or its `/v1`. */
  readonly url: string
  readonly apiKey?: string | undefined
  readonly clock: Clock
  /** Reading a big checkpoint takes a while. Default 600,000. */
  readonly loadTimeoutMs?: number
}

const WeightInfo = z.object({ weight_version: z.string() })
const Paused = z.object({ is_paused: z.boolean() })
const Reset = z.object({ success: z.literal(true) })

/** A vLLM in development mode, whose weights `reload_weights` replaces from a directory. */
export function createVllmWeights({ url, apiKey, clock, loadTimeoutMs = 600_000 }: VllmWeightsSettings): WeightServer {
  const root = rootOf(url)
  const client = createServerClient(root, apiKey)

  return {
    url: `${root}/v1`,
    look: async () => {
      const models = await listModels(client)
      const model = models?.find(({ parent }) => parent === null)
      const info = await client.ask('GET', '/weight_info')
      const paused = await client.ask('GET', '/is_paused')
      if (model === undefined || info === null || paused === null) return { kind: 'unanswered' }
      const label = WeightInfo.safeParse(info.body).data?.weight_version
      const state = Paused.safeParse(paused.body).data
      if (label === undefined || state === undefined)
        return {
          kind: 'unfit',
          reason: `the server at ${root} has no administration of weights: start it with VLLM_SERVER_DEV_MODE=1, on a private network`,
        }
      const { id, root: startPath, contextTokens } = model
      return { kind: 'found', label, model: id, root: startPath, contextTokens, paused: state.is_paused }
    },
    mark: async (label) => {
      const answer = await client.ask('POST', '/update_weight_version', { new_version: label })
      return answer?.status === 200
    },
    drain: async (timeoutMs) => {
      await drain(client, { timeoutMs, clock })
    },
    prepare: async (found, canary) => {
      await samplePrefix(client, found.model, vllmPrefix(found, canary))
    },
    replace: async (_found, path): Promise<Replacement> => {
      const metrics = await client.ask('GET', '/metrics')
      // Its layers are wrapped, the load fails and the engine ends.
      if (/^vllm:lora_requests_info/m.test(metrics?.text ?? ''))
        return refused(
          `the server at ${root} was started with --enable-lora, which reload_weights does not know: start it without`,
        )
      const paused = await client.ask('POST', '/pause?mode=wait', undefined, loadTimeoutMs)
      if (paused?.status !== 200) return answerless(paused, `the server at ${root} could not be paused`)
      const reload = { method: 'reload_weights', kwargs: { weights_path: path } }
      const loaded = await client.ask('POST', '/collective_rpc', reload, loadTimeoutMs)
      if (loaded?.status !== 200)
        return answerless(
          loaded,
          `the server at ${root} could not load ${path} and has no usable weights: load a whole checkpoint of the same shape, and restart the server if that fails too`,
        )
      const reset = await client.ask('POST', '/reset_prefix_cache', undefined, 60_000)
      if (Reset.safeParse(reset?.body).success) return { kind: 'replaced' }
      return answerless(reset, `the server at ${root} did not empty its prefix cache, which holds the former weights`)
    },
    resume: async () => (await client.ask('POST', '/resume', undefined, 60_000))?.status === 200,
    halt: async () => {
      await client.ask('POST', '/pause?mode=abort', undefined, 60_000)
    },
    prove: (found, canary) => proveOnVllm(client, { id: found.model, contextTokens: found.contextTokens }, canary),
    close: () => client.close(),
  }
}

function refused(reason: string): Replacement {
  return { kind: 'refused', reason }
}

function answerless(answer: ServerAnswer | null, reason: string): Replacement {
  return answer === null ? { kind: 'unanswered' } : refused(`${reason} (it says: ${refusalOf(answer)})`)
}
