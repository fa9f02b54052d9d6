import { createHash } from 'node:crypto'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { JudgeChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { Decision, Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { createJudgeBudget } from './judge-budget.ts'
import { createMemoryJudgeCache, type JudgeCache, type JudgeReply } from './judge-cache.ts'
import { JudgeEndpoints } from './judge-endpoints.ts'
import { JudgeFailure } from './judge-failure.ts'
import { gatherMaterial } from './judge-material.ts'
import type { JudgeProtocol, JudgeQuestion } from './judge-protocol.ts'
import { optionIndex } from './option-index.ts'
import { SharedWork } from './shared-work.ts'
import { yesNo } from './yes-no.ts'

export type JudgeSettings = Omit<JudgeChoice, 'secondOpinion'> & {
  /** Where API keys are looked up by name. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: in memory. */
  readonly cache?: JudgeCache
  /** Of one try of a question. Default 120,000. */
  readonly timeoutMs?: number
  /** After the first try of a question. Default 6: about 25 s of back-off. */
  readonly retries?: number
  /** An endpoint that asks for a longer pause is not waited for. Default 60,000. */
  readonly longestPauseMs?: number
  /** How long an endpoint that failed is left alone. Default 10,000. */
  readonly restMs?: number
  readonly nowMs?: () => number
}

export type JudgeVerifier = Verifier & {
  /** What was spent of the budget. */
  readonly spent: { readonly calls: number; readonly tokens: number }
  /** Ends what is in flight. */
  close(): Promise<void>
}

const protocols: Readonly<Record<JudgeChoice['protocol'], JudgeProtocol>> = {
  'yes-no': yesNo,
  'option-index': optionIndex,
}

/**
 * A model that decides whether a solution agrees with the gold. Only a last line that is exactly an answer counts; with `confirm`, a
 * `correct` must also stand when the question is put the other way round. Everything else, from a reply without an answer over a spent
 * budget to an endpoint that is away, is undecided. A question is asked once: the cache knows it by the sha256 of the model, the protocol
 * and everything that is shown. Throws the signal's reason when it is aborted, and nothing else.
 */
export function createJudgeVerifier(settings: JudgeSettings): JudgeVerifier {
  const { model, confirm, prompt, maxReplyTokens, cache = createMemoryJudgeCache() } = settings
  const protocol = protocols[settings.protocol]
  const budget = createJudgeBudget(settings)
  const endpoints = new JudgeEndpoints({
    ...settings,
    timeoutMs: settings.timeoutMs ?? 120_000,
    retries: settings.retries ?? 6,
    longestPauseMs: settings.longestPauseMs ?? 60_000,
    restMs: settings.restMs ?? 10_000,
    nowMs: settings.nowMs ?? Date.now,
  })
  const asking = new SharedWork<JudgeReply>()
  const verdict = (decision: Decision, reason: string): Verdict => ({
    decision,
    reason: reason.length > 200 ? `${reason.slice(0, 199)}…` : reason,
    extracted: null,
    verifier: `judge@1:${model}`,
  })

  const replyTo = ({ messages }: JudgeQuestion, signal: AbortSignal | undefined): Promise<JudgeReply> => {
    const key = createHash('sha256')
      .update(JSON.stringify([model, protocol.name, maxReplyTokens, messages]))
      .digest('hex')
    const work = async (stop: AbortSignal) => {
      const known = await cache.get(key)
      if (known !== null) return known
      stop.throwIfAborted()
      const refusal = budget.take()
      if (refusal !== null) throw new JudgeFailure('refused', refusal)
      const reply = await endpoints.ask(messages, stop)
      budget.spend(reply.tokens)
      return await cache.put(key, reply)
    }
    return asking.run(key, work, signal)
  }

  /** The decision, or why there is none. */
  const decide = async (question: JudgeQuestion, signal: AbortSignal | undefined) => {
    const reply = await replyTo(question, signal)
    if (reply.finish === 'cut') return { decision: null, reason: "the judge's reply was cut off" }
    const decision = question.read(reply.text)
    return { decision, reason: decision === null ? "the judge's last line is no answer" : '' }
  }

  const judge = async (problem: Problem, solution: string, signal: AbortSignal | undefined): Promise<Verdict> => {
    const gathered = gatherMaterial(problem, solution)
    if (gathered.kind === 'decided') return verdict(gathered.decision, gathered.reason)
    const { material, isCut } = gathered
    const seen = isCut ? ', which was shown without its middle' : ''
    const first = await decide(protocol.question(material, prompt), signal)
    if (first.decision === null) return verdict('undecided', first.reason)
    if (first.decision === 'incorrect')
      return verdict('incorrect', `the judge finds that the solution${seen} does not agree with the gold`)
    if (!confirm) return verdict('correct', `the judge finds that the solution${seen} agrees with the gold`)
    const second = await decide(protocol.confirming(material), signal)
    if (second.decision === 'correct')
      return verdict('correct', `the judge finds twice that the solution${seen} agrees with the gold`)
    const why = second.decision === null ? second.reason : 'the judge says the opposite'
    return verdict('undecided', `the judge finds agreement, but asked the other way round: ${why}`)
  }

  return {
    async verify(problem, solution, signal) {
      try {
        return await judge(problem, solution, signal)
      } catch (error) {
        signal?.throwIfAborted()
        return verdict('undecided', error instanceof JudgeFailure ? error.message : 'the judge could not be asked')
      }
    },
    get spent() {
      return { calls: budget.calls, tokens: budget.tokens }
    },
    close: () => endpoints.close(),
  }
}
