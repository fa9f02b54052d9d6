import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { slurmScript } from './slurm-script.ts'

test('a run with everything asked for', () => {
  const run = {
    name: 'round-1-2',
    directory: '/shared/runs/round-1/attempt-2',
    command: ['/opt/python', 'train.py', "/shared/it's here"],
    timeLimitMinutes: 90.5,
    nodes: 1,
    graceSeconds: 120,
  }
  const resources = {
    partition: 'gpu',
    account: 'nlp',
    qos: 'high',
    gpusPerNode: 8,
    gpuType: 'h100',
    cpusPerNode: 64,
    memoryPerNodeGb: 900,
    options: ['--constraint=ib'],
    setup: ['module load cuda'],
    env: { NCCL_DEBUG: 'INFO', NOTE: "it's $HOME" },
  }
  expect(slurmScript(run, resources)).toMatchInlineSnapshot(`
"#!/bin/bash
#SBATCH --job-name=round-1-2
#SBATCH --comment=ratchet:round-1-2
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --partition=gpu
#SBATCH --account=nlp
#SBATCH --qos=high
#SBATCH --gres=gpu:h100:8
#SBATCH --cpus-per-task=64
#SBATCH --mem=900G
#SBATCH --time=91
#SBATCH --signal=B:USR1@240
#SBATCH --chdir=/shared/runs/round-1/attempt-2
#SBATCH --output=/shared/runs/round-1/attempt-2/trainer.log
#SBATCH --open-mode=append
#SBATCH --no-requeue
#SBATCH --export=NONE
#SBATCH --constraint=ib

# Of several submissions of this run, as after a lost reply, the first to start goes on.
(set -o noclobber; echo "$SLURM_JOB_ID" > /shared/runs/round-1/attempt-2/slurm-job-id) 2>/dev/null || [ "$(cat /shared/runs/round-1/attempt-2/slurm-job-id)" = "$SLURM_JOB_ID" ] || exit 0
export NCCL_DEBUG=INFO
export NOTE='it'\\''s $HOME'
module load cuda
code=$?; [ $code -eq 0 ] || { echo 'cluster.setup failed, so nothing was begun: module load cuda' >&2; exit $code; }

# Launchers of several processes pass on SIGTERM alone. The signal may come before the program is known.
program= asked=
ask() { kill -TERM $program; }
trap 'asked=yes; [ -z "$program" ] || ask' USR1 TERM
/opt/python train.py '/shared/it'\\''s here' &
program=$!
[ -z "$asked" ] || ask
# A trapped signal interrupts wait, so it is asked until the program is gone, and at last for the code that the program left.
while kill -0 $program 2>/dev/null; do wait $program; done
wait $program
"
`)
})

test('a run over several nodes meets at the first', () => {
  const run = {
    name: 'round-1-1',
    directory: '/runs/round-1/attempt-1',
    command: ['torchrun', '--node-rank', '$RATCHET_NODE_RANK', '--master-addr', '$RATCHET_MAIN_ADDRESS', 'train.py'],
    nodes: 4,
    timeLimitMinutes: 60,
    graceSeconds: 60,
  }
  const resources = { gpusPerNode: 8, options: [], setup: [], env: {} }
  const script = slurmScript(run, resources)
  expect(script).toContain('#SBATCH --nodes=4\n')
  expect(script).toContain(
    `srun --export=ALL --nodes=4 --ntasks=4 --ntasks-per-node=1 --kill-on-bad-exit=1 --wait=0 bash -c 'RATCHET_NODE_RANK=$SLURM_NODEID; exec torchrun --node-rank "$RATCHET_NODE_RANK" --master-addr "$RATCHET_MAIN_ADDRESS" train.py' &`,
  )
  expect(slurmScript(run, { ...resources, cpusPerNode: 64 })).toContain(
    'srun --export=ALL --nodes=4 --ntasks=4 --ntasks-per-node=1 --cpus-per-task=64 --kill-on-bad-exit=1 ',
  )
})

test('a line of the setup that fails ends the job with its code and says which, and variables reach the trainer', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slurm-script-'))
  try {
    const jobWith = (setup: readonly string[]) => {
      const command = ['sh', '-c', 'echo "trained with $NOTE"']
      const run = { name: 'round-1-1', directory, command, nodes: 1, timeLimitMinutes: 60, graceSeconds: 60 }
      const input = slurmScript(run, { gpusPerNode: 1, options: [], setup, env: { NOTE: "it's $HOME" } })
      return spawnSync('bash', { input, encoding: 'utf8', env: { PATH: process.env['PATH'], SLURM_JOB_ID: '7' } })
    }
    expect(jobWith(['true', 'export MORE=1'])).toMatchObject({ status: 0, stdout: "trained with it's $HOME\n" })
    const failed = jobWith(['(exit 3) # no such module', 'echo not reached'])
    expect(failed).toMatchObject({ status: 3, stdout: '' })
    expect(failed.stderr).toContain('cluster.setup failed, so nothing was begun: (exit 3) # no such module\n')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** The script of a job of one node that runs this command, in a file of a directory of its own. */
function scriptFile(directory: string, command: readonly string[]): string {
  const run = { name: 'round-1-1', directory, command, nodes: 1, timeLimitMinutes: 60, graceSeconds: 60 }
  const file = join(directory, 'script')
  writeFileSync(file, slurmScript(run, { gpusPerNode: 1, options: [], setup: [], env: {} }))
  return file
}

const env = { PATH: process.env['PATH'], SLURM_JOB_ID: '7' }

test('the exit code of a program that ends at once is always the one of the job', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slurm-script-'))
  try {
    const file = scriptFile(directory, ['/no/such/trainer'])
    const repeated = `for i in $(seq 300); do bash ${file} 2>/dev/null; echo $?; done`
    const { stdout } = spawnSync('bash', ['-c', repeated], { encoding: 'utf8', env })
    expect(stdout.trim().split('\n')).toEqual(Array(300).fill('127'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}, 60_000)

test('a program that is asked to end gives the job its own exit code', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'slurm-script-'))
  try {
    const file = scriptFile(directory, ['bash', '-c', "trap 'exit 75' TERM; echo ready; while :; do sleep 0.01; done"])
    const codes: (number | null)[] = []
    for (let runs = 0; runs < 20; runs++) {
      const job = spawn('bash', [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      job.stdout.once('data', () => job.kill('SIGUSR1'))
      codes.push(await new Promise<number | null>((resolve) => job.once('close', resolve)))
    }
    expect(codes).toEqual(Array(20).fill(75))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}, 60_000)
