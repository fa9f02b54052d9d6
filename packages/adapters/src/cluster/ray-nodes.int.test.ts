import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSystemClock } from '../clock/system-clock.ts'
import { describeRealTraining } from '../testing/describe-real-training.ts'
import { canStartRay, type OwnRay, startOwnRay } from '../testing/own-ray.ts'
import { noRay, rayTestSettings } from '../testing/ray-cluster-harness.ts'
import { createClusterOn } from './cluster-on.ts'
import { createRayScheduler, type RaySettings } from './ray.ts'
import type { Run, Sight } from './scheduler.ts'

const suite = canStartRay ? describe : describe.skip
const clock = createSystemClock()

suite(`a Ray of two nodes${canStartRay ? '' : ` (${noRay})`}`, () => {
  let ray: OwnRay
  let runs = ''
  beforeAll(async () => {
    ray = await startOwnRay(2)
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
  }, 120_000)
  afterAll(async () => {
    await ray?.close()
    rmSync(runs, { recursive: true, force: true })
  })

  const open = (changed: Partial<RaySettings> = {}) =>
    createRayScheduler({ ...rayTestSettings(ray), ...changed, clock })
  const newRun = (script: string, nodes = 2): Run => {
    const name = `ray-${Math.random().toString(36).slice(2, 8)}`
    const directory = join(runs, name, 'attempt-1')
    mkdirSync(directory, { recursive: true })
    return { name, directory, command: ['sh', '-c', script], timeLimitMinutes: 1, nodes, graceSeconds: 3 }
  }
  const read = (run: Run, file: string): string =>
    existsSync(join(run.directory, file)) ? readFileSync(join(run.directory, file), 'utf8') : ''
  const untilSeen = async (scheduler: ReturnType<typeof open>, run: Run, state: Sight['state']): Promise<Sight> => {
    for (const deadline = Date.now() + 90_000; ; await sleep(100)) {
      const sight = await scheduler.look(run)
      if (sight.state === state) return sight
      if (sight.state === 'ended' || Date.now() > deadline)
        throw new Error(`it is ${JSON.stringify(sight)}; ${(await scheduler.logs(run, 50)).join('\n')}`)
    }
  }
  const untilTrue = async (holds: () => boolean): Promise<void> => {
    for (const deadline = Date.now() + 30_000; !holds(); await sleep(100))
      if (Date.now() > deadline) throw new Error('it does not come to hold')
  }
  const lives = (pid: string): boolean => {
    try {
      return !/\) Z/.test(readFileSync(`/proc/${Number(pid)}/stat`, 'utf8'))
    } catch {
      return false
    }
  }
  /** Starts a child in a session of its own, as launchers do. */
  const withChild = (then: string): string =>
    `setsid sh -c 'echo $$ >"child-$RATCHET_NODE_RANK"; exec sleep 300' & echo $$ >"own-$RATCHET_NODE_RANK"; ${then}`
  const pidsOf = (run: Run): string[] =>
    ['own-0', 'own-1', 'child-0', 'child-1'].map((file) => read(run, file).trim()).filter((pid) => pid !== '')

  describeRealTraining(
    'Ray',
    (real) => createClusterOn(createRayScheduler({ ...real, ...rayTestSettings(ray) }), real),
    [{ title: 'paused on two nodes', happens: ({ cluster, jobId }) => cluster.pause(jobId) }],
    { nodes: 2, processesPerNode: 1, sharding: 'replicate' },
  )

  test('each node knows its number and the main address, and has what it asks for to itself', async () => {
    const scheduler = open({ cpus: 16, env: { COLOUR: 'blue' } })
    const run = newRun('echo "$RATCHET_NODE_RANK at $RATCHET_MAIN_ADDRESS in $COLOUR, $(nice)"')
    await scheduler.submit(run)
    for (let sight = await scheduler.look(run); sight.state !== 'ended'; sight = await scheduler.look(run))
      await sleep(100)
    expect(await scheduler.look(run)).toEqual({ state: 'ended', cause: 'exited', detail: '' })
    expect(read(run, 'trainer.log')).toBe(`0 at 127.0.0.1 in blue, ${getPriority()}\n`)
    expect(read(run, 'trainer-1.log')).toBe(`1 at 127.0.0.1 in blue, ${getPriority()}\n`)
    await scheduler.close()
  })

  test('a run waits until all of its nodes are free, says so, and can be stopped at once', async () => {
    const scheduler = open({ cpus: 16 })
    const first = newRun('sleep 60', 1)
    const second = newRun('touch it-began')
    await scheduler.submit(first)
    await untilSeen(scheduler, first, 'running')
    await scheduler.submit(second)
    await sleep(5_000)
    expect(await scheduler.look(second)).toMatchObject({
      state: 'waiting',
      reason:
        'it asks for 16 CPU on each of 2 nodes; 2 of 2 nodes are large enough: it starts when 2 of them have that free',
    })
    await scheduler.stop(second, 10_000)
    expect(await scheduler.look(second)).toMatchObject({ state: 'ended', cause: 'stopped' })
    await scheduler.stop(first, 0)
    await sleep(2_000)
    expect(existsSync(join(second.directory, 'it-began'))).toBe(false)
    await scheduler.close()
  }, 120_000)

  test('a run for which there are too few nodes says what there is', async () => {
    const scheduler = open({ cpus: 8 })
    const run = newRun('true', 3)
    await scheduler.submit(run)
    await sleep(3_000)
    expect(await scheduler.look(run)).toMatchObject({
      state: 'waiting',
      reason: 'it asks for 8 CPU on each of 3 nodes; only 2 of 2 nodes are large enough',
    })
    await scheduler.stop(run, 10_000)
    await scheduler.close()
  }, 120_000)

  test('a node that fails ends all, and its last words are the last of the log', async () => {
    const scheduler = open()
    const run = newRun(withChild('[ "$RATCHET_NODE_RANK" = 0 ] && wait; sleep 2; echo "no memory"; exit 3'))
    await scheduler.submit(run)
    await untilSeen(scheduler, run, 'running')
    await untilTrue(() => pidsOf(run).length === 4)
    const sight = await untilSeen(scheduler, run, 'ended')
    expect(sight).toEqual({ state: 'ended', cause: 'exited', detail: 'exit code 3' })
    expect(await scheduler.logs(run, 2)).toEqual(['node 1: no memory', 'node 1 at 127.0.0.1 ended with exit code 3'])
    await untilTrue(() => !pidsOf(run).some(lives))
    await scheduler.close()
  }, 120_000)

  test('a run that is stopped asks all of its nodes to end', async () => {
    const scheduler = open()
    const run = newRun("trap 'echo asked; exit 85' TERM; touch began-$RATCHET_NODE_RANK; while :; do sleep 0.2; done")
    await scheduler.submit(run)
    await untilTrue(() => existsSync(join(run.directory, 'began-0')) && existsSync(join(run.directory, 'began-1')))
    await scheduler.stop(run, 20_000)
    expect(await scheduler.look(run)).toEqual({ state: 'ended', cause: 'exited', detail: 'exit code 85' })
    expect([read(run, 'trainer.log'), read(run, 'trainer-1.log')]).toEqual(['asked\n', 'asked\n'])
    await scheduler.close()
  }, 120_000)

  test('a run that is ended by force leaves no process on any node', async () => {
    const scheduler = open()
    const run = newRun(withChild("trap '' TERM; while :; do sleep 0.2; done"))
    await scheduler.submit(run)
    await untilSeen(scheduler, run, 'running')
    await untilTrue(() => pidsOf(run).length === 4)
    await scheduler.stop(run, 0)
    expect(await scheduler.look(run)).toMatchObject({ state: 'ended', cause: 'stopped' })
    await untilTrue(() => !pidsOf(run).some(lives))
    await scheduler.close()
  }, 120_000)

  // The last, since it takes a node away.
  test('a run that loses a node has lost it, and nothing of it goes on', async () => {
    const scheduler = open()
    const run = newRun(withChild('wait'))
    await scheduler.submit(run)
    await untilSeen(scheduler, run, 'running')
    await untilTrue(() => pidsOf(run).length === 4)
    ray.loseNode()
    const sight = await untilSeen(scheduler, run, 'ended')
    expect(sight).toMatchObject({
      state: 'ended',
      cause: 'node-lost',
      detail: expect.stringMatching(/^node [01] at .* was lost/),
    })
    await untilTrue(() => !pidsOf(run).some(lives))
    await scheduler.close()
  }, 120_000)
})
