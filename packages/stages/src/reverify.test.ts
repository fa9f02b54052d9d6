import { beforeEach, describe, expect, test } from '@jest/globals'
import type { RoundState } from '@ratchet/domain/round/round-state.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { recurate } from './recurate.ts'
import { reverify } from './reverify.ts'
import { runReverification } from './run-reverification.ts'
import { type Interruption, interruptWorld } from './testing/interrupted-world.ts'
import { startWorker, stillness, until, workerNamed } from './testing/memory-worker.ts'
import type { MemoryWorld } from './testing/memory-world.ts'
import { createStoredRound, storedRoundId as roundId, type StoredAttempt } from './testing/stored-round.ts'
import type { World } from './world.ts'

/** Decides by the solution's first word, which is a decision. */
const wordVerifier: Verifier = {
  async verify(_problem, solution) {
    const word = solution.split(' ')[0]
    const decision = word === 'correct' || word === 'incorrect' ? word : 'undecided'
    return { decision, reason: 'read', extracted: solution, verifier: 'word@2' }
  },
}

const attempts: readonly StoredAttempt[] = [
  { problem: 0, index: 0, decision: 'undecided', solution: 'correct 0' },
  { problem: 0, index: 1, decision: 'correct', solution: 'correct 1' },
  { problem: 1, index: 0, decision: 'correct', solution: 'incorrect 2' },
  { problem: 1, index: 1, decision: 'correct', solution: 'correct 3' },
  { problem: 2, index: 0, decision: 'incorrect', solution: 'incorrect 4' },
  { problem: 2, index: 1, decision: 'correct', solution: 'correct 5' },
  {
    problem: 3,
    index: 0,
    decision: 'undecided',
    solution: '',
    difference: { finish: 'error', failure: '503', text: '' },
  },
  { problem: 4, index: 0, decision: 'incorrect', solution: 'correct 7', difference: { purpose: 'evaluate' } },
]

let memory: MemoryWorld
let world: World
const use = async (stored: readonly StoredAttempt[], verifier = wordVerifier) => {
  memory = await createStoredRound(stored.map(withHash))
  world = { ...memory.world, verifierFor: () => verifier }
}
/** The text of a failed rollout is empty, and its hash is that of nothing. */
function withHash(each: StoredAttempt): StoredAttempt {
  const { difference } = each
  return difference?.text === undefined ? each : { ...each, difference: { ...difference, textSha256: emptySha256 } }
}
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
beforeEach(() => use(attempts))

const ask = (filter: unknown = {}, idempotencyKey: string | null = null, id = roundId) =>
  reverify(world, id, filter, { idempotencyKey })
const asked = async (filter: unknown = {}) => {
  const outcome = await ask(filter)
  if (!('reverification' in outcome)) throw new Error(JSON.stringify(outcome))
  return outcome.reverification.id
}
const run = (reverificationId: string, worker = workerNamed('one'), under = world) =>
  runReverification(under, { kind: 'reverify', roundId, reverificationId }, worker)
const after = async (filter: unknown = {}) => {
  const id = await asked(filter)
  await run(id)
  return await world.reverifications.find(id)
}
const verdictsOf = async (stored = memory.world) => {
  const rows = await stored.trajectories.list({ roundIds: [roundId] })
  const each = rows.map(async ({ id }) => (await stored.trajectories.verdicts(id)).map(({ at: _at, ...rest }) => rest))
  return await Promise.all(each)
}
const verifiersOf = async () => (await verdictsOf()).map((each) => each.map(({ verifier }) => verifier).join(' '))
const eventsOf = async () => (await memory.world.events.read('it-1', 0, 100)).filter(({ kind }) => /rever/.test(kind))

