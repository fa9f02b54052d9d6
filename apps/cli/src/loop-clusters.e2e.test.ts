import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python, type ReferenceRun, referenceRun } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

/** The clusters that the test command has started, as a recipe names them, and what a worker needs to reach them. */
const clusters = [
  {
    name: 'Slurm',
    missing: 'run node tools/services/slurm.mjs install',
    reachable: process.env['SLURM_CONF_TEST'],
    choice: (_conf: string) => ({ backend: 'slurm', device: 'cpu', gpusPerNode: 1, partition: 'batch' }),
    env: (conf: string) => ({ SLURM_CONF: conf }),
  },
  {
    name: 'Kubernetes',
    missing: 'run node tools/services/kubernetes.mjs install',
    reachable: process.env['KUBERNETES_TEST'],
    // Its pods are processes of this machine, so the image is only a name.
    choice: (kubeconfig: string) => ({ backend: 'kubernetes', device: 'cpu', kubeconfig, image: 'trainer' }),
    env: () => ({}),
  },
  {
    name: 'Ray',
    missing: 'run node tools/services/ray.mjs install',
    reachable: process.env['RAY_TEST'],
    choice: (address: string) => ({ backend: 'ray', device: 'cpu', address, tokenEnv: 'RAY_TOKEN', gpus: 0, cpus: 0 }),
    env: () => ({ RAY_TOKEN: process.env['RAY_TEST_TOKEN'] ?? '' }),
  },
]

describe('the loop on real clusters', () => {
  const installations: LocalRatchet[] = []
  let local: ReferenceRun
  beforeAll(async () => {
    local = await referenceRun()
  })
  afterAll(async () => {
    for (const each of installations) await each.remove()
  })

  for (const { name, missing, reachable, choice, env } of clusters) {
    if (reachable === undefined) {
      test.skip(`the loop on a real cluster (skipped: no ${name}; ${missing})`, () => {})
      continue
    }
    test(`trained on ${name} it ends with the datasets, checkpoints and decisions of the local cluster`, async () => {
      const ratchet = await createLocalRatchet(env(reachable))
      installations.push(ratchet)
      const client = await ratchet.start()
      const recipe = { ...(await smallRecipe(client, python, ratchet.dataDirectory)), cluster: choice(reachable) }
      const { id } = await client.startIteration(recipe)
      const iteration = await untilOver(client, id)
      expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
      expect(await outcomeOf(client, iteration)).toEqual(local.outcome)
    })
  }
})
