import { describe, expect, test } from '@jest/globals'
import { createManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import type { CommandRunner } from './command-runner.ts'
import type { Run } from './scheduler.ts'
import { createSlurmScheduler } from './slurm.ts'

const resources = { gpusPerNode: 1, options: [], setup: [], env: {} }

const wanted = { name: 'ratchet-a-1', directory: '/runs/a/attempt-1' }

/** A Slurm in which the run is in this state, whatever one does; `asked` are the times of each question, in ms. */
function slurmWith(state: string) {
  const clock = createManualClock()
  const startMs = clock.now().getTime()
  const asked: Record<'run' | 'list', number[]> = { run: [], list: [] }
  const failing = { list: false }
  const run: CommandRunner = async (command) => {
    const text = command.join(' ')
    const done = (stdout: string) => ({ code: 0, stdout, stderr: '' })
    if (!text.startsWith('squeue')) return done('')
    const isList = text.includes('--states=PENDING')
    asked[isList ? 'list' : 'run'].push(clock.now().getTime() - startMs)
    if (!isList) return done(`7|${state}|Resources|0:00|1|batch|${wanted.directory}\n`)
    return failing.list ? { code: 1, stdout: '', stderr: 'Unable to contact slurm controller' } : done('5\n6\n7\n')
  }
  const scheduler = createSlurmScheduler({ run, clock, resources })
  return { scheduler, clock, asked, failing }
}

describe('how often Slurm is asked', () => {
  test('whether a run is gone: often at first, then every five seconds', async () => {
    const { scheduler, clock, asked } = slurmWith('RUNNING')
    const stopped = scheduler.stop(wanted, 60_000)
    let end: string | null = null
    stopped.catch((error: unknown) => {
      end = String(error)
    })
    for (let moves = 0; end === null && moves < 500; moves++) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.next()
    }
    expect(end).toContain('has not ended the job ratchet-a-1 within a minute')
    expect(asked.run.slice(0, 8)).toEqual([0, 250, 750, 1750, 3750, 7750, 12_750, 17_750])
    expect(asked.run).toContain(60_000)
    expect(asked.run.length).toBeLessThan(36)
  })

  test('for the whole queue: at most every thirty seconds, by all jobs together', async () => {
    const { scheduler, clock, asked } = slurmWith('PENDING')
    for (let look = 0; look < 21; look++) {
      expect(await scheduler.look(wanted)).toMatchObject({ state: 'waiting', queuePosition: 2 })
      clock.pass(3000)
    }
    expect(asked.run).toHaveLength(21)
    expect(asked.list).toEqual([0, 30_000, 60_000])
  })

  test('again at once after the queue could not be read', async () => {
    const { scheduler, asked, failing } = slurmWith('PENDING')
    failing.list = true
    await expect(scheduler.look(wanted)).rejects.toThrow('Slurm does not answer')
    failing.list = false
    expect(await scheduler.look(wanted)).toMatchObject({ queuePosition: 2 })
    expect(asked.list).toEqual([0, 0])
  })
})

/** What the command says that begins with these words, in turn and the last for ever; any other succeeds without a word. */
function slurmSaying(
  replies: Readonly<Record<string, readonly { code?: number; stdout?: string; stderr?: string }[]>>,
) {
  const clock = createManualClock()
  const commands: string[] = []
  const run: CommandRunner = async (command) => {
    const text = command.join(' ')
    const words = Object.keys(replies).find((each) => text.startsWith(each)) ?? ''
    const earlier = commands.filter((each) => words !== '' && each.startsWith(words)).length
    commands.push(text)
    return { code: 0, stdout: '', stderr: '', ...(replies[words]?.[earlier] ?? replies[words]?.at(-1)) }
  }
  return { scheduler: createSlurmScheduler({ run, clock, resources }), clock, commands }
}

describe('a job that waits for the number of its nodes', () => {
  const waits = (nodes: number, partition = 'batch') => [
    { stdout: `7|PENDING|PartitionNodeLimit|0:00|${nodes}|${partition}|${wanted.directory}\n` },
  ]

  test('fails where the partition has fewer', async () => {
    const { scheduler } = slurmSaying({
      'squeue --noheader --noconvert': waits(3),
      sinfo: [{ stdout: 'batch|1-infinite|2\n' }],
    })
    expect(await scheduler.look(wanted)).toMatchObject({ hopeless: true })
  })

  test('waits where the partition has as many, and asks for them once in thirty seconds', async () => {
    const replies = {
      'squeue --noheader --noconvert': waits(2, 'a,b'),
      sinfo: [{ stdout: 'a|1-infinite|1\nb|1-infinite|2\n' }],
    }
    const { scheduler, clock, commands } = slurmSaying(replies)
    for (let look = 0; look < 11; look++) {
      expect(await scheduler.look(wanted)).toMatchObject({ state: 'waiting', hopeless: false })
      clock.pass(3000)
    }
    expect(commands.filter((command) => command.startsWith('sinfo'))).toEqual([
      'sinfo --noheader --partition=a,b --format=%R|%s|%D',
      'sinfo --noheader --partition=a,b --format=%R|%s|%D',
    ])
  })
})

describe('the test job of a check', () => {
  const run: Run = { ...wanted, command: ['train'], nodes: 1, timeLimitMinutes: 10, graceSeconds: 60 }
  const drained = {
    'sbatch --test-only': [{ code: 1, stderr: 'allocation failure: Requested node configuration is not available' }],
    'sbatch --parsable': [{ stdout: '12\n' }],
  }
  const away = { code: 1, stderr: 'scancel: error: Unable to contact slurm controller' }
  const said =
    'Slurm takes it, but could not start it now: allocation failure: Requested node configuration is not available'

  test('is cancelled a second time when the first fails', async () => {
    const { scheduler, commands } = slurmSaying({ ...drained, scancel: [away, {}] })
    await expect(scheduler.check(run, '/base')).rejects.toMatchObject({ retryable: true, message: said })
    expect(commands.filter((command) => command.startsWith('scancel'))).toEqual(Array(2).fill('scancel --quiet 12'))
  })

  test('is told of when it cannot be cancelled', async () => {
    const { scheduler } = slurmSaying({ ...drained, scancel: [away] })
    await expect(scheduler.check(run, '/base')).rejects.toMatchObject({
      retryable: true,
      message: `${said}; its test job 12, which does nothing, could not be cancelled: run scancel 12`,
    })
  })
})
