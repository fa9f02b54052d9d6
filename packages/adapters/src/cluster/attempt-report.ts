import { resolve } from 'node:path'
import type { JobState } from '@ratchet/ports/cluster.ts'
import type { AttemptFacts, Decision } from './decide.ts'
import type { Attempt, RunDirectory } from './run-directory.ts'
import type { Sight } from './scheduler.ts'
import {
  hasSaved,
  isRetryable,
  readActivity,
  readCanary,
  readResult,
  type TrainingResult,
} from './training-evidence.ts'

/** What is known of an attempt now; `sight` was seen before, since a trainer writes its result before it ends. */
export function factsOf(sight: Sight, attempt: Attempt, now: Date): AttemptFacts {
  const { heartbeatAt, pace } = readActivity(attempt.directory)
  const result = readResult(attempt.directory)
  const since = (then: Date | null): number | null => (then === null ? null : now.getTime() - then.getTime())
  return {
    sight,
    result: result === null ? null : isRetryable(result) ? 'failed-for-now' : result.state,
    resultReason: result?.reason ?? null,
    gotFurther: sight.state === 'ended' && hasSaved(attempt.directory),
    silentMs: since(heartbeatAt),
    stillMs: pace.stillMs,
    usualStepMs: pace.usualMs,
    sinceSubmissionMs: since(attempt.submittedAt),
    sinceStartMs: sight.state === 'running' ? since(sight.since) : null,
    paused: attempt.paused,
  }
}

/** What a decision means for who only looks. */
export function reportOf(runs: RunDirectory, attempt: Attempt, decision: Decision): JobState {
  const pending = (reason: string, queuePosition: number | null = null): JobState => ({
    state: 'pending',
    attempt: attempt.number,
    reason,
    queuePosition,
  })
  switch (decision.kind) {
    case 'use-result':
      return endOf(runs, attempt) ?? pending('the trainer ends')
    case 'wait':
      return pending(decision.reason, decision.queuePosition)
    case 'running':
      return { state: 'running', attempt: attempt.number }
    case 'submit':
      return pending('it is about to be submitted')
    case 'try-again':
      return pending(`${decision.why}; it is about to be submitted again`)
    case 'end-at-limit':
      return pending('the time limit is reached; it is about to be stopped')
    case 'give-up':
      return { state: 'failed', attempt: attempt.number, reason: decision.reason }
  }
}

/** How the job ended for good, or null. Of an attempt that a retry has made void only that it succeeded counts. */
export function endOf(
  runs: RunDirectory,
  { number: attempt, first, directory }: Attempt,
  isVoid = false,
): JobState | null {
  const result = readResult(directory)
  const success = result?.state === 'succeeded' ? successOf(runs, attempt, result) : null
  if (isVoid) return success?.state === 'succeeded' ? success : null
  if (success !== null) return success
  const verdict = runs.verdict(first)
  if (verdict !== null) return { state: 'failed', attempt: verdict.attempt, reason: verdict.reason }
  if (result?.state === 'failed' && !isRetryable(result))
    return { state: 'failed', attempt, reason: result.reason ?? 'the trainer gave no reason' }
  return null
}

function successOf(runs: RunDirectory, attempt: number, result: TrainingResult): JobState {
  const { checkpoint, manifestSha256, checkpointUri = null, metrics } = result
  if (checkpoint == null || manifestSha256 == null)
    return { state: 'failed', attempt, reason: 'the trainer reported success without a checkpoint' }
  const checkpointPath = resolve(runs.path, checkpoint)
  try {
    const canary = readCanary(checkpointPath, manifestSha256)
    return {
      state: 'succeeded',
      attempt,
      checkpointPath,
      manifestSha256,
      checkpointUri,
      metrics: { ...metrics, canary },
    }
  } catch (error) {
    const reason = `the trainer's checkpoint cannot be used: ${error instanceof Error ? error.message : String(error)}`
    return { state: 'failed', attempt, reason }
  }
}
