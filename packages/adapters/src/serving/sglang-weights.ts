import type { Clock } from '@ratchet/ports/clock.ts'
import { z } from 'zod'
import { proveCanary, type Scorer } from './prove-canary.ts'
import { drain } from './running-requests.ts'
import { createServerClient, listModels, refusalOf, rootOf, type ServerClient } from './server-client.ts'
import type { WeightServer } from './weight-server.ts'

export type SglangWeightsSettings = {
  /** The server's root or its `/v1`. */
  readonly url: string
  readonly apiKey?: string | undefined
  readonly clock: Clock
  /** Default 600,000. */
  readonly loadTimeoutMs?: number
}

const ModelInfo = z.object({ model_path: z.string(), weight_version: z.string().nullish() })
const Done = z.object({ success: z.literal(true) })
const Generated = z.object({
  meta_info: z.object({ input_token_logprobs: z.array(z.tuple([z.number().nullable()]).rest(z.unknown())) }),
})

/**
 * An SGLang server, whose weights `/update_weights_from_disk` replaces. UNTRIED: written after SGLang's documentation and tested
 * against recorded answers; no real SGLang was ever asked. It does not tell whether it is paused, and its prefix cache is
 * emptied with the update but not proven.
 */
export function createUntriedSglangWeights(settings: SglangWeightsSettings): WeightServer {
  const { apiKey, clock, loadTimeoutMs = 600_000 } = settings
  const root = rootOf(settings.url)
  const client = createServerClient(root, apiKey)
  const infoOf = async () => ModelInfo.safeParse((await client.ask('GET', '/get_model_info'))?.body).data ?? null

  return {
    url: `${root}/v1`,
    look: async () => {
      const model = (await listModels(client))?.[0]
      const info = await infoOf()
      if (model === undefined || info === null) return { kind: 'unanswered' }
      const { id, contextTokens } = model
      return { kind: 'found', label: info.weight_version ?? '', model: id, root: null, contextTokens, paused: false }
    },
    mark: async (label) => {
      const body = { new_version: label, abort_all_requests: false }
      return Done.safeParse((await client.ask('POST', '/update_weight_version', body))?.body).success
    },
    drain: async (timeoutMs) => {
      await drain(client, { timeoutMs, clock })
    },
    prepare: async () => {},
    replace: async (_found, path, label) => {
      await drain(client, { timeoutMs: 60_000, clock })
      const paused = await client.ask('POST', '/pause_generation', { mode: 'abort' }, 60_000)
      if (paused === null) return { kind: 'unanswered' }
      if (paused.status !== 200)
        return { kind: 'refused', reason: `the server at ${root} could not be paused: ${refusalOf(paused)}` }
      const body = { model_path: path, flush_cache: true, abort_all_requests: false, weight_version: label }
      const updated = await client.ask('POST', '/update_weights_from_disk', body, loadTimeoutMs)
      if (updated === null) return { kind: 'unanswered' }
      if (!Done.safeParse(updated.body).success)
        return {
          kind: 'refused',
          reason: `the server at ${root} could not load ${path}: ${refusalOf(updated)}; only a checkpoint of the same architecture can be loaded`,
        }
      const info = await infoOf()
      if (info?.model_path === path && info.weight_version === label) return { kind: 'replaced' }
      return { kind: 'refused', reason: `the server at ${root} says it serves ${info?.model_path}, not ${path}` }
    },
    resume: async () => (await client.ask('POST', '/continue_generation', {}, 60_000))?.status === 200,
    halt: async () => {
      await client.ask('POST', '/pause_generation', { mode: 'abort' }, 60_000)
    },
    prove: (found, canary) => proveCanary(generateScorer(client), found.model, canary),
    close: () => client.close(),
  }
}

/** Scores by SGLang's own `/generate`, which tells the prompt's logprobs. */
function generateScorer(client: ServerClient): Scorer {
  return async (tokenIds) => {
    const body = {
      input_ids: tokenIds,
      return_logprob: true,
      logprob_start_len: 0,
      sampling_params: { max_new_tokens: 0, temperature: 0 },
    }
    const answer = await client.ask('POST', '/generate', body, 120_000)
    if (answer === null) return { kind: 'unanswered' }
    if (answer.status !== 200) return { kind: 'refused', reason: refusalOf(answer) }
    const logprobs = Generated.safeParse(answer.body).data?.meta_info.input_token_logprobs
    if (logprobs === undefined) return { kind: 'refused', reason: 'it does not tell the logprobs of a prompt' }
    return { kind: 'scored', logprobs: logprobs.map(([logprob]) => logprob) }
  }
}
