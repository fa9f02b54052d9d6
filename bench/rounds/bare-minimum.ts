import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVllmServer } from '@ratchet/adapters/testing/vllm-server.ts'
import type { ApiClient } from '@ratchet/cli/api-client.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'

/**
 * The seconds that the server alone needs until it answers for the iteration's last checkpoint, with the incumbent still served
 * beside it: vLLM from its start, the policy server to load it.
 */
export async function bareMinimum(
  client: ApiClient,
  iterationId: string,
  serving: ServingChoice | undefined,
): Promise<number> {
  const checkpoint = (await client.checkpoints(iterationId)).at(-1)
  if (checkpoint === undefined) throw new Error('the iteration left no checkpoint')
  return serving === undefined ? loading(client, iterationId, checkpoint.path) : starting(checkpoint.path)
}

async function loading(client: ApiClient, iterationId: string, path: string): Promise<number> {
  const ready = (await client.deployments(iterationId)).find((each) => each.state === 'ready')
  const checkpoints = `${ready?.endpoints[0]}/checkpoints`
  const askedAt = Date.now()
  const answer = await fetch(checkpoints, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', path }),
  })
  const seconds = (Date.now() - askedAt) / 1000
  if (!answer.ok) throw new Error(`the policy server answered ${answer.status}: ${await answer.text()}`)
  await fetch(`${checkpoints}/bench`, { method: 'DELETE' })
  return seconds
}

async function starting(modelPath: string): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-bench-'))
  const startedAt = Date.now()
  const server = await startVllmServer({ directory, name: 'bench', modelPath, servedName: 'bench', contextTokens: 256 })
  const seconds = (Date.now() - startedAt) / 1000
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
  return seconds
}
