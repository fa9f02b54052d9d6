import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findVllmPython, vllmCommand } from '@ratchet/adapters/testing/vllm-server.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { realClusters } from './testing/real-clusters.ts'
import { python } from './testing/reference-run.ts'
import { outcomeOf, releaseWhole, smallRecipe, untilOver } from './testing/small-loop.ts'

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

  const outcomeOn = async (cluster: object, serving: object, env: Readonly<Record<string, string>>) => {
    const ratchet = await createLocalRatchet(env)
    installations.push(ratchet)
    const client = await ratchet.start()
    const recipe = { ...(await smallRecipe(client, python, ratchet.dataDirectory)), cluster, serving }
    const { id } = await client.startIteration(recipe)
    const iteration = await untilOver(client, id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    const outcome = await outcomeOf(client, iteration)
    // The winner's server holds memory that the next loop needs.
    await releaseWhole(client, id)
    for (const { endpoints } of await client.deployments(id)) expect(endpoints).toEqual([])
    await ratchet.remove()
    return outcome
  }

  beforeAll(async () => {
    const cluster = { backend: 'local', device: 'cpu', threads: 1 }
    expected = await outcomeOn(cluster, { backend: 'command', ...vllmCommand(256) }, {})
  }, 900_000)

  for (const { name, choice, server, env } of present)
    test(`trained and served by jobs of ${name} it ends with the datasets, checkpoints and decisions of this machine's processes`, async () => {
      const { env: variables, ...command } = vllmCommand(256, '0.0.0.0')
      const serving = { backend: 'job', cluster: { ...server, env: variables }, ...command }
      expect(await outcomeOn(choice, serving, env)).toEqual(expected)
    })
}