describe('verifying again', () => {
  test('stores new verdicts beside the old ones, counts what changed, tells of it and asks no model', async () => {
    const done = await after()
    expect(done).toMatchObject({ status: 'done', total: 7, checked: 7, appended: 7, reason: null })
    const changes = [
      { from: 'correct', to: 'incorrect', trajectories: 1 },
      { from: 'incorrect', to: 'correct', trajectories: 1 },
      { from: 'undecided', to: 'correct', trajectories: 1 },
    ]
    expect(done?.changes).toEqual(changes)
    const body = { round: 0, reverificationId: done?.id, checked: 7, appended: 7, changes }
    expect(await eventsOf()).toMatchObject([{ kind: 'round.reverified', roundId, body }])
    const verdicts = await verdictsOf()
    expect(verdicts[0]?.map(({ decision, extracted }) => [decision, extracted])).toEqual([
      ['undecided', '2'],
      ['correct', 'correct 0'],
    ])
    expect(await world.trajectories.tally(roundId, 'explore')).toMatchObject({ correct: 4, incorrect: 2, failed: 1 })
    expect(memory.inference.calls).toEqual([])
  })

  test('leaves rollouts alone that have no answer', async () => {
    await after()
    const [failed] = await world.trajectories.list({ roundIds: [roundId], answered: false })
    expect(await world.trajectories.verdicts(failed?.id ?? '')).toHaveLength(1)
  })

  test('stores nothing the second time', async () => {
    await after()
    const before = await verdictsOf()
    expect(await after()).toMatchObject({ checked: 7, appended: 0, changes: [] })
    expect(await verdictsOf()).toEqual(before)
  })

  test.each([
    [{ decision: 'undecided' }, 1, ['exact@1 word@2', 'exact@1']],
    [{ purpose: 'evaluate' }, 1, ['exact@1', 'exact@1']],
    [{ problemSet: 'pool', problemIds: ['pool-0'] }, 2, ['exact@1 word@2', 'exact@1 word@2']],
    [{ problemSet: 'held-out' }, 0, ['exact@1', 'exact@1']],
    [{ verifiedBy: ['word@2'] }, 0, ['exact@1', 'exact@1']],
    [{ notVerifiedBy: ['word@2'] }, 7, ['exact@1 word@2', 'exact@1 word@2']],
  ])('takes only those that %j finds', async (filter, count, first) => {
    expect(await after(filter)).toMatchObject({ total: count, checked: count, appended: count })
    expect((await verifiersOf()).slice(0, 2)).toEqual(first)
  })

  test('is begun once under one key', async () => {
    const outcomes = [await ask({}, 'key'), await ask({}, 'key'), await ask({}, 'other')]
    expect(outcomes.map((each) => 'reverification' in each && [each.reverification.id, each.created])).toEqual([
      ['rv-2', true],
      ['rv-2', false],
      ['rv-4', true],
    ])
    expect([...memory.backlog.waiting.values()].map(({ message }) => message)).toEqual([
      { kind: 'reverify', roundId, reverificationId: 'rv-2' },
      { kind: 'reverify', roundId, reverificationId: 'rv-4' },
    ])
  })

  test('is refused for a filter that is wrong and a round that is not there', async () => {
    expect(await ask({ decision: 'undecidd', only: 1 })).toMatchObject({
      ok: false,
      problems: [{ path: 'decision', remedy: 'did you mean "undecided"?' }, { path: 'only' }],
    })
    expect(await ask({ problemSet: 'none' })).toMatchObject({ problems: [{ path: 'problemSet' }] })
    expect(await ask({}, null, 'none')).toEqual({ ok: false, notFound: true })
  })

  test.each<[RoundState, { purpose?: string }, 'allowed' | 'refused']>([
    ['waiting', {}, 'refused'],
    ['explore', {}, 'refused'],
    ['explore', { purpose: 'evaluate' }, 'refused'],
    ['curate', { purpose: 'explore' }, 'refused'],
    ['train', {}, 'refused'],
    ['train', { purpose: 'explore' }, 'allowed'],
    ['evaluate', {}, 'refused'],
    ['evaluate', { purpose: 'explore' }, 'allowed'],
    ['rejected', {}, 'allowed'],
    ['failed', {}, 'allowed'],
    ['cancelled', {}, 'allowed'],
  ])('of a round in state %s with %j is %s', async (state, filter, expected) => {
    const round = await world.rounds.round(roundId)
    if (round !== null) await world.rounds.updateRound(round, { state })
    const outcome = await ask(filter)
    expect(outcome.ok).toBe(expected === 'allowed')
    if (expected === 'refused')
      expect(outcome).toMatchObject({ refused: expect.stringMatching(`^round 0 is in state ${state} .*: wait until`) })
  })
})

