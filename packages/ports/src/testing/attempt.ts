import { createHash } from 'node:crypto'
import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'

/** A correct attempt at problem `p` with its text, with differences. */
export function attempt(
  roundId: string,
  problemSetId: string,
  difference: Partial<TrajectoryWithText> = {},
): TrajectoryWithText {
  const { problemId = 'p', index = 0, purpose = 'explore' } = difference
  const { text = `<think>attempt ${index} at ${problemId}</think>2` } = difference
  return {
    id: `${roundId}.${purpose}.${problemId}.${index}`,
    roundId,
    purpose,
    problemSetId,
    problemId,
    index,
    policyVersion: 'policy-0',
    endpoint: 'http://127.0.0.1:8000',
    seed: 2 ** 31 + index,
    templateHash: 'template',
    finish: 'stop',
    failure: null,
    promptTokens: 10,
    completionTokens: 20,
    logprobSum: -20,
    textSha256: createHash('sha256').update(text).digest('hex'),
    verdict: verdict('correct'),
    text,
    ...difference,
  }
}

export function verdict(decision: Verdict['decision']): Verdict {
  return { decision, reason: 'compared', extracted: '2', verifier: 'exact@1' }
}
