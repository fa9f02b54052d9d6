import { expect, test } from '@jest/globals'
import { launchCommand, singleProcess } from './launch.ts'

const trainer = ['apptainer', 'exec', 'trainer.sif', 'python', 'train.py']
const run = { name: 'ratchet-job-1', graceSeconds: 60 }

test('one process is the trainer itself', () => {
  expect(launchCommand(trainer, singleProcess, run)).toEqual(trainer)
})

test('several on one node are replicas under torchrun', () => {
  expect(launchCommand(trainer, { ...singleProcess, processesPerNode: 8 }, run).join(' ')).toBe(
    'apptainer exec trainer.sif python -m torch.distributed.run --nnodes 1 --nproc-per-node 8 --standalone --shutdown-timeout 60 train.py',
  )
})

test('several nodes meet at the first, at a port of the run', () => {
  expect(launchCommand(trainer, { nodes: 4, processesPerNode: 8, sharding: 'replicate' }, run).join(' ')).toMatch(
    /python -m torch.distributed.run --nnodes 4 --nproc-per-node 8 --node-rank \$RATCHET_NODE_RANK --master-addr \$RATCHET_MAIN_ADDRESS --master-port 2\d{4} --shutdown-timeout 60 train.py$/,
  )
})

test('a sharded model goes by accelerate', () => {
  const sharding = { configuration: 'fsdp2.yaml' }
  expect(launchCommand(trainer, { nodes: 4, processesPerNode: 8, sharding }, run).join(' ')).toMatch(
    /^env TORCH_ELASTIC_SHUTDOWN_TIMEOUT=60 apptainer exec trainer.sif python -m accelerate.commands.launch --config_file fsdp2.yaml --num_machines 4 --num_processes 32 --machine_rank \$RATCHET_NODE_RANK --main_process_ip \$RATCHET_MAIN_ADDRESS --main_process_port 2\d{4} train.py$/,
  )
})

test('a trainer of one word cannot be launched several times', () => {
  expect(() => launchCommand(['train'], { ...singleProcess, processesPerNode: 2 }, run)).toThrow(
    /interpreter and a script/,
  )
})