describe('curating after verifying again', () => {
  const rules = { pool: 'this-round', rules: [{ rule: 'correct' }] }
  const curated = async () => {
    const outcome = await recurate(world, roundId, rules)
    if (!('versions' in outcome)) throw new Error(JSON.stringify(outcome))
    return { curationId: outcome.curationId, version: outcome.versions[0] }
  }
  const keptBy = async (curation: string) => {
    const rows = await world.trajectories.list({ roundIds: [roundId], purpose: 'explore' })
    const decisions = await Promise.all(rows.map(({ id }) => world.trajectories.decisions(id)))
    return rows.flatMap(({ problemId, index }, at) => {
      const found = decisions[at]?.find(({ curationId }) => curationId === curation)
      return [`${problemId}/${index} ${found?.kept === true ? 'kept' : (found?.rule ?? 'left out')}`]
    })
  }

  test('goes by the newest verdicts, and lets nothing in that was surplus when the round explored', async () => {
    const before = await curated()
    expect(await keptBy(before.curationId)).toEqual([
      'pool-0/0 correct',
      'pool-0/1 kept',
      'pool-1/0 kept',
      'pool-1/1 surplus',
      'pool-2/0 correct',
      'pool-2/1 kept',
      'pool-3/0 correct',
    ])
    await after()
    const newer = await curated()
    expect(await keptBy(newer.curationId)).toEqual([
      'pool-0/0 kept',
      'pool-0/1 surplus',
      'pool-1/0 correct',
      'pool-1/1 surplus',
      'pool-2/0 correct',
      'pool-2/1 kept',
      'pool-3/0 correct',
    ])
  })

  test('leaves what was curated before as it was, and gives the same when asked again', async () => {
    const before = await curated()
    await after()
    const newer = await curated()
    expect(newer.version?.id).not.toBe(before.version?.id)
    expect(await world.datasets.find(before.version?.id ?? '')).toEqual(before.version)
    const decisions = await keptBy(before.curationId)
    expect(await curated()).toEqual(newer)
    expect(await keptBy(before.curationId)).toEqual(decisions)
    // Nothing new is found, so nothing changes.
    await after()
    expect(await curated()).toEqual(newer)
  })

  test('waits until the verdicts no longer change', async () => {
    const id = await asked()
    expect(await recurate(world, roundId, rules)).toMatchObject({
      ok: false,
      refused: `re-verification ${id} of ${roundId} is not done: wait until it is`,
    })
    await run(id)
    expect(await recurate(world, roundId, rules)).toMatchObject({ ok: true })
  })
})

