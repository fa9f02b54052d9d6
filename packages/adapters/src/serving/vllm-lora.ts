import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { DeploymentReport, DeploymentRequest, Serving } from '@ratchet/ports/serving.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { remedyOfBase } from './adapter-base.ts'
import { drain, isAdapterBusy } from './running-requests.ts'
import {
  createServerClient,
  type ListedModel,
  listModels,
  refusalOf,
  rootOf,
  type ServerAnswer,
} from './server-client.ts'
import { proveOnVllm, type VllmRefutation } from './vllm-proof.ts'

export type VllmLoraSettings = {
  /** The server's root or its `/v1`. */
  readonly url: string
  /** Requests in flight at most, over all its adapters. */
  readonly maxInFlight: number
  readonly apiKey?: string | undefined
  /** The variable that holds the key, for those who sample. */
  readonly apiKeyEnv?: string | undefined
  readonly clock?: Clock
  /** How long running requests may go on before an adapter is unloaded, and after. Default 60,000. */
  readonly drainTimeoutMs?: number
}

/**
 * Serves adapters beside their base model on one running vLLM, each under its own name. The server is started by others, with
 * `--enable-lora` and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True. The base model itself, the directory that the server was started on, is
 * served under the server's own name. A released adapter is unloaded before `release` returns, so that its directory may be
 * deleted: vLLM reads an adapter that it evicted again, and dies when the directory is gone.
 */
export function createVllmLoraServing(settings: VllmLoraSettings): Serving {
  const root = rootOf(settings.url)
  const client = createServerClient(root, settings.apiKey)
  const clock = settings.clock ?? createSystemClock()
  const { maxInFlight, apiKeyEnv, drainTimeoutMs: timeoutMs = 60_000 } = settings

  const ready = (model: string): DeploymentReport => {
    const endpoint = { url: `${root}/v1`, maxInFlight, ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) }
    return { state: 'ready', served: { model, endpoints: [endpoint] } }
  }

  const unload = (name: string) => client.ask('POST', '/v1/unload_lora_adapter', { lora_name: name }, 60_000)

  const load = async (name: string, path: string, base: ListedModel): Promise<DeploymentReport | 'loaded'> => {
    const missing = missingFileOf(path)
    if (missing !== null) return failed(missing)
    const answer = await client.ask('POST', '/v1/load_lora_adapter', { lora_name: name, lora_path: path }, 600_000)
    if (answer === null) return starting(`the server at ${root} does not answer while it loads ${name}`)
    // Another worker was faster; the look that follows tells whether it loaded the same.
    if (answer.status === 400 && /already been loaded/.test(answer.text)) return 'loaded'
    return answer.status === 200 ? 'loaded' : failed(whyNotLoaded(root, path, base, answer))
  }

  const prove = async (
    model: ListedModel,
    { canary }: DeploymentRequest,
    whenRefuted: (proof: VllmRefutation) => Promise<DeploymentReport>,
  ): Promise<DeploymentReport> => {
    if (canary === null) return ready(model.id)
    let proof = await proveOnVllm(client, model, canary)
    // A name that had other files before: vLLM keeps an adapter's cached blocks by its name.
    if (proof.staleCache && (await client.ask('POST', '/reset_prefix_cache'))?.status === 200)
      proof = await proveOnVllm(client, model, canary)
    if (proof.kind === 'proven') return ready(model.id)
    if (proof.kind === 'unanswered')
      return starting(`the server at ${root} does not score as ${model.id}: it is overloaded or its engine hangs`)
    return await whenRefuted(proof)
  }

  return {
    ensure: async (given) => {
      const deployment = { ...given, path: resolve(given.path) }
      const { name, path } = deployment
      const models = await listModels(client)
      const base = models?.find(({ parent }) => parent === null)
      if (models === null || base === undefined) return starting(`the server at ${root} does not answer yet`)
      if (base.root === given.path || (base.root !== null && resolve(base.root) === path))
        return await prove(base, deployment, async ({ reason }) => failed(reason))
      // The server would take the name, and answer with the adapter for its base from then on.
      if (models.some(({ id, parent }) => id === name && parent === null))
        return failed(`${name} is the name of the base model at ${root}: start the server under another name`)
      const served = models.find(({ id }) => id === name)
      if (served === undefined) {
        const loading = await load(name, path, base)
        if (loading !== 'loaded') return loading
      }
      const adapter = served ?? (await listModels(client))?.find(({ id }) => id === name)
      if (adapter === undefined) return starting(`the server at ${root} loads ${name}`)
      if (adapter.root === null || resolve(adapter.root) !== path)
        return failed(
          `the name ${name} is taken at ${root} by ${adapter.root ?? 'an unnamed adapter'}, not ${path}: unload it there or give the recipe another name`,
        )
      return await prove(adapter, deployment, async ({ reason, staleCache }) => {
        await unload(name)
        // Somebody changed what was loaded before; the next look loads it anew, and fails when that does not help.
        if (served !== undefined) return starting(`${reason}; it is loaded anew`)
        return failed(staleCache ? reason : `${reason}; ${remedyOfBase(path, root, base.root)}`)
      })
    },
    release: async (name) => {
      const served = (await listModels(client))?.find(({ id }) => id === name)
      if (served === undefined || served.parent === null) return
      const isBusy = (metrics: string) => isAdapterBusy(metrics, name)
      await drain(client, { timeoutMs, clock, isBusy })
      await unload(name)
      // Requests that came before it was unloaded still read it.
      await drain(client, { timeoutMs, clock, isBusy })
    },
    close: () => client.close(),
  }
}

/** Why a directory is no adapter that vLLM can load; null when it looks like one. */
function missingFileOf(path: string): string | null {
  if (existsSync(join(path, 'adapter_config.json'))) return null
  if (existsSync(join(path, 'config.json')))
    return `${path} is a full checkpoint, not an adapter: use serving.backend vllm-in-place or command for it`
  return `there is no adapter_config.json in ${path}, so there is no adapter to serve`
}

function whyNotLoaded(root: string, path: string, base: ListedModel, answer: ServerAnswer): string {
  const said = `the server at ${root} could not load the adapter ${path}: ${refusalOf(answer)}`
  const remedy = /size of tensor|shape/.test(answer.text) ? remedyOfBase(path, root, base.root) : remedyOf(answer)
  return remedy === null ? said : `${said.replace(/\.$/, '')}; ${remedy}`
}

function remedyOf({ status, text }: ServerAnswer): string | null {
  const rank = /LoRA rank (\d+) is greater than max_lora_rank/.exec(text)?.[1]
  if (rank !== undefined) return `start it with --max-lora-rank ${rank} or more, or train with a lower rank`
  if (/LoRA is not enabled/.test(text)) return 'start it with --enable-lora'
  if (status === 404 && /"detail"/.test(text)) return 'start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True'
  if (status === 404) return 'the server must see the same path as the worker'
  if (/deserializing|contain tensors|Expecting/.test(text)) return 'its files are not whole'
  return null
}

function starting(reason: string): DeploymentReport {
  return { state: 'starting', reason }
}

function failed(reason: string): DeploymentReport {
  return { state: 'failed', reason }
}
