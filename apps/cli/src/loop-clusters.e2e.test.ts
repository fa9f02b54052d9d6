import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { realClusters } from './testing/real-clusters.ts'
import { python, type ReferenceRun, referenceRun } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

describe('the loop on real clusters', () => {
  const installations: LocalRatchet[] = []
  let local: ReferenceRun
  beforeAll(async () => {
    local = await referenceRun()
  })
  afterAll(async () => {
    for (const each of installations) await each.remove()
  })

  for (const { name, missing, choice, env } of realClusters) {
    if (missing !== null) {
      test.skip(`the loop on a real cluster (skipped: no ${name}; ${missing})`, () => {})
      continue
    }
    test(`trained on ${name} it ends with the datasets, checkpoints and decisions of the local cluster`, async () => {
      const ratchet = await createLocalRatchet(env)
      installations.push(ratchet)
      const client = await ratchet.start()
      const recipe = { ...(await smallRecipe(client, python, ratchet.dataDirectory)), cluster: choice }
      const { id } = await client.startIteration(recipe)
      const iteration = await untilOver(client, id)
      expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
      expect(await outcomeOf(client, iteration)).toEqual(local.outcome)
    })
  }
})