describe('a re-verification that does not get through', () => {
  const verifying = (verify: Verifier['verify']): World => ({ ...world, verifierFor: () => ({ verify }) })
  const breaking = () =>
    verifying(async () => {
      throw new Error('the verifier broke')
    })

  test('is tried again after a while that doubles, and fails for good at the fifth time', async () => {
    const id = await asked()
    for (const seconds of [1, 2, 4, 8]) {
      memory.backlog.waiting.clear()
      await run(id, workerNamed('one'), breaking())
      expect(await world.reverifications.find(id)).toMatchObject({ status: 'pending', reason: 'the verifier broke' })
      const dueMs = memory.clock.now().getTime() + seconds * 1000 + 50
      expect([...memory.backlog.waiting.values()]).toEqual([
        { message: { kind: 'reverify', roundId, reverificationId: id }, dueMs },
      ])
      memory.clock.pass(seconds * 1000)
    }
    await run(id, workerNamed('one'), breaking())
    const failed = { status: 'failed', reason: 'the verifier broke', checked: 0 }
    expect(await world.reverifications.find(id)).toMatchObject(failed)
    expect(await eventsOf()).toMatchObject([
      { kind: 'round.reverification-failed', body: { reverificationId: id, reason: 'the verifier broke' } },
    ])
    expect(await world.reverifications.due()).toEqual([])
  })

  test('fails for good when five workers died over it', async () => {
    const id = await asked()
    for (let death = 0; death < 5; death++) {
      await world.reverifications.claim(id, 'dead', 10)
      memory.clock.pass(10_000)
    }
    await run(id)
    const reason = 'the lease of dead ran out; failed 5 times'
    expect(await world.reverifications.find(id)).toMatchObject({ status: 'failed', reason, checked: 0 })
  })

  test('is given back when its worker shuts down, and taken up by another', async () => {
    const shutdown = new AbortController()
    const id = await asked()
    const waiting = verifying(
      (_problem, _solution, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    )
    const ended = run(id, workerNamed('one', { shutdown: shutdown.signal }), waiting)
    await stillness()
    expect(await world.reverifications.claim(id, 'two', 60)).toBeNull()
    memory.clock.pass(3000)
    await stillness()
    shutdown.abort(new Error('the worker shuts down'))
    await ended
    expect(await world.reverifications.find(id)).toMatchObject({ status: 'pending', reason: null })
    await run(id)
    expect(await world.reverifications.find(id)).toMatchObject({ status: 'done', appended: 7 })
  })

  test('leaves no trace of a claim that was lost to another worker', async () => {
    const id = await asked()
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const slow = verifying(async (problem, solution) => {
      await held
      return { ...(await wordVerifier.verify(problem, solution)), verifier: 'slow@1' }
    })
    const { heartbeat: _heartbeat, ...rest } = world.reverifications
    const deaf = { ...slow, reverifications: { ...rest, heartbeat: async () => {} } }
    const old = run(id, workerNamed('old'), deaf)
    await stillness()
    memory.clock.pass(15_000)
    await run(id, workerNamed('new'))
    go()
    await old
    expect(await world.reverifications.find(id)).toMatchObject({ status: 'done', checked: 7 })
    expect((await verifiersOf()).filter((each) => each.includes('slow'))).toEqual([])
    expect(await eventsOf()).toHaveLength(1)
  })
})

describe('a long re-verification', () => {
  const many: readonly StoredAttempt[] = Array.from({ length: 600 }, (_, n) => {
    const decision = n % 3 === 0 ? 'undecided' : 'incorrect'
    return { problem: n % 5, index: Math.floor(n / 5), decision, solution: n % 2 === 0 ? 'correct' : 'incorrect' }
  })

  /** Plays it to its end. A process that dies is replaced by another one; whoever asked asks again. */
  async function play(interruption: { readonly at: number; readonly how: Interruption } | null = null) {
    await use(many)
    const { verifierFor } = world
    const first = interruptWorld(world, interruption)
    let process = first
    const revive = () => {
      if (process.isDead()) process = interruptWorld({ ...memory.another(), verifierFor })
    }
    for (let time = 0; time < 2; time++) {
      revive()
      reverify(process.world, roundId, { decision: 'incorrect' }, { idempotencyKey: 'key' }).catch(() => {})
      await stillness()
    }
    revive()
    let worker = await startWorker(process.world)
    await until(memory, async () => {
      if (process.isDead()) {
        worker.stop()
        revive()
        worker = await startWorker(process.world, { owner: 'another' })
        await stillness()
      }
      return (await memory.world.reverifications.list(roundId))[0]?.status === 'done'
    })
    worker.stop()
    const verdicts: Verdict[][] = await verdictsOf()
    const all = await memory.world.reverifications.list(roundId)
    const rows = all.map(({ id: _id, createdAt: _created, startedAt: _started, finishedAt: _finished, ...row }) => row)
    const events = (await eventsOf()).map(({ kind, body: { reverificationId: _id, ...body } }) => ({ kind, body }))
    return { outcome: JSON.stringify({ verdicts, rows, events }), writes: first.writes }
  }

  test.each([
    ['any one of its writes is refused', 'refused'],
    ['any one of its writes takes place but seems to have failed', 'unanswered'],
    ['its process dies after any one of its writes', 'died'],
  ] as const)('comes to the same when %s', async (_when, how) => {
    const undisturbed = await play()
    expect(undisturbed.outcome).toContain('"checked":400,"appended":400')
    expect(undisturbed.writes.filter((each) => each.startsWith('rever')).length).toBeGreaterThan(4)
    for (const [at, write] of undisturbed.writes.entries()) {
      const { outcome, writes } = await play({ at, how })
      expect([at, writes[at], outcome === undisturbed.outcome]).toEqual([at, write, true])
    }
  })
})
