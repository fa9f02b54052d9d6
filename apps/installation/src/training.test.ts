import { expect, test } from '@jest/globals'
import { previewTraining } from './testing/preview-training.ts'

function commandOf(trainer?: readonly string[]): Promise<string> {
  return previewTraining({ backend: 'slurm', gpusPerNode: 8, trainer }, 'job', 60)
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
