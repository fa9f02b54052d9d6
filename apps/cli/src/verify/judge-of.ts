import { UsageError } from '../usage-error.ts'
import { type Closable, mostQuestions } from './row-verifiers.ts'

export type JudgeOptions = {
  readonly judgeUrl?: string
  readonly judgeModel?: string
  readonly judgeKeyEnv?: string
}

/** The judge that the options name; undefined when they name none. Throws UsageError when they do not fit together. */
export async function judgeOf(
  { judgeUrl: url, judgeModel: model, judgeKeyEnv: apiKeyEnv }: JudgeOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<(() => Promise<Closable>) | undefined> {
  if (url === undefined && model === undefined && apiKeyEnv === undefined) return undefined
  if (url === undefined || model === undefined) throw new UsageError('a judge needs both --judge-url and --judge-model')
  if (apiKeyEnv !== undefined && !env[apiKeyEnv])
    throw new UsageError(`the variable ${apiKeyEnv} that --judge-key-env names is not set`)
  const { JudgeChoice } = await import('@ratchet/domain/recipe/recipe.ts')
  const chosen = JudgeChoice.safeParse({
    model,
    endpoints: [{ url, maxInFlight: mostQuestions, ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) }],
    // Every row is to be judged.
    maxCalls: Number.MAX_SAFE_INTEGER,
    maxTokens: Number.MAX_SAFE_INTEGER,
  })
  if (!chosen.success) {
    const [issue] = chosen.error.issues
    const option = issue?.path.includes('apiKeyEnv') ? '--judge-key-env' : '--judge-url'
    throw new UsageError(`${option}: ${issue?.message ?? 'cannot be used'}; it must be like http://127.0.0.1:8000/v1`)
  }
  return async () => {
    const { createJudgeVerifier } = await import('@ratchet/adapters/verifier/judge/judge.ts')
    return createJudgeVerifier({ ...chosen.data, env })
  }
}
