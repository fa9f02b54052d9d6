import { expect, test } from '@jest/globals'
import { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import { createManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import { createTraining } from './training.ts'

async function commandOf(trainer?: readonly string[]): Promise<string> {
  const training = createTraining({
    dataDirectory: '/data',
    env: {},
    objects: createMemoryObjectStore(),
    clock: createManualClock(),
    pythonEnvironment: null,
    python: async () => '/python',
  })
  const choice = ClusterChoice.parse({ backend: 'slurm', gpusPerNode: 8, trainer })
  return (await training.cluster(choice)).preview('job', 60)
}

test("a trainer in an image is launched with the sharding's configuration beside it there", async () => {
  const trainer = ['apptainer', 'exec', 'trainer.sif', 'python', '/opt/ratchet/trainer/train.py']
  expect(await commandOf(trainer)).toMatch(
    /--config_file \/opt\/ratchet\/trainer\/accelerate\/fsdp2.yaml .* \/opt\/ratchet\/trainer\/train.py /,
  )
})

test("the worker's own trainer is launched with its own configuration", async () => {
  expect(await commandOf()).toMatch(/--config_file \/\S+\/infra\/trainer\/accelerate\/fsdp2.yaml /)
})
