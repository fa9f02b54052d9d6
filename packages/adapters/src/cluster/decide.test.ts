import { describe, expect, test } from '@jest/globals'
import { type AttemptFacts, decide } from './decide.ts'
import type { EndCause, Sight } from './scheduler.ts'

const limits = {
  silentAfterMs: 1000,
  silentAtStartAfterMs: 5000,
  stuckAfterMs: 1_800_000,
  showsAfterMs: 300,
  timeLimitMs: 660_000,
  timeLimitMinutes: 1,
}

const waiting: Sight = { state: 'waiting', reason: 'Resources', queuePosition: 2, hopeless: false }
const running: Sight = { state: 'running', since: new Date(0) }
const ended = (cause: EndCause, detail = ''): Sight => ({ state: 'ended', cause, detail })
const absent: Sight = { state: 'absent' }

const facts = (sight: Sight, more: Partial<AttemptFacts> = {}): AttemptFacts => ({
  sight,
  result: null,
  resultReason: null,
  gotFurther: false,
  silentMs: 10,
  stillMs: null,
  usualStepMs: null,
  sinceSubmissionMs: 10_000,
  sinceStartMs: sight.state === 'running' ? 9000 : null,
  paused: false,
  ...more,
})

describe('what to make of an attempt', () => {
  test.each<[string, AttemptFacts, object]>([
    [
      'success is success, though the scheduler says it failed',
      facts(ended('node-lost'), { result: 'succeeded' }),
      { kind: 'use-result' },
    ],
    ['success counts while the run still ends', facts(running, { result: 'succeeded' }), { kind: 'use-result' }],
    ["a reason of the trainer's is final", facts(ended('exited'), { result: 'failed' }), { kind: 'use-result' }],
    [
      "a reason that may pass costs one attempt, and is the next one's",
      facts(ended('exited'), { result: 'failed-for-now', resultReason: 'the store is away' }),
      { kind: 'try-again', counts: true, why: 'the store is away' },
    ],
    [
      'an error that the trainer did not foresee costs one attempt, however the run ended',
      facts(ended('time-limit'), { result: 'failed-for-now', resultReason: 'RuntimeError: NCCL' }),
      { kind: 'try-again', counts: true, why: 'RuntimeError: NCCL' },
    ],
    [
      'an error that left no words is tried again with ours',
      facts(ended('exited'), { result: 'failed-for-now' }),
      { kind: 'try-again', counts: true, why: 'the trainer failed and gave no reason' },
    ],
    ['a trainer that failed for now is let end', facts(running, { result: 'failed-for-now' }), { kind: 'wait' }],
    [
      'forgotten after it failed for now goes on',
      facts(absent, { result: 'failed-for-now' }),
      { kind: 'try-again', counts: true },
    ],
    [
      'what was never handed over is submitted',
      facts(absent, { sinceSubmissionMs: null, silentMs: null }),
      { kind: 'submit' },
    ],
    [
      'a scheduler that does not show it yet gets its time',
      facts(absent, { sinceSubmissionMs: 200, silentMs: null }),
      { kind: 'wait' },
    ],
    ['a scheduler that forgot a trainer that lives is not believed', facts(absent), { kind: 'running' }],
    ['forgotten and silent is lost', facts(absent, { silentMs: 2000 }), { kind: 'try-again', counts: true }],
    [
      'forgotten after a preemption goes on',
      facts(absent, { result: 'preempted' }),
      { kind: 'try-again', counts: false },
    ],
    [
      'paused before it was handed over is opened anew',
      facts(absent, { sinceSubmissionMs: null, paused: true }),
      { kind: 'try-again', counts: false },
    ],
    [
      'paused while it waited and forgotten since is opened anew',
      facts(absent, { silentMs: null, paused: true }),
      { kind: 'try-again', counts: false },
    ],
    [
      'a queue is waited for, with its reason and place',
      facts(waiting),
      { kind: 'wait', reason: 'Resources', queuePosition: 2 },
    ],
    [
      'what can never start is given up',
      facts({ ...waiting, hopeless: true }),
      { kind: 'give-up', kill: true, reason: 'the cluster cannot run it: Resources' },
    ],
    ['a run with signs of life runs', facts(running), { kind: 'running' }],
    ['a run without any yet is starting', facts(running, { silentMs: null, sinceStartMs: 3000 }), { kind: 'wait' }],
    [
      'a run that fell silent is killed',
      facts(running, { silentMs: 2000 }),
      { kind: 'try-again', counts: true, kill: true },
    ],
    [
      'a run that never spoke is killed',
      facts(running, { silentMs: null, sinceStartMs: 6000 }),
      { kind: 'try-again', counts: true, kill: true },
    ],
    [
      'a run that lives and makes no step is killed, and the reason tells it from a silent one',
      facts(running, { stillMs: 1_860_000, usualStepMs: 1000 }),
      {
        kind: 'try-again',
        counts: true,
        kill: true,
        why: 'the trainer lives but has made no step for 31 minutes',
      },
    ],
    ['a run that made a step not long ago runs', facts(running, { stillMs: 1_700_000 }), { kind: 'running' }],
    [
      'a run of slow steps gets ten of them',
      facts(running, { stillMs: 3_500_000, usualStepMs: 360_000 }),
      { kind: 'running' },
    ],
    [
      'a run of slow steps that takes longer than ten of them is killed',
      facts(running, { stillMs: 3_660_000, usualStepMs: 360_000 }),
      { kind: 'try-again', kill: true, why: 'the trainer lives but has made no step for 61 minutes' },
    ],
    [
      'a run that ends is not asked for steps',
      facts(running, { result: 'preempted', stillMs: 3_660_000 }),
      { kind: 'wait' },
    ],
    ['a run over its limit is stopped', facts(running, { sinceStartMs: 661_000 }), { kind: 'end-at-limit' }],
    ['a run that has saved and still ends is left to it', facts(running, { result: 'preempted' }), { kind: 'wait' }],
    [
      'one that saved and never ends is killed',
      facts(running, { result: 'preempted', silentMs: 2000 }),
      { kind: 'try-again', kill: true },
    ],
    ['a good exit without a result is a lie', facts(ended('exited')), { kind: 'try-again', counts: true }],
    [
      'an exit after a save is a preemption',
      facts(ended('exited'), { result: 'preempted' }),
      { kind: 'try-again', counts: false },
    ],
    ['a preemption without a save does not count', facts(ended('preempted')), { kind: 'try-again', counts: false }],
    ['a lost node does not count', facts(ended('node-lost')), { kind: 'try-again', counts: false }],
    [
      'a limit after a checkpoint goes on',
      facts(ended('time-limit'), { gotFurther: true }),
      { kind: 'try-again', counts: false },
    ],
    [
      'a limit without one never gets further, and the reason has the limit of the recipe without our margin',
      facts(ended('time-limit')),
      { kind: 'give-up', reason: expect.stringContaining('longer than 1 minutes') },
    ],
    [
      'what somebody cancelled there is not started again',
      facts(ended('stopped', 'by 1000')),
      { kind: 'give-up', reason: 'somebody cancelled the job on the cluster: by 1000' },
    ],
    [
      'what we stopped ourselves goes on',
      facts(ended('stopped'), { paused: true }),
      { kind: 'try-again', counts: false },
    ],
    [
      'what cannot run is given up with its reason',
      facts(ended('impossible', 'no such image')),
      { kind: 'give-up', reason: 'the cluster cannot run it: no such image' },
    ],
  ])('%s', (_title, given, wanted) => {
    expect(decide(given, limits)).toMatchObject(wanted)
  })
})
