import { InferenceError } from '@ratchet/ports/inference.ts'
import { policyPatience } from './served-policy.ts'
import { type StageContext, StageFailed, type Waiting } from './stage.ts'

/** Waits for an endpoint that may come back; throws everything else. */
export function outageOf(
  { recipe }: StageContext,
  error: unknown,
  outage: { readonly policyIsOurs: boolean; readonly progressed: boolean },
): Waiting {
  if (!(error instanceof InferenceError)) throw error
  const { progressed, policyIsOurs } = outage
  const comesBack =
    error.failure === 'unreachable' ||
    error.failure === 'overloaded' ||
    // The next look at the deployment loads it again.
    (error.failure === 'unknown-model' && policyIsOurs)
  if (!comesBack) throw new StageFailed(error.message, { cause: error })
  const limitSeconds = policyIsOurs ? policyPatience(recipe) : recipe.patience.endpointMinutes * 60
  return { kind: 'waiting', retryInSeconds: 5, reason: error.message, limitSeconds, progressed }
}
