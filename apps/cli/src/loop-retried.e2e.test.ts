import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { DeterministicEndpoint } from '@ratchet/adapters/testing/deterministic-endpoint.ts'
import { recipeFor, startTeacher } from './testing/deterministic-loop.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { referenceServer } from './testing/reference-run.ts'
import { runRatchet } from './testing/run-ratchet.ts'
import { outcomeOf, untilOver } from './testing/small-loop.ts'
import { storedSteps } from './testing/training-series.ts'

describe('a loop whose round fails again and again and is retried', () => {
  let teacher: DeterministicEndpoint
  let directory: string
  let ratchet: LocalRatchet | null = null
  beforeAll(async () => {
    teacher = await startTeacher()
    directory = await mkdtemp(join(tmpdir(), 'ratchet-retried-'))
  })
  afterAll(async () => {
    await ratchet?.remove()
    await teacher.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('makes the datasets and decisions of an undisturbed run, and samples and trains nothing twice', async () => {
    const reference = await referenceServer()
    const { client: undisturbed } = reference
    const started = await undisturbed.startIteration(
      await recipeFor(undisturbed, reference.ratchet.dataDirectory, teacher),
    )
    const whole = await untilOver(undisturbed, started.id)
    expect(whole).toMatchObject({ state: 'succeeded', reason: null })

    ratchet = await createLocalRatchet()
    const { env } = ratchet
    const client = await ratchet.start()
    const recipe = await recipeFor(client, ratchet.dataDirectory, teacher)
    // Is found before the round samples, and takes nothing when it trains.
    const shell = (script: string) => ['/bin/sh', '-c', script, '{name}']
    const cluster = {
      backend: 'command',
      submit: [...shell('echo this launcher takes nothing >&2; exit 1'), '{command}'],
      look: shell(`echo '{"state":"absent"}'`),
      stop: shell('exit 0'),
    }
    const { id, rounds } = await client.startIteration({ ...recipe, cluster })
    const roundId = rounds[0]?.id ?? ''
    const failed = await untilOver(client, id)
    expect(failed).toMatchObject({ state: 'failed', rounds: [{ state: 'failed' }] })
    expect(Object.keys(failed.rounds[0]?.results ?? {}).toSorted()).toEqual(['curate', 'explore', 'score'])
    expect(failed.reason).toContain('this launcher takes nothing')
    const asked = teacher.asked
    const trajectories = () => client.trajectories({ iterationId: id, limit: 1000 })
    const sampled = (await trajectories()).items.map((each) => each.id)
    const ask = async (args: readonly string[], changes?: unknown) => {
      const file = join(directory, 'changes.yaml')
      await writeFile(file, JSON.stringify(changes ?? {}))
      const given = changes === undefined ? [] : ['--with', file]
      return await runRatchet([...args, ...given], { env: { ...env, RATCHET_API: client.url } })
    }
    expect((await ask(['status', id])).stdout).toContain(`\`ratchet retry ${id}\` goes on`)

    const refused = await ask(['retry', id], { train: { method: 'dpo' } })
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain(
      `${join(directory, 'changes.yaml')} has one problem\ntrain: a retry cannot change this`,
    )
    const unchanged = await ask(['retry', id], {})
    expect(unchanged.code).toBe(2)
    expect(unchanged.stderr).toContain('changes.yaml changes nothing')

    // The cluster is mended, and now the server of the checkpoint is away for longer than anybody has patience.
    const away = await ask(['retry', id, '--watch'], {
      cluster: recipe.cluster,
      serving: { backend: 'static', endpoints: [{ url: 'http://127.0.0.1:1/v1' }] },
      patience: { endpointMinutes: 0.02 },
    })
    expect(away.code).toBe(1)
    expect(away.stderr).not.toContain('this launcher takes nothing')
    expect(away.stdout).toContain(`${id} goes on with train of round 0`)
    expect(away.stdout).toContain(`\`ratchet retry ${id}\` goes on`)
    const { results, reason } = (await client.iteration(id)).rounds[0] ?? {}
    expect(reason).toContain('127.0.0.1:1')
    expect(Object.keys(results ?? {})).toContain('train')
    const training = await client.training(roundId)
    expect(training).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }, { attempt: 2 }] })

    const done = await ask(['retry', id, '--watch', '--json'], { serving: { backend: 'policy-server' }, patience: {} })
    expect(done.code).toBe(0)
    const told: { kind: string }[] = done.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    // Where the training stands is told as soon as it is seen, also before the first event.
    expect(told.filter(({ kind }) => kind !== 'training')[0]).toMatchObject({ kind: 'iteration.retried' })
    const iteration = await client.iteration(id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(await outcomeOf(client, iteration)).toEqual(await outcomeOf(undisturbed, whole))
    expect(await storedSteps(client, roundId)).toEqual(await storedSteps(undisturbed, whole.rounds[0]?.id ?? ''))
    expect(await client.training(roundId)).toMatchObject({ seconds: training.seconds, attempts: [{}, {}] })

    expect(teacher.asked).toBe(asked)
    const explored = (await trajectories()).items.filter(({ purpose }) => purpose === 'explore')
    expect(explored.map((each) => each.id).toSorted()).toEqual(sampled.toSorted())
    const again = await ask(['retry', id])
    expect(again.code).toBe(4)
    expect(again.stderr).toContain('the iteration has succeeded: there is nothing to retry')
  })
})
