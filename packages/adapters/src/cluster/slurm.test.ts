import { describe, expect, test } from '@jest/globals'
import { createManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import type { CommandRunner } from './command-runner.ts'
import { createSlurmScheduler } from './slurm.ts'

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
    if (!isList) return done(`7|${state}|Resources|0:00|${wanted.directory}\n`)
    return failing.list ? { code: 1, stdout: '', stderr: 'Unable to contact slurm controller' } : done('5\n6\n7\n')
  }
  const scheduler = createSlurmScheduler({
    run,
    clock,
    resources: { gpusPerNode: 1, options: [], setup: [], env: {} },
  })
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
