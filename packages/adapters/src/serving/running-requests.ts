import type { Clock } from '@ratchet/ports/clock.ts'
import type { ServerClient } from './server-client.ts'

/** Running and waiting requests by the Prometheus text that vLLM, SGLang and the policy server write; 0 where they are not counted. */
export function runningRequests(metrics: string): number {
  const gauge = /^(?:vllm|sglang):num_(?:requests_running|requests_waiting|running_reqs|queue_reqs)(?:\{.*\})? (\S+)$/gm
  return [...metrics.matchAll(gauge)].reduce((sum, [, value]) => sum + Number(value), 0)
}

/**
 * Whether an adapter has running or waiting requests, by vLLM's metrics, which count requests under the base model's name. It
 * writes a series for every combination of adapters it has seen, and the newest is the one that holds.
 */
export function isAdapterBusy(metrics: string, name: string): boolean {
  const series = /^vllm:lora_requests_info\{(.*)\} (\S+)$/gm
  const newest = [...metrics.matchAll(series)].reduce<{ at: number; labels: string } | null>(
    (latest, [, labels = '', at]) => (Number(at) >= (latest?.at ?? 0) ? { at: Number(at), labels } : latest),
    null,
  )
  if (newest === null) return false
  const adapters = [...newest.labels.matchAll(/(?:running|waiting)_lora_adapters="([^"]*)"/g)]
  return adapters.some(([, names = '']) => names.split(',').includes(name)) && runningRequests(metrics) > 0
}

export type DrainSettings = {
  readonly timeoutMs: number
  readonly clock: Clock
  /** Of the metrics' text; without it any running request counts. */
  readonly isBusy?: (metrics: string) => boolean
}

/**
 * Waits until the server's own count of running requests is 0. One that does not count is not waited for, and one whose engine
 * hangs keeps its last count, so the time is bounded. Tells whether it saw the end of them.
 */
export async function drain(client: ServerClient, settings: DrainSettings): Promise<boolean> {
  const { clock, timeoutMs, isBusy = (metrics) => runningRequests(metrics) > 0 } = settings
  const until = clock.now().getTime() + timeoutMs
  while (clock.now().getTime() < until) {
    const metrics = await client.ask('GET', '/metrics', undefined, 5_000)
    if (!isBusy(metrics?.text ?? '')) return true
    await clock.sleep(100)
  }
  return false
}
