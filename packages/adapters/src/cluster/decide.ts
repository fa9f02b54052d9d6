import type { Sight } from './scheduler.ts'

/** What is known of a job's current attempt: what the scheduler shows and what the trainer left, looked at in this order. */
export type AttemptFacts = {
  readonly sight: Sight
  /** The trainer's last word of this very attempt. `failed-for-now`: a further attempt may do better. Null: none yet. */
  readonly result: 'succeeded' | 'failed' | 'failed-for-now' | 'preempted' | null
  readonly resultReason: string | null
  /** Whether the attempt got further than where it began. */
  readonly gotFurther: boolean
  /** Since the trainer's last sign of life, or null before the first. */
  readonly silentMs: number | null
  /** How long a trainer that lives has made no step; null while it does what has none. */
  readonly stillMs: number | null
  /** The usual time between two steps, or null before the first. */
  readonly usualStepMs: number | null
  /** Since the scheduler took the run, or null when that is not on record. */
  readonly sinceSubmissionMs: number | null
  readonly sinceStartMs: number | null
  /** We asked it to end so that it can go on later. */
  readonly paused: boolean
}

export type AttemptLimits = {
  readonly silentAfterMs: number
  readonly silentAtStartAfterMs: number
  /** For a trainer that lives; slow ones get ten of their usual steps. */
  readonly stuckAfterMs: number
  readonly showsAfterMs: number
  /** When the run is ended by us: the recipe's limit, and a margin where the scheduler ends it by itself. */
  readonly timeLimitMs: number
  /** The recipe's limit, for people. */
  readonly timeLimitMinutes: number
}

export type Decision =
  /** The trainer's result is the job's end. */
  | { readonly kind: 'use-result' }
  | { readonly kind: 'submit' }
  | { readonly kind: 'wait'; readonly reason: string; readonly queuePosition: number | null }
  | { readonly kind: 'running' }
  /** Stop the run, then decide as if the scheduler had ended it at its limit. */
  | { readonly kind: 'end-at-limit' }
  /** A further attempt; `counts` against the job's attempts; `kill` the run first. */
  | { readonly kind: 'try-again'; readonly why: string; readonly counts: boolean; readonly kill: boolean }
  | { readonly kind: 'give-up'; readonly reason: string; readonly kill: boolean }

/**
 * What to make of an attempt. Neither side is believed alone: the trainer's result of this attempt is final, whatever the
 * scheduler says of exit codes; without one the scheduler says whether anything can still come.
 */
export function decide(facts: AttemptFacts, limits: AttemptLimits): Decision {
  if (facts.result === 'succeeded' || facts.result === 'failed') return { kind: 'use-result' }
  const { sight } = facts
  switch (sight.state) {
    case 'absent':
      return ofAbsent(facts, limits)
    case 'waiting':
      if (sight.hopeless) return { kind: 'give-up', reason: `the cluster cannot run it: ${sight.reason}`, kill: true }
      return { kind: 'wait', reason: sight.reason, queuePosition: sight.queuePosition }
    case 'running':
      return ofRunning(facts, limits)
    case 'ended':
      return ofEnded(facts, sight, limits)
  }
}

function ofAbsent(facts: AttemptFacts, limits: AttemptLimits): Decision {
  if (facts.result === 'preempted') return again('the trainer was preempted', false)
  if (facts.result === 'failed-for-now') return again(failure(facts), true)
  if (facts.sinceSubmissionMs === null) return facts.paused ? again('it was paused', false) : { kind: 'submit' }
  if (facts.silentMs !== null && facts.silentMs <= limits.silentAfterMs) return { kind: 'running' }
  if (facts.sinceSubmissionMs <= limits.showsAfterMs) return wait('the cluster does not show the job yet')
  if (facts.paused) return again('it was paused', false)
  return again('the cluster knows nothing of the job any more, and its trainer left no result', true)
}

function ofRunning(facts: AttemptFacts, limits: AttemptLimits): Decision {
  const { silentMs, sinceStartMs } = facts
  if (silentMs !== null && silentMs > limits.silentAfterMs)
    return again(`the trainer gave no sign of life for ${seconds(silentMs)}`, true, true)
  if (facts.result === 'failed-for-now') return wait(`the trainer ends: ${failure(facts)}`)
  if (facts.result === 'preempted') return wait('the trainer has saved a checkpoint and ends')
  if (isStuck(facts, limits)) return again(stuck(facts), true, true)
  if (sinceStartMs !== null && sinceStartMs > limits.timeLimitMs) return { kind: 'end-at-limit' }
  if (silentMs !== null) return { kind: 'running' }
  if (sinceStartMs !== null && sinceStartMs > limits.silentAtStartAfterMs)
    return again(`the trainer gave no sign of life for ${seconds(sinceStartMs)} after its start`, true, true)
  return wait('the trainer starts')
}

function ofEnded(facts: AttemptFacts, sight: Extract<Sight, { state: 'ended' }>, limits: AttemptLimits): Decision {
  const { result, gotFurther, paused } = facts
  if (paused) return again('it was paused', false)
  if (result === 'failed-for-now') return again(failure(facts), true)
  const said = sight.detail === '' ? '' : `: ${sight.detail}`
  switch (sight.cause) {
    case 'impossible':
      return { kind: 'give-up', reason: `the cluster cannot run it${said}`, kill: false }
    case 'stopped':
      if (result === null)
        return { kind: 'give-up', reason: `somebody cancelled the job on the cluster${said}`, kill: false }
      return again('the trainer was preempted', false)
    case 'preempted':
      return again(`the cluster preempted the job${said}`, false)
    case 'node-lost':
      return again(`the cluster lost the job's node${said}`, false)
    case 'no-room':
      return again(`the cluster had room for a part of the job only${said}`, false)
    case 'time-limit':
      if (gotFurther) return again('the time limit was reached', false)
      return { kind: 'give-up', reason: overLimit(limits), kill: false }
    case 'exited':
      if (result === 'preempted') return again('the trainer was preempted', false)
      return again(`the trainer ended without a result${said}`, true)
  }
}

function isStuck({ stillMs, usualStepMs }: AttemptFacts, { stuckAfterMs }: AttemptLimits): boolean {
  return stillMs !== null && stillMs > Math.max(stuckAfterMs, 10 * (usualStepMs ?? 0))
}

function stuck({ stillMs }: AttemptFacts): string {
  return `the trainer lives but has made no step for ${Math.floor((stillMs ?? 0) / 60_000)} minutes`
}

function failure({ resultReason }: AttemptFacts): string {
  return resultReason ?? 'the trainer failed and gave no reason'
}

function again(why: string, counts: boolean, kill = false): Decision {
  return { kind: 'try-again', why, counts, kill }
}

function wait(reason: string): Decision {
  return { kind: 'wait', reason, queuePosition: null }
}

function overLimit({ timeLimitMinutes }: AttemptLimits): string {
  return `the training took longer than ${timeLimitMinutes} minutes and saved nothing to go on from: raise timeLimitMinutes, or lower checkpointEverySteps`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
