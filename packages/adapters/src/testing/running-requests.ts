import { request } from 'undici'

/** Requests that a server counts as running or waiting, by its Prometheus text. */
export async function runningRequests(url: string): Promise<number> {
  const answer = await request(url.replace(/\/v1$/, '/metrics'))
  const gauge = /^vllm:num_requests_(?:running|waiting)(?:\{.*\})? (\S+)$/gm
  return [...(await answer.body.text()).matchAll(gauge)].reduce((sum, [, value]) => sum + Number(value), 0)
}
