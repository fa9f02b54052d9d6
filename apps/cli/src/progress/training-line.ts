import type { TrainingSummary } from '@ratchet/api/schemas/training.ts'
import { compact } from './bar.ts'

/** A training job in one line, as in `running · sft 120/150 steps · loss 0.412 · 5.12k tokens/s · attempt 2 · 1.50 of 8.00 GPU hours`. */
export function trainingLine(training: TrainingSummary): string {
  const { state, phase, step, maxSteps, loss, tokensPerSecond, expectedEndAt, reason, queuePosition } = training
  const parts: string[] = [state]
  if (phase !== null && step !== null) parts.push(`${phase} ${step}/${maxSteps ?? '?'} steps`)
  if (loss !== null) parts.push(`loss ${loss.toFixed(3)}`)
  if (tokensPerSecond !== null) parts.push(`${compact(tokensPerSecond)} tokens/s`)
  if (expectedEndAt !== null) parts.push(`ends about ${expectedEndAt.slice(0, 16).replace('T', ' ')} UTC`)
  parts.push(...trainingFacts(training))
  if (reason !== null) parts.push(reason)
  if (queuePosition !== null) parts.push(`${queuePosition} before it in the queue`)
  return parts.join(' · ')
}

/** What the progress of its stage does not say: whether it rests, how often it was tried, what it has used. */
export function trainingFacts({
  attempt,
  seconds,
  gpuSeconds,
  gpuSecondsBudget,
  cost,
  costBudget,
}: TrainingSummary): string[] {
  const facts: string[] = []
  if (attempt > 1) facts.push(`attempt ${attempt}`)
  if (gpuSeconds > 0)
    facts.push(`${of(hours(gpuSeconds), gpuSecondsBudget === null ? null : hours(gpuSecondsBudget))} GPU hours`)
  else if (seconds > 0) facts.push(seconds < 3600 ? `${compact(seconds / 60)} min` : `${hours(seconds)} h`)
  if (cost !== null) facts.push(`cost ${of(cost.toFixed(2), costBudget === null ? null : costBudget.toFixed(2))}`)
  return facts
}

function of(used: string, allowed: string | null): string {
  return allowed === null ? used : `${used} of ${allowed}`
}

function hours(seconds: number): string {
  return (seconds / 3600).toFixed(2)
}
