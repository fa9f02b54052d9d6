import { expect, test } from '@jest/globals'
import { slurmFailure, slurmSaid } from './slurm-failure.ts'

const failed = (stderr: string) => ({ code: 1, stdout: '', stderr })

const unreached = [
  'sbatch: error: Batch job submission failed: Protocol authentication error',
  'sbatch: error: Munge encode failed: Failed to access "/run/munge/munge.socket.2": No such file or directory',
  'sbatch: error: Batch job submission failed: Insane message length',
  'sbatch: error: fetch_config: DNS SRV lookup failed\nsbatch: fatal: Could not establish a configuration source',
  'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
  'sbatch: error: Batch job submission failed: Slurm backup controller in standby mode',
  'sbatch: error: slurm_set_addr: Unable to resolve "head"',
  'sbatch: error: Batch job submission failed: No route to host',
  'sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received',
  'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying',
]

test.each(unreached)('is tried again after "%s"', (stderr) => {
  expect(slurmFailure('sbatch', failed(stderr))).toMatchObject({ retryable: true })
})

test('a queue that takes no more of one user is asked again', () => {
  const stderr =
    'sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy\n'
  expect(slurmFailure('sbatch', failed(stderr))).toMatchObject({
    retryable: true,
    message: expect.stringMatching(/^Slurm takes no further job now: Batch job submission failed: Job violates/),
  })
})

test('a refusal by sbatch is final, with its remedy', () => {
  const stderr = 'sbatch: error: Batch job submission failed: Invalid partition name specified\n'
  expect(slurmFailure('sbatch', failed(stderr))).toMatchObject({
    retryable: false,
    message:
      'Slurm refused sbatch: Batch job submission failed: Invalid partition name specified; correct cluster.partition; sinfo lists those that there are',
  })
})

test.each(['squeue', 'scancel', 'scontrol', 'sinfo'])('whatever fails %s is tried again', (program) => {
  const stderr = `${program}: error: Invalid user\n`
  expect(slurmFailure(program, failed(stderr))).toMatchObject({
    retryable: true,
    message: `Slurm's ${program} failed: Invalid user`,
  })
  expect(slurmFailure(program, failed(''))).toMatchObject({
    retryable: true,
    message: `Slurm's ${program} failed: it gave no reason`,
  })
})

test('a Slurm without a configuration was not reached, and the remedy is named', () => {
  const stderr =
    'squeue: error: fetch_config: DNS SRV lookup failed\nsqueue: fatal: Could not establish a configuration source\n'
  expect(slurmFailure('squeue', failed(stderr))).toMatchObject({
    retryable: true,
    message: expect.stringMatching(
      /^Slurm was not reached: Could not establish a configuration source; set SLURM_CONF for the worker, or cluster.ssh/,
    ),
  })
})

test('the hint at the help is no fault', () => {
  const stderr = 'sbatch: unrecognized option \'--nonsense=1\'\nTry "sbatch --help" for more information\n'
  expect(slurmSaid(failed(stderr))).toBe("unrecognized option '--nonsense=1'")
})
