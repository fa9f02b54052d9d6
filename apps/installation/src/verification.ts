import { createCodeVerifier } from '@ratchet/adapters/verifier/code/code-verifier.ts'
import { createJudgeVerifier, type JudgeVerifier } from '@ratchet/adapters/verifier/judge/judge.ts'
import { createMemoryJudgeCache } from '@ratchet/adapters/verifier/judge/judge-cache.ts'
import type { Comparison } from '@ratchet/adapters/verifier/judge/second-opinion.ts'
import { createStoredJudgeCache } from '@ratchet/adapters/verifier/judge/stored-judge-cache.ts'
import { createVerifierPool, type VerifierPool } from '@ratchet/adapters/verifier/pool/verifier-pool.ts'
import { createVerifiers } from '@ratchet/adapters/verifier/verifiers.ts'
import type { JudgeChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { Logger } from '@ratchet/ports/logger.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { plainReason } from '@ratchet/stages/plain-reason.ts'
import type { World } from '@ratchet/stages/world.ts'
import { sourceFile } from './source-file.ts'

export type VerificationSettings = {
  /** Where the keys named in recipes are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly objects: ObjectStore
  readonly logger: Logger
  /** The interpreter for the programs of solutions. */
  readonly python: string
}

/** Judges kept with their budgets; the one opened first is forgotten. */
const mostJudges = 256

/**
 * The verifiers of one process. Threads begin with the first answer that is compared, a sandbox with each program, and a judge with the
 * first round that names it: who verifies nothing starts nothing. Rounds of one iteration that name the same judge share it and its budget.
 */
export function createVerification({ env, objects, logger, python }: VerificationSettings) {
  let pool: Promise<VerifierPool> | null = null
  let isClosed = false
  const judges = new Map<string, JudgeVerifier>()
  const cache = createStoredJudgeCache({
    objects,
    memory: createMemoryJudgeCache({ most: 5_000 }),
    onFailure: (error) => logger.warn({ reason: plainReason(error) }, "a judge's reply could not be read or kept"),
  })

  const openPool = (): Promise<VerifierPool> => {
    if (isClosed) throw new Error('the verifiers are closed')
    if (pool !== null) return pool
    const opening = createVerifierPool()
    pool = opening
    opening.catch(() => {
      pool = null
    })
    return opening
  }
  const answers: Verifier = {
    verify: async (problem, solution, signal) => await (await openPool()).verify(problem, solution, signal),
  }

  const code = createCodeVerifier({ python, script: sourceFile('infra/code-sandbox/run.py'), env })

  const judgeOf = (iterationId: string, choice: JudgeChoice): JudgeVerifier => {
    const key = JSON.stringify([iterationId, choice])
    const known = judges.get(key)
    if (known !== undefined) return known
    const [oldest] = judges.keys()
    if (judges.size >= mostJudges && oldest !== undefined) judges.delete(oldest)
    const judge = createJudgeVerifier({ ...choice, env, cache })
    judges.set(key, judge)
    return judge
  }

  return {
    verifierFor({ iterationId, recipe }: Parameters<World['verifierFor']>[0]): Verifier {
      const choice = recipe.verification?.judge
      if (choice === undefined) return createVerifiers({ answers, code })
      const onComparison = (comparison: Comparison) => logComparison(logger, iterationId, comparison)
      const judge = judgeOf(iterationId, choice)
      return createVerifiers({ answers, code, judge, secondOpinion: choice.secondOpinion, onComparison })
    },
    close: async (): Promise<void> => {
      isClosed = true
      const opened = pool === null ? [] : await Promise.allSettled([pool])
      for (const each of opened) if (each.status === 'fulfilled') await each.value.close()
      await Promise.all([...judges.values()].map((judge) => judge.close()))
    },
  }
}

function logComparison(logger: Logger, iterationId: string, { problemId, first, second }: Comparison): void {
  const fields = { iterationId, problemId, first: first.decision, by: first.verifier, second: second.decision }
  const isContradiction = [first.decision, second.decision].sort().join() === 'correct,incorrect'
  if (isContradiction) logger.warn({ ...fields, judge: second.verifier }, 'a judge contradicts a verdict')
  else logger.debug({ ...fields, judge: second.verifier }, 'a judge has looked at a verdict')
}
