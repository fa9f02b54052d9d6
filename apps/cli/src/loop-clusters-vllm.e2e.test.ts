import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findVllmPython, vllmCommand } from '@ratchet/adapters/testing/vllm-server.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { type RealCluster, realClusters } from './testing/real-clusters.ts'
import { python } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

const local = { name: 'the local cluster', choice: { backend: 'local', device: 'cpu', threads: 1 }, env: {} }
const present = realClusters.filter((each) => each.missing === null)

if (findVllmPython() === null)
  test.skip('clusters with vLLM (skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON)', () => {})
else if (present.length === 0) test.skip('clusters with vLLM (skipped: no cluster; run npm run test:cluster)', () => {})
else describe('the loop on real clusters with vLLM serving incumbent and candidate', () => describeLoops())

function describeLoops(): void {
  const installations: LocalRatchet[] = []
  let expected: unknown
  afterAll(async () => {
    for (const each of installations) await each.remove()
  })

  const outcomeOn = async ({ choice, env }: Pick<RealCluster, 'choice' | 'env'>) => {
    const ratchet = await createLocalRatchet(env)
    installations.push(ratchet)
    const client = await ratchet.start()
    const serving = { backend: 'command' as const, ...vllmCommand(256) }
    const recipe = { ...(await smallRecipe(client, python, ratchet.dataDirectory, { serving })), cluster: choice }
    const { id } = await client.startIteration(recipe)
    const iteration = await untilOver(client, id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    const outcome = await outcomeOf(client, iteration)
    // The servers of the last round hold memory that the next loop needs.
    await ratchet.remove()
    return outcome
  }

  beforeAll(async () => {
    expected = await outcomeOn(local)
  }, 900_000)

  for (const cluster of present)
    test(`trained on ${cluster.name} it ends with the datasets, checkpoints and decisions of the local cluster`, async () => {
      expect(await outcomeOn(cluster)).toEqual(expected)
    })
}
