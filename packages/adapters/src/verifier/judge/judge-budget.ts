export type JudgeBudgetSettings = {
  /** Questions at most. */
  readonly maxCalls: number
  /** Tokens of prompts and replies at most; questions in flight when they are spent are still answered. */
  readonly maxTokens: number
}

/** What a judge may still cost. Lives as long as its verifier. */
export type JudgeBudget = {
  /** Takes one call; the reason when there is none left. */
  take(): string | null
  /** Counts what an answer has cost. */
  spend(tokens: number): void
  readonly calls: number
  readonly tokens: number
}

export function createJudgeBudget({ maxCalls, maxTokens }: JudgeBudgetSettings): JudgeBudget {
  let calls = 0
  let tokens = 0
  return {
    take() {
      if (calls >= maxCalls) return `the judge's budget of ${maxCalls} calls is spent`
      if (tokens >= maxTokens) return `the judge's budget of ${maxTokens} tokens is spent`
      calls += 1
      return null
    },
    spend(cost) {
      tokens += cost
    },
    get calls() {
      return calls
    },
    get tokens() {
      return tokens
    },
  }
}
